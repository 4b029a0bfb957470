import { join } from 'node:path';
import type { Schema, Target } from '@datacook/core';
import { batchFromRows } from '@datacook/toolkit';
import { expect, test } from 'vitest';
import { epoch, folder, load, merge, open, ourTables, type Rows, schemaOf, sql, target } from './support.js';

const schema = schemaOf({ id: 'int64', name: 'utf8' });
const read = (path: string, columns = 'id, name', table = 't') =>
  sql(
    path,
    `SELECT ${columns
      .split(', ')
      .map((name) => `CAST("${name}" AS VARCHAR) AS "${name}"`)
      .join(', ')} FROM ${table} ORDER BY ALL`,
  );
const to = (load: string, over: Partial<Target> = {}) =>
  target({ mode: 'merge', mergeKeys: ['id'], load, ...over });
const file = () => join(folder(), 'a.duckdb');

test('new rows are inserted, changed ones updated, the others left alone, and each is counted', async () => {
  const path = file();
  const destination = open(path);
  const first = [1n, 2n, 3n].map((id) => ({ id, name: `old ${id}` }));
  expect(await merge(destination, to('one'), schema, first)).toEqual({
    inserted: 3,
    updated: 0,
    unchanged: 0,
  });
  const second = [
    { id: 2n, name: 'old 2' },
    { id: 3n, name: 'new 3' },
    { id: 4n, name: null },
  ];
  expect(await merge(destination, to('two'), schema, second)).toEqual({
    inserted: 1,
    updated: 1,
    unchanged: 1,
  });
  const rows = [
    { id: '1', name: 'old 1' },
    { id: '2', name: 'old 2' },
    { id: '3', name: 'new 3' },
    { id: '4', name: null },
  ];
  expect(await read(path)).toEqual(rows);
  expect(await ourTables(path)).toEqual([]);
  expect(await merge(destination, to('three'), schema, [{ id: 4n, name: 'x' }])).toMatchObject({
    updated: 1,
  });
  expect(await merge(destination, to('four'), schema, [{ id: 4n, name: null }])).toMatchObject({
    updated: 1,
  });
  expect(await read(path)).toEqual(rows);
});

test('rows wait until the last epoch; of a key that comes again, the last one read wins, over epochs and instances', async () => {
  const path = file();
  let destination = open(path);
  await merge(destination, to('one'), schema, [{ id: 1n, name: 'old' }]);
  let { version } = await destination.claim(target(), 'o');
  const rows = (from: number, count: number, text: string) =>
    Array.from({ length: count }, (_, at) => ({ id: BigInt(from + at), name: `${text} ${at}` }));
  version = await epoch(destination, to('two'), schema, rows(1, 5000, 'a'), version);
  await expect(read(path)).resolves.toEqual([{ id: '1', name: 'old' }]);
  version = await epoch(destination, to('two'), schema, rows(4000, 5000, 'b'), version);
  await destination.close();
  destination = open(path);
  ({ version } = await destination.claim(target(), 'o'));
  await destination.prepare(to('two', { staged: true }), schema, version);
  const lost = await destination.openWriter(to('two'), schema, version);
  await lost.write(batchFromRows([{ id: 2n, name: 'given up' }], schema));
  await lost.close();
  version = await epoch(destination, to('two'), schema, rows(1, 3, 'c'), version, {
    batches: [batchFromRows(rows(2, 1, 'x'), schema), batchFromRows(rows(1, 3, 'c'), schema)],
  });
  await destination.close();
  destination = open(path);
  ({ version } = await destination.claim(target(), 'o'));
  await destination.prepare(to('two', { staged: true }), schema, version);
  const merged = await destination.commit(to('two'), [], {
    id: 'c',
    expected: version,
    state: 1,
    publish: true,
  });
  expect(merged).toEqual({ inserted: 8998, updated: 1, unchanged: 0 });
  expect(
    await sql(
      path,
      `SELECT CAST(count(*) AS VARCHAR) AS rows, CAST(count(DISTINCT id) AS VARCHAR) AS ids,
         CAST(count(*) FILTER (name = CASE WHEN id <= 3 THEN 'c ' || id - 1 WHEN id < 4000 THEN 'a ' || id - 1
           ELSE 'b ' || id - 4000 END) AS VARCHAR) AS right FROM t`,
    ),
  ).toEqual([{ rows: '8999', ids: '8999', right: '8999' }]);
  expect(await ourTables(path)).toEqual([]);
});

