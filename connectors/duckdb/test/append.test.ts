import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { batchFromRows } from '@datacook/toolkit';
import { expect, test } from 'vitest';
import { epoch, folder, load, open, ourTables, schemaOf, sql, target } from './support.js';

const schema = schemaOf({ id: 'int64', name: 'utf8' });
const all = 'SELECT id::VARCHAR AS id, name FROM t ORDER BY id';

test('a file that is not there peeks as version 0, and is not made', async () => {
  const dir = folder();
  const destination = open(join(dir, 'new.duckdb'));
  expect(await destination.peek(target())).toEqual({ version: 0 });
  await destination.check?.();
  expect(readdirSync(dir)).toEqual([]);
});

test('a folder that is not there is NOT_FOUND, already when peeking', async () => {
  const destination = open(join(folder(), 'no', 'x.duckdb'));
  await expect(destination.peek(target())).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(destination.claim(target(), 'o')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(destination.check?.()).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('claims count up and create nothing but the heads', async () => {
  const path = join(folder(), 'a.duckdb');
  const destination = open(path);
  expect(await destination.claim(target(), 'one')).toEqual({ version: 1 });
  expect(await destination.claim(target(), 'two')).toEqual({ version: 2 });
  expect(await destination.peek(target())).toEqual({ version: 2 });
  expect(await sql(path, 'SELECT table_name AS t FROM duckdb_tables()')).toEqual([{ t: '_datacook_heads' }]);
  expect(
    await sql(path, 'SELECT key, owner, target, format::VARCHAR AS format FROM _datacook_heads'),
  ).toEqual([{ key: 'recipe/stream', owner: 'two', target: '"main"."t"', format: '1' }]);
});

test('rows and state of several epochs are there, the head says so, nothing else is left', async () => {
  const path = join(folder(), 'a.duckdb');
  const destination = open(path);
  const { version } = await destination.claim(target(), 'o');
  const second = await epoch(destination, target(), schema, [{ id: 1n, name: 'a' }], version, {
    state: { at: 1 },
  });
  const third = await epoch(
    destination,
    target(),
    schema,
    [
      { id: 2n, name: null },
      { id: 3n, name: '' },
    ],
    second,
    {
      state: { at: 2, text: "it's \u0000 ü" },
      prepare: false,
    },
  );
  expect(await destination.peek(target())).toMatchObject({
    version: third,
    state: { at: 2, text: "it's \u0000 ü" },
    table: {
      fields: [
        { name: 'id', nativeType: 'BIGINT' },
        { name: 'name', nativeType: 'VARCHAR' },
      ],
    },
  });
  expect(await sql(path, all)).toEqual([
    { id: '1', name: 'a' },
    { id: '2', name: null },
    { id: '3', name: '' },
  ]);
  expect(await ourTables(path)).toEqual([]);
  await destination.close();
  expect(existsSync(`${path}.wal`)).toBe(false);
});

test('rows that were written and not committed are gone, and memory of them too', async () => {
  const path = join(folder(), 'a.duckdb');
  const destination = open(path);
  const { version } = await destination.claim(target(), 'o');
  await destination.prepare(target(), schema, version);
  const writer = await destination.openWriter(target(), schema, version);
  await writer.write(
    batchFromRows(
      Array.from({ length: 250_000 }, (_, id) => ({ id, name: 'x' })),
      schema,
    ),
  );
  await writer.close();
  await writer.close();
  expect(await sql(path, 'SELECT count(*)::VARCHAR AS n FROM t')).toEqual([{ n: '0' }]);
  await destination.close();
  expect(await sql(path, 'SELECT count(*)::VARCHAR AS n FROM t')).toEqual([{ n: '0' }]);
});

test('a state without rows, and an epoch without rows, commit', async () => {
  const path = join(folder(), 'a.duckdb');
  const destination = open(path);
  const { version } = await destination.claim(target(), 'o');
  await destination.commit(target(), [], { id: 'c', expected: version, state: [1], publish: false });
  await epoch(destination, target(), schema, [], version + 1, { state: [2] });
  expect(await destination.peek(target())).toMatchObject({ version: 3, state: [2] });
  expect(await sql(path, all)).toEqual([]);
});

test('columns are added, integers, floats and decimals widened, narrower batches widened on the way', async () => {
  const path = join(folder(), 'a.duckdb');
  const destination = open(path);
  const first = schemaOf({ i: 'int16', f: 'float32', d: 'decimal(6,2)', n: 'decimal(6,2)', same: 'utf8' });
  await load(destination, target(), first, [{ i: 1, f: 1.5, d: '1.25', n: '2.50', same: 'a' }]);
  const wide = schemaOf({
    i: 'int64',
    f: 'float64',
    d: 'decimal(20,4)',
    n: 'numeric',
    same: 'utf8',
    more: 'list<int32>',
  });
  const { version } = await destination.claim(target(), 'o');
  const narrow = batchFromRows([{ i: 2, same: 'b' }], schemaOf({ i: 'int16', same: 'utf8' }));
  const whole = batchFromRows(
    [{ i: 2n ** 62n, f: 0.1, d: '1.0001', n: '0.000000001', same: 'c', more: [1] }],
    wide,
  );
  await epoch(destination, target(), wide, [], version, { batches: [narrow, whole] });
  const found = await sql(
    path,
    'SELECT i::VARCHAR AS i, f::VARCHAR AS f, d::VARCHAR AS d, n::VARCHAR AS n, same, more::VARCHAR AS more FROM t ORDER BY same',
  );
  expect(found).toEqual([
    { i: '1', f: '1.5', d: '1.2500', n: '2.500000000', same: 'a', more: null },
    { i: '2', f: null, d: null, n: null, same: 'b', more: null },
    { i: '4611686018427387904', f: '0.1', d: '1.0001', n: '0.000000001', same: 'c', more: '[1]' },
  ]);
  const { table } = await destination.peek(target());
  expect(table?.fields.map((field) => field.nativeType)).toEqual([
    'BIGINT',
    'DOUBLE',
    'DECIMAL(20,4)',
    'DECIMAL(38,9)',
    'VARCHAR',
    'INTEGER[]',
  ]);
});

test('a wider table is never narrowed', async () => {
  const path = join(folder(), 'a.duckdb');
  const destination = open(path);
  await load(destination, target(), schemaOf({ i: 'int64', d: 'decimal(20,4)' }), [{ i: 1, d: '1.0001' }]);
  await load(destination, target(), schemaOf({ i: 'int16', d: 'decimal(4,2)' }), [{ i: 2, d: '2.25' }]);
  expect(
    await sql(path, 'SELECT i::VARCHAR AS i, d::VARCHAR AS d, typeof(i) AS t FROM t ORDER BY t.i'),
  ).toEqual([
    { i: '1', d: '1.0001', t: 'BIGINT' },
    { i: '2', d: '2.2500', t: 'BIGINT' },
  ]);
});

test('another type is refused by name, and nothing has changed', async () => {
  const path = join(folder(), 'a.duckdb');
  const destination = open(path);
  await load(destination, target(), schema, [{ id: 1n, name: 'a' }]);
  const { version } = await destination.claim(target(), 'o');
  const other = schemaOf({ added: 'int64', id: 'utf8' });
  await expect(destination.prepare(target(), other, version)).rejects.toMatchObject({
    code: 'SCHEMA',
    message: expect.stringContaining('"id"'),
    details: { column: 'id' },
  });
  expect((await destination.peek(target())).table?.fields.map((field) => field.name)).toEqual(['id', 'name']);
});

test('the types of the stream come back, also those that DuckDB has no type of its own for', async () => {
  const types = {
    n: 'numeric',
    d: 'decimal(50,2)',
    z: 'timestamptz_ns',
    t: 'timetz',
    s: 'utf8',
    j: 'json',
    u: 'uuid',
    ns: 'timestamp_ns',
    l: 'list<numeric>',
  };
  const destination = open(join(folder(), 'a.duckdb'));
  const rich = schemaOf(types);
  const { table } = await load(destination, target(), rich, [{ n: '1', d: '9'.repeat(48), j: '{"a": 1}' }]);
  expect(table?.fields.map(({ name, type }) => ({ name, type }))).toEqual(
    rich.fields.map(({ name, type }) => ({ name, type })),
  );
  const again = await load(destination, target(), rich, [{ n: '2', d: '1' }]);
  expect(again.table).toEqual(table);
});

test('names that differ only in case are refused, with what to do', async () => {
  const destination = open(join(folder(), 'a.duckdb'));
  const { version } = await destination.claim(target(), 'o');
  const clash = { code: 'SCHEMA', hint: expect.stringContaining('rename_columns') };
  await expect(
    destination.prepare(target(), schemaOf({ Id: 'int64', id: 'int64' }), version),
  ).rejects.toMatchObject(clash);
  await expect(
    destination.prepare(target(), schemaOf({ s: 'struct<A: utf8, a: utf8>' }), version),
  ).rejects.toMatchObject(clash);
  await expect(destination.prepare(target(), { fields: [] }, version)).rejects.toMatchObject({
    code: 'SCHEMA',
  });
  await destination.prepare(target(), schemaOf({ ID: 'int64', É: 'utf8', é: 'utf8' }), version);
  await expect(destination.prepare(target(), schemaOf({ id: 'int64' }), version)).rejects.toMatchObject(
    clash,
  );
});

test('odd and long names, reserved words, schemas and the database itself in the name', async () => {
  const path = join(folder(), 'odd db.duckdb');
  const destination = open(path);
  const odd = schemaOf({ select: 'int64', 'a "b", ü': 'utf8', [`long${'g'.repeat(400)}`]: 'int8' });
  const rows = [{ select: 1n, 'a "b", ü': "it's" }];
  const tables = [
    'table',
    'main."Odd ""t"""',
    '"new schema"."x.y"',
    '"odd db".other.t',
    `n${'a'.repeat(300)}`,
  ];
  for (const table of tables) {
    const to = target({ key: table, table });
    await load(destination, to, odd, rows);
    await load(destination, { ...to, mode: 'replace' }, odd, rows);
    expect(
      (await destination.peek(to)).table?.fields.map((field) => field.name),
      table,
    ).toEqual(odd.fields.map((field) => field.name));
  }
  expect(await sql(path, 'SELECT "a ""b"", ü" AS v FROM main."Odd ""t"""')).toEqual([{ v: "it's" }]);
  expect(await sql(path, 'SELECT "select"::VARCHAR AS v FROM "new schema"."x.y"')).toEqual([{ v: '1' }]);
  expect(await ourTables(path)).toEqual([]);
  for (const bad of ['a.b.c', 'a.b.c.d', '_datacook_x', '_DATACOOK_heads'])
    await expect(destination.peek(target({ table: bad })), bad).rejects.toMatchObject({ code: 'CONFIG' });
});

test('a view of that name is refused', async () => {
  const path = join(folder(), 'a.duckdb');
  await sql(path, 'CREATE VIEW t AS SELECT 1 AS id');
  const destination = open(path);
  await expect(destination.peek(target())).rejects.toMatchObject({
    code: 'SCHEMA',
    message: expect.stringContaining('view'),
  });
  await expect(destination.claim(target(), 'o')).rejects.toMatchObject({ code: 'SCHEMA' });
  expect(await ourTables(path)).toEqual([]);
});

test('a table of the user with constraints, defaults, generated columns and types of its own', async () => {
  const path = join(folder(), 'a.duckdb');
  await sql(
    path,
    `CREATE TABLE t(id BIGINT PRIMARY KEY, name VARCHAR NOT NULL, since INTEGER DEFAULT 7, twice BIGINT GENERATED ALWAYS AS (id * 2),
     mood ENUM('good', 'bad'), big HUGEINT, day TIMESTAMP_S, three INTEGER[3], m MAP(VARCHAR, INTEGER))`,
    'CREATE INDEX i ON t(name)',
  );
  const destination = open(path);
  const stream = schemaOf({
    id: 'int64',
    name: 'utf8',
    mood: 'utf8',
    big: 'numeric',
    day: 'timestamp',
    three: 'list<int32>',
    m: 'utf8',
  });
  const whole = {
    id: 1n,
    name: 'a',
    mood: 'bad',
    big: '12',
    day: '2024-01-02T03:04:05',
    three: [1, 2, 3],
    m: '{k=5}',
  };
  await load(destination, target(), stream, [whole, { id: 2n, name: 'b' }]);
  const read =
    'SELECT id::VARCHAR AS id, since::VARCHAR AS since, twice::VARCHAR AS twice, mood::VARCHAR AS mood, big::VARCHAR AS big, day::VARCHAR AS day, three::VARCHAR AS three, m::VARCHAR AS m FROM t ORDER BY id';
  expect(await sql(path, read)).toEqual([
    {
      id: '1',
      since: '7',
      twice: '2',
      mood: 'bad',
      big: '12',
      day: '2024-01-02 03:04:05',
      three: '[1, 2, 3]',
      m: '{k=5}',
    },
    { id: '2', since: '7', twice: '4', mood: null, big: null, day: null, three: null, m: null },
  ]);
  const refuse = async (row: Record<string, unknown>, error: Record<string, unknown>) => {
    const { version } = await destination.claim(target(), 'o');
    await expect(
      epoch(destination, target(), stream, [row], version),
      JSON.stringify(Object.keys(row)),
    ).rejects.toMatchObject(error);
  };
  await refuse({ id: 1n, name: 'again' }, { code: 'DATA', details: { column: 'id' } });
  await refuse({ id: 3n, name: null }, { code: 'DATA', details: { column: 'name' } });
  await refuse({ id: 3n, name: 'c', mood: 'ugly' }, { code: 'DATA' });
  await refuse(
    { id: 3n, name: 'c', big: '1.5' },
    { code: 'DATA', message: expect.stringContaining('"big"') },
  );
  await refuse(
    { id: 3n, name: 'c', day: '2024-01-02T03:04:05.5' },
    { code: 'DATA', message: expect.stringContaining('"day"') },
  );
  await refuse({ id: 3n, name: 'c', three: [1] }, { code: 'DATA' });
  const { version } = await destination.claim(target(), 'o');
  await expect(
    epoch(
      destination,
      target(),
      schemaOf({ id: 'int64', name: 'utf8', twice: 'int64' }),
      [{ id: 3n, name: 'c', twice: 6n }],
      version,
    ),
  ).rejects.toMatchObject({ code: 'SCHEMA', details: { column: 'twice' } });
  expect(await sql(path, 'SELECT count(*)::VARCHAR AS n FROM t')).toEqual([{ n: '2' }]);
  expect(await ourTables(path)).toEqual([]);
});

test('a default is used where no batch has the column, and not where one has it', async () => {
  const path = join(folder(), 'a.duckdb');
  await sql(path, "CREATE TABLE t(id BIGINT, name VARCHAR DEFAULT 'nobody')");
  const destination = open(path);
  await load(destination, target(), schema, [], {});
  const { version } = await destination.claim(target(), 'o');
  const only = batchFromRows([{ id: 1n }], schemaOf({ id: 'int64' }));
  const next = await epoch(destination, target(), schema, [], version, { batches: [only] });
  await epoch(destination, target(), schema, [], next, {
    batches: [batchFromRows([{ id: 2n, name: null }], schema)],
  });
  expect(await sql(path, all)).toEqual([
    { id: '1', name: 'nobody' },
    { id: '2', name: null },
  ]);
});

test('constraints of a plain table are refused at the commit too', async () => {
  const path = join(folder(), 'a.duckdb');
  await sql(path, "CREATE TABLE t(id BIGINT UNIQUE, name VARCHAR CHECK (name <> 'x'))");
  const destination = open(path);
  await load(destination, target(), schema, [{ id: 1n, name: 'a' }]);
  const before = await destination.peek(target());
  for (const row of [
    { id: 1n, name: 'b' },
    { id: 2n, name: 'x' },
  ]) {
    const { version } = await destination.claim(target(), 'o');
    await expect(
      epoch(destination, target(), schema, [{ id: 9n, name: 'fine' }, row], version),
    ).rejects.toMatchObject({ code: 'DATA', retry: false });
  }
  expect(await sql(path, all)).toEqual([{ id: '1', name: 'a' }]);
  expect((await destination.peek(target())).state).toEqual(before.state);
});

test('widening a column under a key, check, index or generated column is a clear error', async () => {
  const tables = [
    ['CREATE TABLE t(id INTEGER)', 'CREATE INDEX i ON t(id)'],
    ['CREATE TABLE t(id INTEGER, other INTEGER)', 'CREATE INDEX i ON t(other)'],
    ['CREATE TABLE t(id INTEGER PRIMARY KEY)'],
    ['CREATE TABLE t(id INTEGER CHECK (id > 0))'],
    ['CREATE TABLE t(id INTEGER, twice INTEGER GENERATED ALWAYS AS (id * 2))'],
  ];
  for (const [at, statements] of tables.entries()) {
    const path = join(folder(), `${at}.duckdb`);
    await sql(path, ...statements);
    const destination = open(path);
    const { version } = await destination.claim(target(), 'o');
    await expect(
      destination.prepare(target(), schemaOf({ id: 'int64' }), version),
      statements.join(),
    ).rejects.toMatchObject({
      code: 'SCHEMA',
      message: expect.stringMatching(/widen the column "id" of .* from INTEGER to BIGINT/),
      hint: expect.stringContaining('cast_columns with columns: { "id": "int32" }'),
      details: { column: 'id' },
    });
  }
});
