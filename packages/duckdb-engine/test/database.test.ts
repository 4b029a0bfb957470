import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { loadBindings } from '../src/bindings.js';
import { duckdbError, openDuckDB } from '../src/index.js';

/** The addon's functions can't be spied on; those of an object that inherits them can. */
vi.mock('@duckdb/node-bindings', async (original) => ({
  default: Object.create((await original<{ default: object }>()).default),
}));

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'datacook-engine-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** What another process meets that opens the file. */
function openElsewhere(path: string): string {
  const code = `import('@duckdb/node-bindings').then((m) => m.default.open(${JSON.stringify(path)})).then(() => console.log('opened'), (e) => console.log(e.message))`;
  return spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    cwd: join(import.meta.dirname, '..'),
  })
    .stdout.toString()
    .trim();
}

async function hold(path: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'holder.mjs'), path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  await once(child.stdout, 'data');
  return child;
}

/** DuckDB's checksum of a block, so that a header can be changed: `src/common/checksum.cpp`. */
function checksum(bytes: Buffer): bigint {
  let sum = 5381n;
  for (let at = 0; at + 8 <= bytes.length; at += 8)
    sum ^= (bytes.readBigUInt64LE(at) * 0xbf58476d1ce4e5b9n) & 0xffffffffffffffffn;
  return sum;
}

describe('one instance per file and process', () => {
  test('users of one file, by whatever path, share it; the last one closes it', async () => {
    const dir = folder();
    const path = join(dir, 'a.duckdb');
    const first = await openDuckDB(path);
    await (await first.connect()).run('CREATE TABLE t AS SELECT 1 AS a');
    symlinkSync(path, join(dir, 'soft.duckdb'));
    linkSync(path, join(dir, 'hard.duckdb'));
    mkdirSync(join(dir, 'sub'));
    const others = await Promise.all(
      [join(dir, 'soft.duckdb'), join(dir, 'hard.duckdb'), join(dir, 'sub', '..', 'a.duckdb')].map((each) =>
        openDuckDB(each),
      ),
    );
    for (const each of others)
      expect(await (await each.connect()).rows('SELECT a::VARCHAR AS a FROM t')).toEqual([{ a: '1' }]);
    expect(openElsewhere(path)).toMatch(/lock/);
    await first.close();
    await first.close();
    for (const each of others.slice(1)) await each.close();
    expect(openElsewhere(path)).toMatch(/lock/);
    await others[0]?.close();
    expect(openElsewhere(path)).toBe('opened');
  });

  test('two who make one file at once get one', async () => {
    const path = join(folder(), 'a.duckdb');
    const [a, b] = await Promise.all([openDuckDB(path), openDuckDB(path)]);
    await (await a.connect()).run('CREATE TABLE t(a INTEGER)');
    expect(await (await b.connect()).rows('SELECT table_name AS t FROM duckdb_tables()')).toEqual([
      { t: 't' },
    ]);
    await a.close();
    await b.close();
    await expect(a.connect()).rejects.toMatchObject({ code: 'INTERNAL' });
  });

  test('databases in memory are each their own', async () => {
    const [a, b] = [await openDuckDB(':memory:'), await openDuckDB(':memory:')];
    await (await a.connect()).run('CREATE TABLE t(a INTEGER)');
    expect(await (await b.connect()).rows('SELECT table_name AS t FROM duckdb_tables()')).toEqual([]);
    await a.close();
    await b.close();
  });

  test('options reach DuckDB', async () => {
    const path = join(folder(), 'a.duckdb');
    const database = await openDuckDB(path, {
      memoryLimit: 300 * 1024 * 1024,
      threads: 1,
      tempDirectory: '/nowhere',
    });
    const connection = await database.connect();
    expect(
      await connection.rows(
        "SELECT current_setting('memory_limit')::VARCHAR AS m, current_setting('threads')::VARCHAR AS t, current_setting('temp_directory') AS d",
      ),
    ).toEqual([{ m: '300.0 MiB', t: '1', d: '/nowhere' }]);
    await database.close();
    await expect(openDuckDB(path, { threads: 0 })).rejects.toMatchObject({ code: 'CONFIG' });
  });
});