test('with an order the greatest value wins, the last of equal ones, and NULL never over a value', async () => {
  const path = file();
  const destination = open(path);
  const ordered = schemaOf({ id: 'int64', at: 'int64', name: 'utf8' });
  const by = (load: string) => to(load, { mergeOrder: 'at' });
  const row = (id: number, at: number | null, name: string) => ({ id, at, name });
  expect(
    await merge(destination, by('one'), ordered, [
      row(1, 5, 'five'),
      row(1, 4, 'four, read later'),
      row(2, 3, 'three'),
      row(2, 3, 'three again'),
      row(3, null, 'unknown'),
      row(4, 1, 'one'),
      row(4, null, 'unknown, read later'),
      row(5, null, 'unknown'),
      row(5, null, 'unknown again'),
    ]),
  ).toEqual({ inserted: 5, updated: 0, unchanged: 0 });
  const first = [
    { id: '1', at: '5', name: 'five' },
    { id: '2', at: '3', name: 'three again' },
    { id: '3', at: null, name: 'unknown' },
    { id: '4', at: '1', name: 'one' },
    { id: '5', at: null, name: 'unknown again' },
  ];
  expect(await read(path, 'id, at, name')).toEqual(first);
  expect(
    await merge(destination, by('two'), ordered, [
      row(1, 4, 'older'),
      row(2, 3, 'equal'),
      row(3, 0, 'known'),
      row(4, null, 'unknown'),
      row(5, null, 'both unknown'),
    ]),
  ).toEqual({ inserted: 0, updated: 3, unchanged: 2 });
  expect(await read(path, 'id, at, name')).toEqual([
    first[0],
    { id: '2', at: '3', name: 'equal' },
    { id: '3', at: '0', name: 'known' },
    first[3],
    { id: '5', at: null, name: 'both unknown' },
  ]);
});

test('NULL in a key is refused at the commit, with the column and the number of rows, and nothing changes', async () => {
  const path = file();
  const destination = open(path);
  const wide = schemaOf({ id: 'int64', part: 'utf8', name: 'utf8' });
  const keys = { mergeKeys: ['id', 'part'] };
  await merge(destination, to('one', keys), wide, [{ id: 1n, part: 'a', name: 'old' }]);
  const { version } = await destination.claim(target(), 'o');
  await destination.prepare(to('two', keys), wide, version);
  const writer = await destination.openWriter(to('two', keys), wide, version);
  await writer.write(batchFromRows([{ id: 1n, part: 'a', name: 'new' }], wide));
  await writer.write(
    batchFromRows(
      [
        { id: 2n, part: null, name: 'x' },
        { id: 3n, part: null, name: 'x' },
      ],
      wide,
    ),
  );
  await expect(writer.commit({ id: 'c', expected: version, state: 1, publish: true })).rejects.toMatchObject({
    code: 'DATA',
    message: expect.stringMatching(/of the 3 rows .* "part" is NULL in 2/),
    hint: expect.stringContaining('key'),
    details: { column: 'part', rows: 2 },
  });
  await writer.close();
  expect(await read(path, 'id, part, name')).toEqual([{ id: '1', part: 'a', name: 'old' }]);
  expect((await destination.peek(target())).version).toBe(version);
});

