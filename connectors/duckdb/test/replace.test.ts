import { join } from 'node:path';
import { batchFromRows } from '@datacook/toolkit';
import { expect, test } from 'vitest';
import { epoch, folder, load, open, ourTables, schemaOf, sql, target } from './support.js';

const schema = schemaOf({ id: 'int64', name: 'utf8' });
const replace = (load: string, over = {}) => target({ mode: 'replace', load, ...over });
const read = 'SELECT id::VARCHAR AS id FROM t ORDER BY id';
const ids = async (path: string) => (await sql(path, read)).map((row) => row['id']);

test('old rows are seen until the last epoch, then only new ones; no staging remains', async () => {
  const path = join(folder(), 'a.duckdb');
  const destination = open(path);
  await load(destination, replace('one'), schema, [{ id: 1n, name: 'old' }]);
  const { version } = await destination.claim(target(), 'o');
  const second = await epoch(destination, replace('two'), schema, [{ id: 2n, name: 'new' }], version);
  expect(await ids(path)).toEqual(['1']);
  expect(await ourTables(path)).toHaveLength(1);
  await epoch(destination, replace('two'), schema, [{ id: 3n, name: 'new' }], second, {
    publish: true,
    prepare: false,
  });
  expect(await ids(path)).toEqual(['2', '3']);
  expect(await ourTables(path)).toEqual([]);
  await destination.close();
  expect(await ids(path)).toEqual(['2', '3']);
});

test('publishing without a writer works, and without rows leaves an empty table of the new schema', async () => {
  const path = join(folder(), 'a.duckdb');
  const destination = open(path);
  await load(destination, replace('one'), schema, [{ id: 1n, name: 'old' }]);
  const other = schemaOf({ id: 'utf8', more: 'bool' });
  const { version } = await destination.claim(target(), 'o');
  await destination.prepare(replace('two'), other, version);
  await destination.commit(replace('two'), [], { id: 'c', expected: version, state: 'done', publish: true });
  expect(await ids(path)).toEqual([]);
  const head = await destination.peek(target());
  expect(head).toMatchObject({ version: version + 1, state: 'done' });
  expect(head.table?.fields.map((field) => [field.name, field.nativeType])).toEqual([
    ['id', 'VARCHAR'],
    ['more', 'BOOLEAN'],
  ]);
});

test('an instance that did not prepare refuses to publish, and so does one whose staging is gone', async () => {
  const path = join(folder(), 'a.duckdb');
  const destination = open(path);
  await load(destination, replace('one'), schema, [{ id: 1n, name: 'old' }]);
  const { version } = await destination.claim(target(), 'o');
  const commit = { id: 'c', expected: version, state: 1, publish: true };
  await expect(destination.commit(replace('two'), [], commit)).rejects.toMatchObject({ code: 'INTERNAL' });
  await destination.prepare(replace('two'), schema, version);
  await sql(path, `DROP TABLE ${(await ourTables(path))[0]}`);
  await expect(destination.commit(replace('two'), [], commit)).rejects.toMatchObject({ code: 'DATA' });
  expect(await ids(path)).toEqual(['1']);
  expect((await destination.peek(target())).version).toBe(version);
});

test('another instance goes on in the middle of a load', async () => {
  const path = join(folder(), 'a.duckdb');
  const first = open(path);
  await load(first, replace('one'), schema, [{ id: 1n, name: 'old' }]);
  const { version } = await first.claim(target(), 'o');
  await epoch(first, replace('two'), schema, [{ id: 2n, name: 'new' }], version);
  await first.close();
  const second = open(path);
  const head = await second.claim(target(), 'o');
  const wide = schemaOf({ id: 'int64', name: 'utf8', more: 'int32' });
  await epoch(second, replace('two'), wide, [{ id: 3n, name: 'new', more: 5 }], head.version, {
    publish: true,
  });
  expect(await sql(path, 'SELECT id::VARCHAR AS id, more::VARCHAR AS more FROM t ORDER BY id')).toEqual([
    { id: '2', more: null },
    { id: '3', more: '5' },
  ]);
});

for (const how of ['by hand', 'by a later load'])
  test(`a load whose staging was dropped ${how} does not go on with the rest of its rows`, async () => {
    const path = join(folder(), 'a.duckdb');
    const destination = open(path);
    await load(destination, replace('one'), schema, [{ id: 1n, name: 'old' }]);
    const { version } = await destination.claim(target(), 'o');
    let head = await epoch(destination, replace('two'), schema, [{ id: 2n, name: 'new' }], version);
    await destination.prepare(replace('two', { staged: true }), schema, head);
    if (how === 'by hand') await sql(path, `DROP TABLE ${(await ourTables(path))[0]}`);
    else head = await epoch(destination, replace('three'), schema, [{ id: 3n, name: 'x' }], head);
    const before = await ourTables(path);
    await expect(destination.prepare(replace('two', { staged: true }), schema, head)).rejects.toMatchObject({
      code: 'DATA',
      message: expect.stringContaining('are gone'),
      hint: expect.stringContaining('--full-refresh'),
    });
    await expect(destination.openWriter(replace('two'), schema, head)).rejects.toMatchObject({
      code: 'INTERNAL',
      hint: expect.stringContaining('report'),
    });
    expect(await ourTables(path)).toEqual(before);
    expect(await ids(path)).toEqual(['1']);
    expect((await destination.peek(target())).version).toBe(head);
  });