describe('closing while something runs', () => {
  const endless =
    'SELECT count(*)::VARCHAR AS n FROM range(100000000000) a, range(1000) b WHERE a.range % 7 = b.range';
  const code = (promise: Promise<unknown>) =>
    promise.then(
      () => 'done',
      (error: { code: string }) => error.code,
    );

  test('stops the statement and waits for it: a reopen makes no second instance, and nothing is lost', async () => {
    const path = join(folder(), 'a.duckdb');
    const bindings = await loadBindings();
    const execute = bindings.execute_prepared;
    const started = new Promise<void>((resolve) => {
      const spy = vi.spyOn(bindings, 'execute_prepared').mockImplementation((statement) => {
        spy.mockRestore();
        const result = execute(statement);
        resolve();
        return result;
      });
      onTestFinished(() => spy.mockRestore());
    });
    const first = await openDuckDB(path);
    const running = code((await first.connect()).run(`CREATE TABLE t AS ${endless}`));
    await started;
    let ended = false;
    void running.then(() => {
      ended = true;
    });
    await first.close();
    expect(ended).toBe(true);
    expect(openElsewhere(path)).toBe('opened');
    const second = await openDuckDB(path);
    await (await second.connect()).run('CREATE TABLE u AS SELECT 1 AS a');
    await second.close();
    expect(await running).toBe('CANCELLED');
    const third = await openDuckDB(path);
    onTestFinished(() => third.close());
    expect(await (await third.connect()).rows('SELECT table_name AS t FROM duckdb_tables()')).toEqual([
      { t: 'u' },
    ]);
  });

  test('a statement that has not begun never does, nor does one of a connection closed before', async () => {
    const path = join(folder(), 'a.duckdb');
    const database = await openDuckDB(path);
    const [one, two] = [await database.connect(), await database.connect()];
    const outcomes = [one, two].map((each) => code(each.run(`CREATE TABLE t AS ${endless}`)));
    two.close();
    two.close();
    expect(await code(two.run('SELECT 1'))).toBe('INTERNAL');
    await database.close();
    expect(openElsewhere(path)).toBe('opened');
    expect(await Promise.all(outcomes)).toEqual(['CANCELLED', 'CANCELLED']);
  });

  test('a connection asked for before the close is closed with it, and one asked for after is refused', async () => {
    const path = join(folder(), 'a.duckdb');
    const database = await openDuckDB(path);
    const asked = database.connect();
    const closed = database.close();
    const late = code(database.connect());
    await closed;
    expect(await code((await asked).run('SELECT 1'))).toBe('INTERNAL');
    expect(await late).toBe('INTERNAL');
    expect(openElsewhere(path)).toBe('opened');
  });
});

describe('trim', () => {
  async function filled(limit: number) {
    const path = join(folder(), 'a.duckdb');
    const database = await openDuckDB(path, { memoryLimit: limit });
    onTestFinished(() => database.close());
    const session = await database.connect();
    await session.run('CREATE TABLE t AS SELECT random() AS a, random() AS b FROM range(4000000)');
    await session.run('CHECKPOINT');
    await session.rows('SELECT CAST(sum(a + b) AS VARCHAR) AS s FROM t');
    return { path, database, session };
  }
  const held = `SELECT CAST(sum(memory_usage_bytes) AS VARCHAR) AS bytes, current_setting('memory_limit') AS "limit" FROM duckdb_memory()`;

  test('gives up what is kept of the file, and leaves the limit as it was', async () => {
    const { database, session } = await filled(256 * 1024 * 1024);
    const [before] = await session.rows(held);
    expect(Number(before?.['bytes'])).toBeGreaterThan(30_000_000);
    await database.trim();
    const [after] = await session.rows(held);
    expect(Number(after?.['bytes'])).toBeLessThan(17_000_000);
    expect(after?.['limit']).toBe(before?.['limit']);
    const [row] = await session.rows('SELECT CAST(count(*) AS VARCHAR) AS n FROM t WHERE a < 2');
    expect(row?.['n']).toBe('4000000');
  });

  test('a restore of the limit that fails is tried again, and an interrupt of the user does not reach it', async () => {
    const { database, session } = await filled(256 * 1024 * 1024);
    const bindings = await loadBindings();
    const [before] = await session.rows(held);
    let restores = 0;
    const prepare = bindings.prepare;
    const spy = vi.spyOn(bindings, 'prepare').mockImplementation(async (handle, query) => {
      session.interrupt();
      if (query.includes(`${256 * 1024 * 1024}B`) && restores++ === 0) throw new Error('INTERRUPT Error');
      return prepare(handle, query);
    });
    onTestFinished(() => spy.mockRestore());
    await database.trim();
    expect(restores).toBe(2);
    spy.mockRestore();
    expect((await session.rows(held))[0]?.['limit']).toBe(before?.['limit']);
  });

  test('leaves a file alone that others of this process use', async () => {
    const { path, database, session } = await filled(256 * 1024 * 1024);
    const other = await openDuckDB(path);
    onTestFinished(() => other.close());
    const [before] = await session.rows(held);
    await database.trim();
    expect(await session.rows(held)).toEqual([before]);
  });
});

