import type { Batch, Column, Schema } from '@datacook/core';
import { batchFromRows, parseType, quoteIdentifier, sliceBatch } from '@datacook/toolkit';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadBindings } from '../src/bindings.js';
import { type DuckDB, type DuckDBConnection, duckdbType, openAppender, openDuckDB } from '../src/index.js';
import { knowsStrings, readText, stringWriter } from '../src/strings.js';

let database: DuckDB;
let connection: DuckDBConnection;

beforeAll(async () => {
  database = await openDuckDB(':memory:');
  connection = await database.connect();
});
afterAll(() => database.close());

const table = { catalog: 'memory', schema: 'main', table: 't' };
const schemaOf = (types: { readonly [name: string]: string }): Schema => ({
  fields: Object.entries(types).map(([name, type]) => ({ name, type: parseType(type), nullable: true })),
});

async function load(schema: Schema, batches: readonly Batch[]): Promise<void> {
  const columns = schema.fields.map((field) => `${quoteIdentifier(field.name)} ${duckdbType(field.type)}`);
  await connection.run(`CREATE OR REPLACE TABLE t(${columns.join(', ')})`);
  const appender = await openAppender(connection, table, schema);
  for (const batch of batches) await appender.append(batch);
  await appender.close();
}

test('lists, structs and lists of structs arrive exactly, NULLs at every level', async () => {
  const text = fc.option(fc.string({ maxLength: 20 }));
  const row = fc.record({
    l: fc.option(
      fc.array(fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })), { maxLength: 6 }),
    ),
    s: fc.option(fc.record({ 'a "b"': fc.option(fc.integer({ min: -9, max: 9 })), t: text })),
    d: fc.option(
      fc.array(
        fc.option(fc.record({ x: text, y: fc.option(fc.array(fc.option(fc.boolean()), { maxLength: 3 })) })),
        { maxLength: 4 },
      ),
    ),
    e: fc.option(fc.record({ inner: fc.option(fc.record({ v: text })) })),
  });
  const schema = schemaOf({
    n: 'int64',
    l: 'list<int64>',
    s: 'struct<"a ""b""": int32, t: utf8>',
    d: 'list<struct<x: utf8, y: list<bool>>>',
    e: 'struct<inner: struct<v: utf8>>',
  });
  const json = (value: unknown): unknown =>
    typeof value === 'bigint'
      ? String(value)
      : Array.isArray(value)
        ? value.map(json)
        : value !== null && typeof value === 'object'
          ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, json(each)]))
          : value;
  const size = fc.oneof(
    { weight: 4, arbitrary: fc.array(row, { maxLength: 12 }) },
    { weight: 1, arbitrary: fc.array(row, { minLength: 2045, maxLength: 2055, size: 'max' }) },
  );
  await fc.assert(
    fc.asyncProperty(size, async (rows) => {
      await load(schema, [
        batchFromRows(
          rows.map((each, n) => ({ n, ...each })),
          schema,
        ),
      ]);
      const found = await connection.rows(
        'SELECT to_json(l::VARCHAR[])::VARCHAR AS l, to_json(s)::VARCHAR AS s, to_json(d)::VARCHAR AS d, to_json(e)::VARCHAR AS e, (e IS NULL)::VARCHAR AS en FROM t ORDER BY n',
      );
      const parsed = found.map((each) => ({
        l: JSON.parse(each['l'] ?? 'null'),
        s: JSON.parse(each['s'] ?? 'null'),
        d: JSON.parse(each['d'] ?? 'null'),
        e: JSON.parse(each['e'] ?? 'null'),
      }));
      expect(parsed).toEqual(rows.map(json));
    }),
    { seed: 11, numRuns: 20 },
  );
});

test('a list longer than a vector, with NULLs, arrives whole', async () => {
  const schema = schemaOf({ l: 'list<utf8>' });
  const items = Array.from({ length: 7001 }, (_, at) => (at % 3 === 1 ? null : `item number ${at}`));
  await load(schema, [batchFromRows([{ l: items }, { l: [] }, { l: null }, { l: items.slice(1) }], schema)]);
  const found = await connection.rows('SELECT to_json(l)::VARCHAR AS l FROM t');
  expect(found.map((row) => JSON.parse(row['l'] ?? 'null'))).toEqual([items, [], null, items.slice(1)]);
});