test('staging of another load of this key is dropped, that of other keys stays', async () => {
  const path = join(folder(), 'a.duckdb');
  const destination = open(path);
  const other = { key: 'other', table: 's.u' };
  const o = await destination.claim(replace('one', other), 'o');
  await epoch(destination, replace('one', other), schema, [{ id: 7n, name: 'x' }], o.version);
  const { version } = await destination.claim(target(), 'o');
  const second = await epoch(
    destination,
    replace('one', { table: 's.t' }),
    schema,
    [{ id: 1n, name: 'x' }],
    version,
  );
  expect(await ourTables(path)).toHaveLength(2);
  await epoch(destination, replace('two'), schema, [{ id: 2n, name: 'x' }], second, { publish: true });
  expect(await ourTables(path)).toHaveLength(1);
  await destination.prepare(target(), schema, second + 1);
  expect(await ourTables(path)).toHaveLength(1);
  expect(await ids(path)).toEqual(['2']);
});

test('rows given up in the middle of an epoch are not published', async () => {
  const path = join(folder(), 'a.duckdb');
  const destination = open(path);
  const { version } = await destination.claim(target(), 'o');
  await destination.prepare(replace('one'), schema, version);
  const writer = await destination.openWriter(replace('one'), schema, version);
  await writer.write(batchFromRows([{ id: 9n, name: 'lost' }], schema));
  await writer.close();
  await epoch(destination, replace('one'), schema, [{ id: 1n, name: 'a' }], version, {
    publish: true,
    prepare: false,
  });
  expect(await ids(path)).toEqual(['1']);
});

test('a table with keys, defaults, indexes, comments or references keeps them', async () => {
  const path = join(folder(), 'a.duckdb');
  await sql(
    path,
    'CREATE TABLE t(id BIGINT PRIMARY KEY, name VARCHAR NOT NULL, since INTEGER DEFAULT 7, twice BIGINT GENERATED ALWAYS AS (id * 2))',
    "INSERT INTO t(id, name, since) VALUES (1, 'old', 1), (2, 'old', 1)",
    'CREATE INDEX i ON t(name)',
    "COMMENT ON TABLE t IS 'mine'",
    'CREATE TABLE child(id BIGINT REFERENCES t(id))',
  );
  const destination = open(path);
  const wide = schemaOf({ id: 'int64', name: 'utf8', more: 'utf8' });
  await load(destination, replace('one'), wide, [
    { id: 2n, name: 'new', more: 'x' },
    { id: 3n, name: 'new', more: 'y' },
  ]);
  expect(
    await sql(
      path,
      'SELECT id::VARCHAR AS id, name, since::VARCHAR AS since, twice::VARCHAR AS twice, more FROM t ORDER BY id',
    ),
  ).toEqual([
    { id: '2', name: 'new', since: '7', twice: '4', more: 'x' },
    { id: '3', name: 'new', since: '7', twice: '6', more: 'y' },
  ]);
  expect(await sql(path, "SELECT comment FROM duckdb_tables() WHERE table_name = 't'")).toEqual([
    { comment: 'mine' },
  ]);
  expect(await sql(path, 'SELECT index_name AS i FROM duckdb_indexes()')).toEqual([{ i: 'i' }]);
  expect(await ourTables(path)).toEqual([]);
  await sql(path, 'INSERT INTO child VALUES (3)');
  const { version } = await destination.claim(target(), 'o');
  await expect(
    epoch(destination, replace('two'), wide, [{ id: 4n, name: 'n', more: 'z' }], version, { publish: true }),
  ).rejects.toMatchObject({ code: 'DATA' });
  expect(await ids(path)).toEqual(['2', '3']);
  const third = await destination.claim(target(), 'o');
  await expect(
    epoch(destination, replace('three'), wide, [{ id: 3n, name: null, more: 'z' }], third.version, {
      publish: true,
    }),
  ).rejects.toMatchObject({ code: 'DATA' });
  expect(await ids(path)).toEqual(['2', '3']);
});

test('a unique index keeps working when the file was opened anew', async () => {
  const path = join(folder(), 'a.duckdb');
  await sql(path, 'CREATE TABLE t(id BIGINT, name VARCHAR)', 'CREATE UNIQUE INDEX i ON t(id)');
  for (const load of ['one', 'two', 'three']) {
    const destination = open(path);
    const head = await destination.claim(target(), 'o');
    await epoch(destination, replace(load), schema, [{ id: 1n, name: load }], head.version, {
      publish: true,
    });
    await destination.close();
  }
  expect(await sql(path, 'SELECT name FROM t WHERE id = 1')).toEqual([{ name: 'three' }]);
});

test('a view over the table lives through a replace', async () => {
  const path = join(folder(), 'a.duckdb');
  const destination = open(path);
  await load(destination, replace('one'), schema, [{ id: 1n, name: 'old' }]);
  await sql(path, 'CREATE VIEW v AS SELECT id FROM t');
  await load(destination, replace('two'), schema, [{ id: 2n, name: 'new' }]);
  expect(await sql(path, 'SELECT id::VARCHAR AS id FROM v')).toEqual([{ id: '2' }]);
});

test('a view of that name is refused in prepare and in publish', async () => {
  const path = join(folder(), 'a.duckdb');
  const destination = open(path);
  const { version } = await destination.claim(target(), 'o');
  await destination.prepare(replace('one'), schema, version);
  await sql(path, 'CREATE VIEW t AS SELECT 1 AS id');
  await expect(
    destination.commit(replace('one'), [], { id: 'c', expected: version, state: 1, publish: true }),
  ).rejects.toMatchObject({ code: 'SCHEMA' });
  await expect(destination.prepare(replace('one'), schema, version)).rejects.toMatchObject({
    code: 'SCHEMA',
  });
});