test('a key or order that stream or table lack is SCHEMA, with what was probably meant', async () => {
  const path = file();
  const destination = open(path);
  const { version } = await destination.claim(target(), 'o');
  const lacking = (column: string, hint: string) => ({
    code: 'SCHEMA',
    message: expect.stringContaining(`"${column}"`),
    hint: expect.stringContaining(hint),
  });
  const prepare = (over: Partial<Target>, columns: Schema = schema) =>
    destination.prepare(to('one', over), columns, version);
  await expect(prepare({ mergeKeys: ['Id'] })).rejects.toMatchObject(lacking('Id', '"id"'));
  await expect(prepare({ mergeKeys: ['number'] })).rejects.toMatchObject(lacking('number', 'id, name'));
  await expect(prepare({ mergeOrder: 'nmae' })).rejects.toMatchObject(lacking('nmae', '"name"'));
  await expect(prepare({ mergeKeys: [] })).rejects.toMatchObject({ code: 'SCHEMA' });
  expect((await destination.peek(target())).table).toBeUndefined();
  await sql(path, 'CREATE TABLE t(i_d BIGINT, name VARCHAR)');
  await expect(prepare({}, schemaOf({ i_d: 'int64', name: 'utf8', id: 'int64' }))).rejects.toMatchObject(
    lacking('id', '"i_d"'),
  );
  await sql(path, 'DROP TABLE t');
  await prepare({});
  const writer = await destination.openWriter(to('one'), schema, version);
  await expect(
    writer.write(batchFromRows([{ name: 'x' }], schemaOf({ name: 'utf8' }))),
  ).rejects.toMatchObject(lacking('id', 'name'));
  await writer.close();
  expect(await read(path)).toEqual([]);
});

test('columns that the load never brings keep their values, and get their default in new rows', async () => {
  const path = file();
  await sql(
    path,
    "CREATE TABLE t(mine VARCHAR DEFAULT 'none', id BIGINT, name VARCHAR, twice BIGINT GENERATED ALWAYS AS (id * 2), since DATE)",
    "INSERT INTO t(mine, id, name, since) VALUES ('m1', 1, 'old', '2020-01-01'), ('m2', 2, 'same', '2020-01-02'), ('m9', 9, 'old', NULL)",
  );
  const destination = open(path);
  const all = schemaOf({ mine: 'utf8', id: 'int64', name: 'utf8', since: 'date' });
  const head = await destination.claim(target(), 'o');
  let version = head.version;
  // The second epoch brings a further column: it counts for the whole load.
  const more = schemaOf({ id: 'int64', name: 'utf8', more: 'utf8' });
  version = await epoch(destination, to('one'), all, [], version, {
    batches: [batchFromRows([{ id: 1n, name: 'new' }], schema)],
  });
  await destination.prepare(
    to('one', { staged: true }),
    { fields: [...all.fields, ...more.fields.slice(2)] },
    version,
  );
  const writer = await destination.openWriter(to('one'), all, version);
  await writer.write(batchFromRows([{ id: 2n, name: 'same' }], schema));
  await writer.write(batchFromRows([{ id: 3n, name: 'three', more: 'm' }], more));
  expect(await writer.commit({ id: 'c', expected: version, state: 1, publish: true })).toEqual({
    inserted: 1,
    updated: 1,
    unchanged: 1,
  });
  await writer.close();
  expect(await read(path, 'mine, id, name, twice, since, more')).toEqual([
    { mine: 'm1', id: '1', name: 'new', twice: '2', since: '2020-01-01', more: null },
    { mine: 'm2', id: '2', name: 'same', twice: '4', since: '2020-01-02', more: null },
    { mine: 'm9', id: '9', name: 'old', twice: '18', since: null, more: null },
    { mine: 'none', id: '3', name: 'three', twice: '6', since: null, more: 'm' },
  ]);
  expect(await ourTables(path)).toEqual([]);
});