test('lists of several chunks, whose items begin inside a byte of validity bits', async () => {
  const schema = schemaOf({ n: 'int64', l: 'list<int32>', s: 'list<struct<b: bool, t: utf8>>' });
  const rows = Array.from({ length: 5003 }, (_, n) => ({
    n,
    l: Array.from({ length: n % 4 }, (_, at) => ((n + at) % 3 === 0 ? null : n + at)),
    s: Array.from({ length: n % 3 }, (_, at) =>
      (n + at) % 5 === 0 ? null : { b: n % 2 === 0, t: `item ${n} ${at}` },
    ),
  }));
  await load(schema, [batchFromRows(rows, schema)]);
  const found = await connection.rows(
    'SELECT to_json(l)::VARCHAR AS l, to_json(s)::VARCHAR AS s FROM t ORDER BY n',
  );
  expect(found.map((row) => ({ l: JSON.parse(row['l'] ?? ''), s: JSON.parse(row['s'] ?? '') }))).toEqual(
    rows.map(({ l, s }) => ({ l, s })),
  );
});

test('columns that a batch lacks are NULL, also structs and lists, whatever lay in memory before', async () => {
  const schema = schemaOf({
    a: 'int32',
    s: 'struct<x: utf8, y: struct<z: list<utf8>>>',
    l: 'list<utf8>',
    t: 'utf8',
  });
  const whole = batchFromRows(
    Array.from({ length: 3000 }, (_, a) => ({
      a,
      s: { x: `a rather long text ${a}`, y: { z: [`and another one ${a}`] } },
      l: [`list item number ${a}`],
      t: `text of some length ${a}`,
    })),
    schema,
  );
  const narrow = batchFromRows(
    Array.from({ length: 3000 }, (_, a) => ({ a })),
    schemaOf({ a: 'int32' }),
  );
  await load(schema, [whole, narrow, whole]);
  const found = await connection.rows(
    'SELECT count(*)::VARCHAR AS n, count(s)::VARCHAR AS s, count(l)::VARCHAR AS l, count(t)::VARCHAR AS t, count(DISTINCT s.y.z[1])::VARCHAR AS z, count(s.x)::VARCHAR AS x FROM t',
  );
  expect(found).toEqual([{ n: '9000', s: '6000', l: '6000', t: '6000', z: '3000', x: '6000' }]);
});

test('a struct that is NULL hides what its fields hold', async () => {
  const schema = schemaOf({ s: 'struct<x: utf8>' });
  const child: Column = {
    nullCount: 0,
    offsets: Int32Array.of(0, 20, 40),
    values: Buffer.from('a'.repeat(20) + 'b'.repeat(20)),
  };
  const batch: Batch = {
    length: 2,
    schema,
    columns: [{ nullCount: 1, validity: Uint8Array.of(0b10), children: [child] }],
  };
  await load(schema, [batch]);
  expect(await connection.rows('SELECT s.x AS x, (s IS NULL)::VARCHAR AS n FROM t')).toEqual([
    { x: null, n: 'true' },
    { x: 'b'.repeat(20), n: 'false' },
  ]);
});

test('values of 20 MB arrive whole, beside short ones', async () => {
  const schema = schemaOf({ n: 'int32', t: 'utf8', b: 'binary' });
  const long = 'ä\0z'.repeat(5_000_000);
  const bytes = Buffer.alloc(20_000_000, 7);
  await load(schema, [
    batchFromRows(
      [
        { n: 1, t: 'short', b: Buffer.of(0) },
        { n: 2, t: long, b: bytes },
        { n: 3, t: '', b: Buffer.of() },
        { n: 4 },
      ],
      schema,
    ),
  ]);
  const found = await connection.rows(
    'SELECT strlen(t)::VARCHAR AS t, md5(t) AS md5, octet_length(b)::VARCHAR AS b FROM t ORDER BY n',
  );
  const { createHash } = await import('node:crypto');
  expect(found[1]).toEqual({
    t: '20000000',
    md5: createHash('md5').update(long).digest('hex'),
    b: '20000000',
  });
  expect(found.map((row) => row['t'])).toEqual(['5', '20000000', '0', null]);
});