describe('withMemory', () => {
  const MIB = 1024 * 1024;
  async function opened(memoryLimit?: number) {
    const path = join(folder(), 'a.duckdb');
    const database = await openDuckDB(path, memoryLimit === undefined ? {} : { memoryLimit });
    onTestFinished(() => database.close());
    const session = await database.connect();
    const limit = async () =>
      (await session.rows('SELECT current_setting(\'memory_limit\') AS "limit"'))[0]?.['limit'];
    return { path, database, session, limit };
  }

  test('the limit is lower meanwhile, also within a transaction, and as before after it', async () => {
    const { database, session, limit } = await opened(256 * MIB);
    const seen = await session.transaction(() => database.withMemory(64 * MIB, limit));
    expect(seen).toBe('64.0 MiB');
    expect(await limit()).toBe('256.0 MiB');
    expect(await database.withMemory(512 * MIB, limit)).toBe('256.0 MiB');
  });

  test('it is as before after an action that failed, and its transaction with it', async () => {
    const { database, session, limit } = await opened(256 * MIB);
    const failing = session.transaction(() =>
      database.withMemory(64 * MIB, () => session.run("SELECT error('no')")),
    );
    await expect(failing).rejects.toThrow('no');
    expect(await limit()).toBe('256.0 MiB');
  });

  test('without a limit there is nothing to lower', async () => {
    const { database, limit } = await opened();
    const before = await limit();
    expect(await database.withMemory(64 * MIB, limit)).toBe(before);
  });

  test('a close stops what runs, and others of this process find the limit as it was', async () => {
    const { path, database, session } = await opened(256 * MIB);
    const other = await openDuckDB(path);
    onTestFinished(() => other.close());
    let begun = () => {};
    const beginning = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const running = database
      .withMemory(64 * MIB, () => {
        begun();
        return session.run('SELECT count(*) FROM range(100000000000) a(i) WHERE i % 7 = 8');
      })
      .catch((error: unknown) => error);
    await beginning;
    await database.close();
    expect(await running).toMatchObject({ code: 'CANCELLED' });
    const connection = await other.connect();
    expect(await connection.rows('SELECT current_setting(\'memory_limit\') AS "limit"')).toEqual([
      { limit: '256.0 MiB' },
    ]);
    await other.close();
    expect(openElsewhere(path)).toBe('opened');
  });
});