test('a column that the stream has no more keeps its values, and is NULL in new rows', async () => {
  const path = file();
  const destination = open(path);
  const wide = schemaOf({ id: 'int64', name: 'utf8', more: 'utf8' });
  await merge(destination, to('one'), wide, [
    { id: 1n, name: 'a', more: 'one' },
    { id: 2n, name: 'b', more: 'two' },
  ]);
  const { version } = await destination.claim(target(), 'o');
  await epoch(destination, to('two'), wide, [], version, {
    publish: true,
    batches: [
      batchFromRows(
        [
          { id: 1n, name: 'a' },
          { id: 2n, name: 'B' },
          { id: 3n, name: 'c' },
        ],
        schema,
      ),
    ],
  });
  expect(await read(path, 'id, name, more')).toEqual([
    { id: '1', name: 'a', more: 'one' },
    { id: '2', name: 'B', more: 'two' },
    { id: '3', name: 'c', more: null },
  ]);
});

test('a column that is NULL in all rows of a load is brought all the same', async () => {
  const path = file();
  const destination = open(path);
  await merge(destination, to('one'), schema, [{ id: 1n, name: 'old' }]);
  expect(await merge(destination, to('two'), schema, [{ id: 1n, name: null }])).toMatchObject({ updated: 1 });
  expect(await read(path)).toEqual([{ id: '1', name: null }]);
});

test('a generated column is refused with the first batch that has it', async () => {
  const path = file();
  await sql(path, 'CREATE TABLE t(id BIGINT, name VARCHAR GENERATED ALWAYS AS (id::VARCHAR))');
  const destination = open(path);
  const { version } = await destination.claim(target(), 'o');
  await destination.prepare(to('one'), schema, version);
  const writer = await destination.openWriter(to('one'), schema, version);
  await expect(writer.write(batchFromRows([{ id: 1n, name: 'x' }], schema))).rejects.toMatchObject({
    code: 'SCHEMA',
    message: expect.stringContaining('generated'),
  });
  await writer.close();
});

test('types that the table holds otherwise are cast, exactly or not at all', async () => {
  const path = file();
  await sql(
    path,
    "CREATE TABLE t(id ENUM('a', 'b', 'c'), tags VARCHAR[2], big HUGEINT, seen TIMESTAMP_S)",
    "INSERT INTO t VALUES ('a', ['x', 'y'], 1, '2020-01-01 00:00:00')",
  );
  const destination = open(path);
  const columns = schemaOf({ id: 'utf8', tags: 'list<utf8>', big: 'numeric', seen: 'timestamp' });
  const rows = (id: string, seen: bigint): Rows => [{ id, tags: ['x', 'z'], big: '7', seen }];
  expect(await merge(destination, to('one'), columns, rows('a', 1_000_000n))).toMatchObject({ updated: 1 });
  expect(await merge(destination, to('two'), columns, rows('a', 1_000_000n))).toMatchObject({ unchanged: 1 });
  expect(await merge(destination, to('three'), columns, rows('b', 1_000_000n))).toMatchObject({
    inserted: 1,
  });
  for (const [bad, code] of [
    [rows('b', 1_000_001n), 'DATA'],
    [rows('no such', 1_000_000n), 'DATA'],
  ] as const)
    await expect(merge(destination, to('four'), columns, bad)).rejects.toMatchObject({ code });
  expect(await read(path, 'id, tags, big, seen')).toEqual([
    { id: 'a', tags: '[x, z]', big: '7', seen: '1970-01-01 00:00:01' },
    { id: 'b', tags: '[x, z]', big: '7', seen: '1970-01-01 00:00:01' },
  ]);
});

