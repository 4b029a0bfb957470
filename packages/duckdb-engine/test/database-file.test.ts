import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { loadBindings } from '../src/bindings.js';
import { requireKeptIn } from '../src/database-file.js';
import { openDuckDB } from '../src/index.js';

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'datacook-engine-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const read = async (path: string) => {
  const database = await openDuckDB(path);
  try {
    return await (await database.connect()).rows('SELECT a::VARCHAR AS a FROM t');
  } finally {
    await database.close();
  }
};

test('a text, Parquet or SQLite file is refused whatever its name ends in, and stays as it was', async () => {
  const dir = folder();
  const contents = {
    'a.csv': 'id,name\n1,a\n',
    'a.tsv': 'id\tname\n1\ta\n',
    'a.json': '[{"id": 1}]',
    'a.jsonl': '{"id": 1}\n',
    'a.parquet': `PAR1${'x'.repeat(100)}PAR1`,
    'a.db': `SQLite format 3\0${'x'.repeat(5000)}`,
    'short.duckdb': '12345678DUC',
    'empty.csv': '',
    'empty.json': '',
  };
  for (const [name, content] of Object.entries(contents)) {
    const path = join(dir, name);
    writeFileSync(path, content);
    await expect(openDuckDB(path), name).rejects.toMatchObject({
      code: 'DATA',
      message: `${path} is not a DuckDB file.`,
      hint: expect.stringContaining('never overwrites'),
      details: { path },
    });
    expect(readFileSync(path, 'latin1')).toBe(content);
  }
  expect(readdirSync(dir).sort()).toEqual(Object.keys(contents).sort());
});

test('a new file is a DuckDB file whatever its name, and can be opened again', async () => {
  const dir = folder();
  for (const name of [
    'new.csv',
    'new.json',
    'new.parquet',
    'new.csv.gz',
    'md:x',
    'a?b.db',
    'x*.db',
    "it's",
  ]) {
    const path = join(dir, name);
    const database = await openDuckDB(path);
    await (await database.connect()).run('CREATE TABLE t AS SELECT 7 AS a');
    await database.close();
    expect(readFileSync(path).toString('latin1', 8, 12), name).toBe('DUCK');
    expect(await read(path), name).toEqual([{ a: '7' }]);
  }
});

test('what DuckDB opened must be kept in that file', async () => {
  const dir = folder();
  const bindings = await loadBindings();
  const [path, other] = [join(dir, 'a.duckdb'), join(dir, 'b.duckdb')];
  await (await openDuckDB(other)).close();
  const check = async (opened: string) => {
    const database = await bindings.open(opened);
    try {
      await requireKeptIn(bindings, database, other);
    } finally {
      bindings.close_sync(database);
    }
  };
  await check(other);
  await expect(check(':memory:')).rejects.toMatchObject({ code: 'DATA' });
  await expect(check(path)).rejects.toMatchObject({
    code: 'INTERNAL',
    message: expect.stringContaining(path),
  });
});

test('what a killed process left in the folder for spilling is removed, and nothing else', async () => {
  const dir = folder();
  const path = join(dir, 'a.duckdb');
  const spilled = `${path}.tmp`;
  await (await openDuckDB(path)).close();
  mkdirSync(spilled);
  await (await openDuckDB(path)).close();
  expect(readdirSync(dir)).toEqual(['a.duckdb']);

  mkdirSync(spilled);
  writeFileSync(join(spilled, 'duckdb_temp_storage_DEFAULT-0.tmp'), 'old');
  const database = await openDuckDB(path, { memoryLimit: 60_000_000, threads: 1 });
  const connection = await database.connect();
  await connection.run(
    'CREATE TEMP TABLE t AS SELECT hash(range) AS a, hash(range + 1) AS b FROM range(5000000)',
  );
  expect(existsSync(spilled)).toBe(true);
  await database.close();
  expect(readdirSync(dir)).toEqual(['a.duckdb']);

  mkdirSync(spilled);
  writeFileSync(join(spilled, 'mine.txt'), 'mine');
  await (await openDuckDB(path)).close();
  expect(readdirSync(spilled)).toEqual(['mine.txt']);
});