describe('what can not be opened', () => {
  test('a file that another process has open, with its pid; free again when that is killed', async () => {
    const path = join(folder(), 'a.duckdb');
    const child = await hold(path);
    await expect(openDuckDB(path)).rejects.toMatchObject({
      code: 'CONNECTION',
      retry: false,
      message: expect.stringMatching(new RegExp(`a\\.duckdb is locked by process ${child.pid}`)),
      hint: expect.stringContaining('Close the program'),
      details: { path, pid: child.pid },
    });
    child.kill('SIGKILL');
    await once(child, 'exit');
    await (await openDuckDB(path)).close();
  });

  test('what is no DuckDB file, and stays as it was', async () => {
    const path = join(folder(), 'a.duckdb');
    for (const content of ['hi', '', 'id,name\n1,a\n'.repeat(4000)]) {
      writeFileSync(path, content);
      await expect(openDuckDB(path)).rejects.toMatchObject({
        code: 'DATA',
        message: expect.stringContaining(path),
      });
      expect(readFileSync(path, 'utf8')).toBe(content);
    }
  });

  test('a file of a newer DuckDB, and a damaged one', async () => {
    const path = join(folder(), 'a.duckdb');
    await (await openDuckDB(path)).close();
    const bytes = readFileSync(path);
    bytes.writeBigUInt64LE(200n, 12);
    writeFileSync(path, bytes);
    await expect(openDuckDB(path)).rejects.toMatchObject({
      code: 'DATA',
      hint: expect.stringContaining('damaged'),
    });
    bytes.writeBigUInt64LE(checksum(bytes.subarray(8, 4096)), 0);
    writeFileSync(path, bytes);
    await expect(openDuckDB(path)).rejects.toMatchObject({
      code: 'DATA',
      message: expect.stringContaining('newer DuckDB (storage version 200)'),
      hint: expect.stringContaining('Upgrade'),
    });
  });

  test('no folder, a folder itself', async () => {
    const dir = folder();
    await expect(openDuckDB(join(dir, 'no', 'a.duckdb'))).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining(join(dir, 'no')),
    });
    const file = join(dir, 'a.txt');
    writeFileSync(file, 'text');
    for (const path of [dir, join(file, 'a.duckdb')])
      await expect(openDuckDB(path)).rejects.toMatchObject({ code: 'NOT_FOUND', hint: expect.any(String) });
  });

  test('a folder or file without the right to write', () => {
    const dir = folder();
    chmodSync(dir, 0o755);
    const path = join(dir, 'a.duckdb');
    const code = `
      if (process.getuid?.() === 0) process.setuid(65534);
      const { openDuckDB } = await import('@datacook/duckdb-engine');
      await openDuckDB(${JSON.stringify(path)}).then(() => console.log('opened'), (e) => console.log(e.code, e.hint));`;
    if (process.getuid?.() !== 0) chmodSync(dir, 0o555);
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
      cwd: join(import.meta.dirname, '..'),
    });
    chmodSync(dir, 0o755);
    expect(stdout.toString()).toMatch(/^AUTH DuckDB must be able to write/);
  });

  test('a file in a folder without the right to write: the first commit says so', async () => {
    const dir = folder();
    const path = join(dir, 'a.duckdb');
    await (await openDuckDB(path)).close();
    chmodSync(path, 0o666);
    chmodSync(dir, 0o555);
    const code = `
      if (process.getuid?.() === 0) process.setuid(65534);
      const { openDuckDB } = await import('@datacook/duckdb-engine');
      const database = await openDuckDB(${JSON.stringify(path)});
      const connection = await database.connect();
      await connection.run('CREATE TABLE t(a INTEGER)').then(() => console.log('created'), (e) => console.log(e.code, e.hint));`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
      cwd: join(import.meta.dirname, '..'),
    });
    chmodSync(dir, 0o755);
    expect(stdout.toString()).toMatch(/^AUTH DuckDB must be able to write/);
  });
});