test('values that DuckDB takes for equal and are not the same are written', async () => {
  const path = file();
  const destination = open(path);
  const columns = schemaOf({ id: 'int64', f: 'float64', s: 'struct<x: float32>', p: 'interval' });
  const rows = (zero: number, days: number, months: number): Rows => [
    { id: 1n, f: zero, s: { x: zero }, p: { months, days, nanoseconds: 0n } },
  ];
  await merge(destination, to('one'), columns, rows(0, 30, 0));
  expect(await merge(destination, to('two'), columns, rows(0, 30, 0))).toMatchObject({ unchanged: 1 });
  expect(await merge(destination, to('three'), columns, rows(-0, 30, 0))).toMatchObject({ updated: 1 });
  expect(await merge(destination, to('four'), columns, rows(-0, 0, 1))).toMatchObject({ updated: 1 });
  expect(await read(path, 'f, s, p')).toEqual([{ f: '-0.0', s: "{'x': -0.0}", p: '1 month' }]);
  const nan = (value: number): Rows => [{ id: 1n, f: value, s: { x: value }, p: null }];
  await merge(destination, to('five'), columns, nan(Number.NaN));
  expect(await merge(destination, to('six'), columns, nan(Number.NaN))).toMatchObject({ unchanged: 1 });
});

test('a collation of the table neither joins keys nor hides changes', async () => {
  const path = file();
  await sql(
    path,
    'CREATE TABLE t(id VARCHAR COLLATE NOCASE, name VARCHAR COLLATE NOCASE)',
    "INSERT INTO t VALUES ('a', 'x')",
  );
  const destination = open(path);
  const texts = schemaOf({ id: 'utf8', name: 'utf8' });
  expect(
    await merge(destination, to('one'), texts, [
      { id: 'a', name: 'X' },
      { id: 'A', name: 'x' },
    ]),
  ).toEqual({ inserted: 1, updated: 1, unchanged: 0 });
  expect(await sql(path, 'SELECT encode(id)::VARCHAR AS id, name FROM t ORDER BY encode(id)')).toEqual([
    { id: 'A', name: 'x' },
    { id: 'a', name: 'X' },
  ]);
});

test('an empty load changes nothing but the head, and makes the table where it is missing', async () => {
  const path = file();
  const destination = open(path);
  let { version } = await destination.claim(target(), 'o');
  const publish = async (load: string) => {
    await destination.prepare(to(load), schema, version);
    const merged = await destination.commit(to(load), [], {
      id: load,
      expected: version,
      state: load,
      publish: true,
    });
    version++;
    return merged;
  };
  const nothing = { inserted: 0, updated: 0, unchanged: 0 };
  expect(await publish('one')).toEqual(nothing);
  expect((await destination.peek(target())).table?.fields.map((field) => field.name)).toEqual(['id', 'name']);
  version = await epoch(destination, to('two'), schema, [{ id: 1n, name: 'a' }], version, { publish: true });
  expect(await publish('three')).toEqual(nothing);
  version = await epoch(destination, to('four'), schema, [], version, { publish: true });
  expect(await read(path)).toEqual([{ id: '1', name: 'a' }]);
  expect(await ourTables(path)).toEqual([]);
  expect(await destination.peek(target())).toMatchObject({ version, state: { rows: 0 } });
});

test('columns are added and widened before and in the middle of a load', async () => {
  const path = file();
  const destination = open(path);
  const small = schemaOf({ id: 'int32', amount: 'int32' });
  const big = schemaOf({ id: 'int64', amount: 'int64', note: 'utf8' });
  await merge(destination, to('one'), small, [
    { id: 1, amount: 1 },
    { id: 2, amount: 2 },
  ]);
  const head = await destination.claim(target(), 'o');
  let version = await epoch(destination, to('two'), small, [{ id: 1, amount: 10 }], head.version);
  version = await epoch(
    destination,
    to('two', { staged: true }),
    big,
    [{ id: 3_000_000_000n, amount: 4_000_000_000n, note: 'x' }],
    version,
    { publish: true },
  );
  expect(await read(path, 'id, amount, note')).toEqual([
    { id: '1', amount: '10', note: null },
    { id: '2', amount: '2', note: null },
    { id: '3000000000', amount: '4000000000', note: 'x' },
  ]);
  expect((await destination.peek(target())).table?.fields.map((field) => field.nativeType)).toEqual([
    'BIGINT',
    'BIGINT',
    'VARCHAR',
  ]);
});