test('the values of earlier chunks live on when the next chunk is written', async () => {
  const schema = schemaOf({ n: 'int64', t: 'utf8' });
  const rows = Array.from({ length: 60_000 }, (_, n) => ({
    n: BigInt(n),
    t: n % 5 === 0 ? null : `value ${'x'.repeat(n % 40)} ${n}`,
  }));
  const batch = batchFromRows(rows, schema);
  await load(schema, [sliceBatch(batch, 0, 30_001), sliceBatch(batch, 30_001, 60_000)]);
  const found = await connection.rows('SELECT n::VARCHAR AS n, t FROM t ORDER BY t.n');
  expect(found.map((row) => row['t'])).toEqual(rows.map((row) => row.t));
});

test('odd column names, and tables with them', async () => {
  const schema = schemaOf({
    'a "b"': 'int32',
    select: 'utf8',
    'ü x.y': 'bool',
    [`n${'o'.repeat(300)}`]: 'int8',
  });
  await load(schema, [
    batchFromRows([{ 'a "b"': 1, select: 's', 'ü x.y': true, [`n${'o'.repeat(300)}`]: 3 }], schema),
  ]);
  expect(
    await connection.rows(`SELECT "a ""b"""::VARCHAR AS a, "select" AS s, "ü x.y"::VARCHAR AS u FROM t`),
  ).toEqual([{ a: '1', s: 's', u: 'true' }]);
});

test('the layout of text is known here, and the way without it writes the same', async () => {
  const bindings = await loadBindings();
  expect(knowsStrings(bindings)).toBe(true);
  const texts = [
    '',
    'short',
    'exactly12byt',
    'exactly13byte',
    'a longer text than that',
    'nul \0 in it and more',
    '€'.repeat(9),
  ];
  const batch = batchFromRows(
    texts.map((t) => ({ t })),
    schemaOf({ t: 'utf8' }),
  );
  for (const fast of [true, false]) {
    const chunk = bindings.create_data_chunk([bindings.create_logical_type(bindings.Type.VARCHAR)]);
    const vector = bindings.data_chunk_get_vector(chunk, 0);
    stringWriter(bindings, 't', true, fast)(vector, batch.columns[0] as Column, 0, texts.length);
    expect(readText(bindings, vector, texts.length)).toEqual(texts);
  }
});

test('text that is not UTF-8 is refused by name and row; under a NULL it does no harm', async () => {
  const schema = schemaOf({ t: 'utf8' });
  const column = (bytes: number[][], validity?: number): Column => {
    const offsets = Int32Array.from([0, ...bytes.map((_, at) => bytes.slice(0, at + 1).flat().length)]);
    return {
      nullCount: validity === undefined ? 0 : 1,
      ...(validity === undefined ? {} : { validity: Uint8Array.of(validity) }),
      offsets,
      values: Uint8Array.from(bytes.flat()),
    };
  };
  const long = [...Buffer.from('a text that is not inlined')];
  const put = (col: Column) => load(schema, [{ length: 3, schema, columns: [col] }]);
  await expect(put(column([long, [0xff, 0xfe], long]))).rejects.toMatchObject({
    code: 'DATA',
    details: { column: 't', row: 1 },
  });
  await expect(put(column([[0xc3], [0xa4], long]))).rejects.toMatchObject({
    code: 'DATA',
    details: { column: 't', row: 0 },
  });
  await put(column([long, [0xff, 0xfe], long], 0b101));
  expect(await connection.rows('SELECT t FROM t')).toEqual([
    { t: 'a text that is not inlined' },
    { t: null },
    { t: 'a text that is not inlined' },
  ]);
});