describe('errors', () => {
  test('a full disk is CONNECTION with a hint, and nothing is committed', () => {
    const path = join(folder(), 'a.duckdb');
    const code = `
      process.on('SIGXFSZ', () => undefined);
      const { openDuckDB } = await import('@datacook/duckdb-engine');
      const database = await openDuckDB(${JSON.stringify(path)});
      const connection = await database.connect();
      await connection.run('CREATE TABLE t(a VARCHAR)');
      await connection.run('INSERT INTO t SELECT md5(range::VARCHAR) FROM range(3000000)').then(() => console.log('inserted'), (e) => console.log(e.code, e.retry, e.hint));
      await database.close();`;
    const script = `ulimit -f 20000; exec "${process.execPath}" --input-type=module -e '${code.replaceAll("'", `'"'"'`)}'`;
    const { stdout } = spawnSync('bash', ['-c', script], { cwd: join(import.meta.dirname, '..') });
    expect(stdout.toString()).toMatch(/^CONNECTION false The disk is full/);
    expect(openElsewhere(path)).toBe('opened');
  });

  test('an interrupted statement is CANCELLED, and the connection goes on', async () => {
    const database = await openDuckDB(':memory:');
    const connection = await database.connect();
    const running = connection.rows(
      'SELECT count(*)::VARCHAR AS n FROM range(100000000000) a, range(1000) b WHERE a.range % 7 = b.range',
    );
    const outcome = running.then(
      () => 'done',
      (error: unknown) => error,
    );
    connection.interrupt();
    setImmediate(() => connection.interrupt());
    const timer = setInterval(() => connection.interrupt(), 20);
    expect(await outcome).toMatchObject({ code: 'CANCELLED' });
    clearInterval(timer);
    expect(await connection.rows("SELECT 'on' AS a")).toEqual([{ a: 'on' }]);
    await database.close();
  });

  test('too little memory says so', async () => {
    const database = await openDuckDB(':memory:', { memoryLimit: 20_000_000, tempDirectory: '' });
    const connection = await database.connect();
    await expect(
      connection.run('CREATE TABLE t AS SELECT md5(range::VARCHAR) AS a FROM range(3000000)'),
    ).rejects.toMatchObject({
      code: 'CONNECTION',
      hint: expect.stringContaining('memory_limit'),
    });
    await database.close();
  });

  test('conflicts, constraints, conversions and the unknown', async () => {
    const database = await openDuckDB(':memory:');
    const [a, b] = [await database.connect(), await database.connect()];
    await a.run('CREATE TABLE t(id INTEGER PRIMARY KEY, name VARCHAR NOT NULL)');
    await a.run("INSERT INTO t VALUES (1, 'a')");
    await a.run('BEGIN');
    await a.run("UPDATE t SET name = 'b'");
    await expect(b.run("UPDATE t SET name = 'c'")).rejects.toMatchObject({ code: 'CONFLICT' });
    await a.run('COMMIT');
    await expect(b.run("INSERT INTO t VALUES (1, 'b')", [], 'fill t')).rejects.toMatchObject({
      code: 'DATA',
      details: { column: 'id' },
      message: expect.stringContaining('could not fill t'),
    });
    await expect(b.run('INSERT INTO t VALUES (2, NULL)')).rejects.toMatchObject({
      code: 'DATA',
      details: { column: 'name' },
    });
    await expect(b.run("SELECT 'x'::INTEGER")).rejects.toMatchObject({
      code: 'DATA',
      hint: expect.stringContaining('cast_columns'),
    });
    await expect(b.run('SELECT * FROM missing')).rejects.toMatchObject({
      code: 'SCHEMA',
      hint: expect.stringContaining('not there'),
    });
    for (const text of ['IO Error: gone', 'Transaction conflict: dropped'])
      expect(duckdbError(new Error(text), 'x').hint).toMatch(/run (again|the same command)/);
    const late = (text: string) =>
      duckdbError(new Error(`TransactionContext Error: Failed to commit: ${text}`), 'commit').code;
    expect(late('Could not write file "x": Input/output error')).toBe('CONNECTION');
    expect(late('failed to pin block of size 256.0 KiB')).toBe('CONNECTION');
    expect(late('PRIMARY KEY or UNIQUE constraint violation: duplicate key "1"')).toBe('DATA');
    expect(late('Transaction conflict: cannot update a table that has been altered')).toBe('CONFLICT');
    expect(late('something new')).toBe('INTERNAL');
    expect(duckdbError(new Error('something new'), 'do it')).toMatchObject({
      code: 'INTERNAL',
      retry: false,
      message: 'DuckDB could not do it: something new',
    });
    const ours = duckdbError('text', 'x');
    expect(duckdbError(ours, 'y')).toBe(ours);
    await database.close();
  });

  test('a transaction is rolled back when its action throws, and committed otherwise', async () => {
    const database = await openDuckDB(':memory:');
    const connection = await database.connect();
    await connection.run('CREATE TABLE t(a INTEGER, b VARCHAR, c DOUBLE)');
    await expect(
      connection.transaction(async () => {
        await connection.run('INSERT INTO t(a) VALUES (1)');
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(
      await connection.transaction(() => connection.run('INSERT INTO t VALUES (?, ?, ?)', [2, null, 0.5])),
    ).toBe(1);
    expect(await connection.rows('SELECT a::VARCHAR AS a, b, c::VARCHAR AS c FROM t')).toEqual([
      { a: '2', b: null, c: '0.5' },
    ]);
    await expect(connection.rows('SELECT a FROM t')).rejects.toMatchObject({ code: 'INTERNAL' });
    await database.close();
  });
});