test('names of any kind, also of the columns that the merge itself uses', async () => {
  const path = file();
  const destination = open(path);
  const names = [
    'rowid',
    '_datacook_rowid',
    'x',
    't',
    'select',
    'Größe "q"',
    "it's",
    'a.b',
    '_datacook_ord',
    '日本',
  ];
  const columns = schemaOf(Object.fromEntries(names.map((name) => [name, 'utf8'])));
  const row = (key: string, text: string) => ({
    ...Object.fromEntries(names.map((name) => [name, `${name} ${text}`])),
    rowid: key,
    "it's": key,
  });
  const odd = (load: string) =>
    to(load, {
      table: '"Sch ""1""".'.concat('"select ""x"""'),
      mergeKeys: ['rowid', "it's"],
      mergeOrder: 'x',
    });
  const head = async () => {
    const place = odd('');
    return (await destination.peek(place)).table?.fields.map((field) => field.name);
  };
  expect(
    await merge(destination, odd('one'), columns, [row('1', 'a'), row('2', 'a'), row('2', 'b')]),
  ).toEqual({
    inserted: 2,
    updated: 0,
    unchanged: 0,
  });
  expect(
    await merge(destination, odd('two'), columns, [row('1', 'b'), row('2', 'a'), row('3', 'c')]),
  ).toEqual({
    inserted: 1,
    updated: 1,
    unchanged: 1,
  });
  expect(await head()).toEqual(names);
  expect(
    await sql(
      path,
      `SELECT "rowid" AS k, "日本" AS v, "_datacook_rowid" AS r FROM "Sch ""1"""."select ""x""" ORDER BY "rowid"`,
    ),
  ).toEqual([
    { k: '1', v: '日本 b', r: '_datacook_rowid b' },
    { k: '2', v: '日本 b', r: '_datacook_rowid b' },
    { k: '3', v: '日本 c', r: '_datacook_rowid c' },
  ]);
  expect(await ourTables(path)).toEqual([]);
});