test('values that DuckDB has no room for are refused, with column and row', async () => {
  const refuse = async (type: string, value: unknown, column?: Column) => {
    const schema = schemaOf({ 'odd "c"': type });
    const batch =
      column === undefined
        ? batchFromRows([{ 'odd "c"': null }, { 'odd "c"': value }], schema)
        : { length: 2, schema, columns: [column] };
    await expect(load(schema, [batch]), `${type} ${String(value)}`).rejects.toMatchObject({
      code: 'DATA',
      details: { column: 'odd "c"', row: 1 },
    });
  };
  await refuse('numeric', '1.0000000001');
  await refuse('numeric', '1e29');
  await refuse('numeric', 'NaN');
  await refuse('timestamptz_ns', 1n);
  await refuse('timestamp', -9223372022400000001n);
  await refuse('interval', { months: 0, days: 0, nanoseconds: 1n });
  await refuse('date', 0, { nullCount: 0, values: Int32Array.of(0, -2147483647) });
  await refuse('time', 0, { nullCount: 0, values: BigInt64Array.of(0n, 86_400_000_001n) });
  await refuse('decimal(4,2)', 0, { nullCount: 0, values: BigInt64Array.of(9999n, -10000n) });
  await refuse('decimal(18,0)', 0, { nullCount: 0, values: BigInt64Array.of(10n ** 18n - 1n, 10n ** 18n) });
  await refuse('decimal(38,0)', 0, {
    nullCount: 0,
    values: BigInt64Array.of(0n, 0n, 0n, 2n ** 62n * 2n - 1n),
  });
});

test('infinity of dates and timestamps stays infinity', async () => {
  const schema = schemaOf({
    d: 'date',
    t: 'timestamp',
    z: 'timestamptz',
    n: 'timestamp_ns',
    zn: 'timestamptz_ns',
  });
  const least = -(2n ** 63n);
  const big = (): Column => ({ nullCount: 0, values: BigInt64Array.of(2n ** 63n - 1n, least, 0n) });
  const columns = [
    { nullCount: 0, values: Int32Array.of(2147483647, -2147483648, 0) },
    big(),
    big(),
    big(),
    big(),
  ];
  await load(schema, [{ length: 3, schema, columns }]);
  await connection.run("SET TimeZone = 'UTC'");
  const found = await connection.rows(
    'SELECT d::VARCHAR AS d, t::VARCHAR AS t, z::VARCHAR AS z, n::VARCHAR AS n, zn::VARCHAR AS zn FROM t',
  );
  expect(found[0]).toEqual({ d: 'infinity', t: 'infinity', z: 'infinity', n: 'infinity', zn: 'infinity' });
  expect(found[1]).toEqual({
    d: '-infinity',
    t: '-infinity',
    z: '-infinity',
    n: '-infinity',
    zn: '-infinity',
  });
  expect(found[2]).toMatchObject({ d: '1970-01-01', t: '1970-01-01 00:00:00' });
});

test('malformed columns are refused before memory is read past their end', async () => {
  const schema = schemaOf({ a: 'int64', t: 'utf8' });
  const fine: Column = { nullCount: 0, offsets: Int32Array.of(0, 1, 2), values: Buffer.from('ab') };
  const a: Column = { nullCount: 0, values: BigInt64Array.of(1n, 2n) };
  const bad: [Column, Column][] = [
    [{ nullCount: 0, values: BigInt64Array.of(1n) }, fine],
    [{ nullCount: 0 }, fine],
    [{ nullCount: 1, values: BigInt64Array.of(1n, 2n) }, fine],
    [a, { ...fine, offsets: Int32Array.of(0, 1) }],
    [a, { ...fine, offsets: Int32Array.of(0, 2, 1) }],
    [a, { ...fine, offsets: Int32Array.of(0, 1, 9) }],
    [a, { ...fine, offsets: Int32Array.of(-1, 1, 2) }],
  ];
  for (const columns of bad)
    await expect(load(schema, [{ length: 2, schema, columns }])).rejects.toMatchObject({ code: 'INTERNAL' });
});

test('shared memory is copied first', async () => {
  const schema = schemaOf({ a: 'int32' });
  const values = new Int32Array(new SharedArrayBuffer(8));
  values.set([5, 6]);
  await load(schema, [{ length: 2, schema, columns: [{ nullCount: 0, values }] }]);
  expect(await connection.rows('SELECT a::VARCHAR AS a FROM t')).toEqual([{ a: '5' }, { a: '6' }]);
});