const KEYS: readonly (readonly [type: string, one: unknown, other: unknown])[] = [
  ['bool', true, false],
  ['int8', -128, 127],
  ['int64', 9007199254740993n, 9007199254740992n],
  ['uint64', 18446744073709551615n, 18446744073709551614n],
  ['float64', Number.NaN, Number.NEGATIVE_INFINITY],
  ['float32', 0.5, Number.POSITIVE_INFINITY],
  ['decimal(38,9)', '12345678901234567890123456789.000000001', '12345678901234567890123456789.000000002'],
  ['decimal(60,2)', '123456789012345678901234567890123456789012345678901.25', '0.10'],
  ['numeric', '20000000000000000001', '20000000000000000002'],
  ['utf8', 'a long text that is not inlined', 'a long text that is not inlineD'],
  ['utf8', '', ' '],
  ['binary', new Uint8Array([0, 255]), new Uint8Array([0])],
  ['uuid', '00000000-0000-0000-0000-000000000001', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
  ['date', 19000, 19001],
  ['time', 1n, 2n],
  ['timestamp', 1700000000000001n, 1700000000000002n],
  ['timestamptz', 1700000000000001n, 9223372036854775807n],
  ['timestamp_ns', 1700000000000000001n, 1700000000000000002n],
  ['interval', { months: 1, days: 0, nanoseconds: 0n }, { months: 0, days: 31, nanoseconds: 0n }],
  ['json', '{"a":1}', '{"a": 1}'],
  ['list<int32>', [1, 2], [2, 1]],
];

for (const [type, one, other] of KEYS)
  test(`a key of ${type} (${String(one)})`, async () => {
    const path = file();
    const destination = open(path);
    const columns = schemaOf({ id: type, part: 'int16', v: 'utf8' });
    const keys = { mergeKeys: ['part', 'id'] };
    const row = (id: unknown, part: number, v: string) => ({ id, part, v });
    const first = [row(one, 1, 'a'), row(other, 1, 'b'), row(one, 2, 'c')];
    expect(await merge(destination, to('one', keys), columns, first)).toMatchObject({ inserted: 3 });
    const second = [row(one, 1, 'dropped'), row(other, 2, 'd'), row(one, 1, 'A'), row(other, 1, 'b')];
    expect(await merge(destination, to('two', keys), columns, second)).toEqual({
      inserted: 1,
      updated: 1,
      unchanged: 1,
    });
    expect((await read(path, 'v')).map((each) => each['v'])).toEqual(['A', 'b', 'c', 'd']);
  });

test('a stream of nothing but keys adds those that are missing', async () => {
  const path = file();
  const destination = open(path);
  const only = schemaOf({ id: 'int64' });
  await merge(destination, to('one'), only, [{ id: 1n }, { id: 1n }]);
  expect(await merge(destination, to('two'), only, [{ id: 1n }, { id: 2n }, { id: 2n }])).toEqual({
    inserted: 1,
    updated: 0,
    unchanged: 1,
  });
  expect(await read(path, 'id')).toEqual([{ id: '1' }, { id: '2' }]);
});

for (const mine of ['', ', mine VARCHAR'])
  test(`rows of the table that share a key are brought to the new values (${mine}), and counts stay true to the load`, async () => {
    const path = file();
    const value = mine === '' ? '' : ", 'm'";
    await sql(
      path,
      `CREATE TABLE t(id BIGINT, name VARCHAR${mine})`,
      `INSERT INTO t VALUES (1, 'a'${value}), (1, 'z'${value}), (NULL, 'c'${value}), (2, 'd'${value})`,
    );
    const destination = open(path);
    const merged = await merge(destination, to('one'), schema, [
      { id: 1n, name: 'z' },
      { id: 3n, name: 'y' },
    ]);
    expect((merged?.inserted ?? 0) + (merged?.updated ?? 0) + (merged?.unchanged ?? 0)).toBe(2);
    const names = (await read(path, 'name')).map((row) => row['name']);
    expect(names).toEqual(mine === '' ? ['c', 'd', 'y', 'z'] : ['c', 'd', 'y', 'z', 'z']);
  });

for (const [when, before] of [
  ['the first load', []],
  ['a later one', [{ id: 1n, name: 'old' }]],
] as const)
  test(`rows that the program adds while ${when} is merged are kept`, async () => {
    const path = file();
    const destination = open(path);
    await merge(destination, to('zero'), schema, before);
    const { version } = await destination.claim(target(), 'o');
    await destination.prepare(to('one'), schema, version);
    const write = async () => {
      const writer = await destination.openWriter(to('one'), schema, version);
      await writer.write(
        batchFromRows(
          [
            { id: 1n, name: 'new' },
            { id: 2n, name: 'two' },
          ],
          schema,
        ),
      );
      return writer;
    };
    const commit = { id: 'c', expected: version, state: 1, publish: true };
    const late = await write();
    await sql(path, "INSERT INTO t VALUES (3, 'of the program')");
    await expect(late.commit(commit)).rejects.toMatchObject({ code: 'CONNECTION', retry: true });
    await late.close();
    const again = await write();
    await again.commit(commit);
    await again.close();
    expect(await read(path)).toEqual([
      { id: '1', name: 'new' },
      { id: '2', name: 'two' },
      { id: '3', name: 'of the program' },
    ]);
  });

test('staging that is gone is DATA, also when the publish meets it', async () => {
  const path = file();
  const destination = open(path);
  await merge(destination, to('one'), schema, [{ id: 1n, name: 'old' }]);
  const { version } = await destination.claim(target(), 'o');
  const commit = { id: 'c', expected: version, state: 1, publish: true };
  await expect(destination.commit(to('two'), [], commit)).rejects.toMatchObject({ code: 'INTERNAL' });
  const next = await epoch(destination, to('two'), schema, [{ id: 1n, name: 'new' }], version);
  const drop = async () => sql(path, `DROP TABLE ${(await ourTables(path))[0]}`);
  await drop();
  await expect(destination.commit(to('two'), [], { ...commit, expected: next })).rejects.toMatchObject({
    code: 'DATA',
    message: expect.stringContaining('are gone'),
  });
  await expect(destination.prepare(to('two', { staged: true }), schema, next)).rejects.toMatchObject({
    code: 'DATA',
  });
  expect(await read(path)).toEqual([{ id: '1', name: 'old' }]);
});

test('staging of another load is dropped; a table that was dropped meanwhile is made again', async () => {
  const path = file();
  const destination = open(path);
  const { version } = await destination.claim(target(), 'o');
  let next = await epoch(destination, to('one'), schema, [{ id: 1n, name: 'lost' }], version);
  next = await epoch(destination, to('two'), schema, [{ id: 2n, name: 'kept' }], next);
  expect(await ourTables(path)).toHaveLength(1);
  await sql(path, 'DROP TABLE t');
  expect(
    await destination.commit(to('two'), [], { id: 'c', expected: next, state: 1, publish: true }),
  ).toMatchObject({ inserted: 1 });
  expect(await read(path)).toEqual([{ id: '2', name: 'kept' }]);
});

test('a view over the table lives through a merge; one in its place is refused', async () => {
  const path = file();
  const destination = open(path);
  const { version } = await destination.claim(target(), 'o');
  await destination.prepare(to('one'), schema, version);
  await sql(path, 'CREATE VIEW v AS SELECT id, name FROM t');
  await epoch(destination, to('one'), schema, [{ id: 1n, name: 'a' }], version, { publish: true });
  await merge(destination, to('two'), schema, [{ id: 1n, name: 'b' }]);
  expect(await read(path, 'id, name', 'v')).toEqual([{ id: '1', name: 'b' }]);
  const again = await destination.claim(target(), 'o');
  await destination.prepare(to('three'), schema, again.version);
  await sql(path, 'DROP VIEW v');
  await sql(path, 'DROP TABLE t');
  await sql(path, 'CREATE VIEW t AS SELECT 1 AS id');
  await expect(
    destination.commit(to('three'), [], { id: 'c', expected: again.version, state: 1, publish: true }),
  ).rejects.toMatchObject({ code: 'SCHEMA' });
});

test('a backfill with an order leaves newer rows alone, and appends and replaces go on beside merges', async () => {
  const path = file();
  const destination = open(path);
  const columns = schemaOf({ id: 'int64', at: 'timestamp', name: 'utf8' });
  const row = (id: number, at: number, name: string) => ({ id, at: BigInt(at), name });
  await merge(destination, to('one'), columns, [row(1, 10, 'a'), row(2, 10, 'b')]);
  const back = to('back', { key: 'recipe/stream/backfill', mergeOrder: 'at' });
  let { version } = await destination.claim(back, 'o');
  version = await epoch(
    destination,
    back,
    columns,
    [row(1, 10, 'a'), row(2, 10, 'b'), row(0, 1, 'z')],
    version,
  );
  await merge(destination, to('two'), columns, [row(2, 20, 'newer'), row(3, 20, 'c')]);
  expect(await destination.commit(back, [], { id: 'c', expected: version, state: 1, publish: true })).toEqual(
    { inserted: 1, updated: 0, unchanged: 2 },
  );
  expect((await read(path, 'id, name')).map((each) => each['name'])).toEqual(['z', 'a', 'newer', 'c']);
  await load(destination, target({ load: 'append' }), columns, [row(9, 1, 'appended')]);
  await merge(destination, to('three'), columns, [row(9, 2, 'merged')]);
  expect((await read(path, 'id, name')).map((each) => each['name'])).toEqual([
    'z',
    'a',
    'newer',
    'c',
    'merged',
  ]);
});
