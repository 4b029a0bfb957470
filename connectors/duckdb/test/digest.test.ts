import { join } from 'node:path';
import type { Digest, Field, Schema } from '@datacook/core';
import { batchFromRows, comparableType, type DigestEntry, RowDigest, rowTextParts } from '@datacook/toolkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { epoch, folder, open, type Rows, schemaOf, sql, target } from './support.js';

/** Each type with what is at its edges. */
const EXTREMES: { readonly [type: string]: readonly unknown[] } = {
  bool: [true, false],
  int8: [-128, 127, 0],
  uint16: [65535, 0],
  int32: [-2147483648, 2147483647],
  int64: [-9223372036854775808n, 9223372036854775807n, 0n],
  uint64: [18446744073709551615n, 0n],
  float32: [0, -0, 0.1, Math.fround(3.4e38), Number.NaN, Infinity, -Infinity, 1e-45],
  float64: [0, -0, 0.1, 1.7976931348623157e308, 5e-324, Number.NaN, Infinity, -Infinity, 9007199254740992],
  'decimal(5,2)': ['0.00', '-999.99', '100.00', '1.50', '-0.01'],
  'decimal(18,0)': ['999999999999999999', '-100', '0'],
  'decimal(38,10)': ['9999999999999999999999999999.9999999999', '-0.0000000001', '1000.0000000000'],
  'decimal(45,3)': ['999999999999999999999999999999999999999999.999', '100.000', '-0.500'],
  numeric: ['1.5', '0', '100', '-12345678901234567890.123456789'],
  utf8: ['', '~', 'a,b:c', "it's", 'ä€𝄞', 'line\nbreak', '"', '\\'],
  binary: [new Uint8Array(), new Uint8Array([0, 255, 126])],
  json: ['{"b": 1, "a": [1.0, null]}', 'null', '"~"'],
  uuid: [new Uint8Array(16), new Uint8Array(16).fill(255)],
  date: [0, -1, 2147483647, -2147483648, 2_932_896, -800_000],
  time: [0n, 86_399_999_999n, 86_400_000_000n],
  time_ns: [0n, 86_399_999_999_999n, 1n],
  timetz: [0n, 86_400_000_000n, -50_000_000_000n, 140_000_000_000n],
  timestamp: [
    0n,
    -1n,
    9223372036854775807n,
    -9223372036854775808n,
    -9223372022400000000n,
    253402300799999999n,
  ],
  timestamp_ns: [0n, -1n, 9223372036854775807n, -9223372036854775808n, 1_600_000_000_123_456_789n],
  timestamptz: [0n, -1n, 9223372036854775807n, -9223372036854775808n, 1_600_000_000_123_456n],
  interval: [
    { months: 0, days: 0, nanoseconds: 0n },
    { months: -25, days: 400, nanoseconds: -360_000_000_001_000n },
    { months: 2147483647, days: -2147483648, nanoseconds: 9_223_372_036_854_775_000n },
  ],
  'list<int32>': [[], [1], [1, null, 3], [null]],
  'list<utf8>': [[''], ['a,b', null, ']'], []],
  'list<list<int32>>': [[[1], [], null, [2, null]]],
  'struct<a: int32, b: utf8>': [
    { a: 1, b: 'x,y' },
    { a: null, b: null },
    { a: -1, b: '' },
  ],
};

async function collect(entries: AsyncIterable<DigestEntry>): Promise<DigestEntry[]> {
  const all: DigestEntry[] = [];
  for await (const entry of entries) all.push(entry);
  return sorted(all);
}

function sorted(entries: Iterable<DigestEntry>): DigestEntry[] {
  return [...entries].sort((a, b) => (a.bucket < b.bucket ? -1 : 1));
}

async function expectSame(
  digest: Digest,
  schema: Schema,
  rows: Rows,
  keys: readonly string[],
  fields: readonly Field[] = schema.fields,
): Promise<void> {
  const ours = (bucket?: string) => {
    const all = new RowDigest(fields, keys, bucket);
    all.add(batchFromRows(rows, schema));
    return sorted(all.entries());
  };
  expect(await collect(digest('t', fields, keys))).toEqual(ours());
  const buckets = ours()
    .map(({ bucket }) => bucket)
    .join(',');
  if (buckets !== '') expect(await collect(digest('t', fields, keys, buckets))).toEqual(ours(buckets));
}

test.each(Object.keys(EXTREMES))('the digest of %s is the same as that of the rows', async (type) => {
  const schema = schemaOf({ id: 'int32', value: type });
  const values = [...EXTREMES[type]!, null];
  const rows = values.map((value, id) => ({ id, value }));
  const destination = open(join(folder(), 'd.duckdb'));
  await destination.claim({ key: target().key, table: 't' }, 'run');
  await epoch(destination, target(), schema, rows, 1);
  const fields = schema.fields.map((field) => ({ ...field, type: comparableType(field.type, field.type)! }));
  await expectSame(destination.digest!, schema, rows, ['id'], fields);
  await expectSame(destination.digest!, schema, rows, ['value'], fields);
  await expectSame(destination.digest!, schema, rows, [], fields);
});

test('random rows have the digest that their table has', async () => {
  const schema = schemaOf({
    a: 'int64',
    b: 'utf8',
    c: 'float64',
    d: 'decimal(20,4)',
    e: 'timestamptz',
    f: 'list<utf8>',
  });
  const decimal = fc.bigInt({ min: -(10n ** 20n) + 1n, max: 10n ** 20n - 1n }).map(
    (value) =>
      `${value < 0n ? '-' : ''}${String(value < 0n ? -value : value)
        .padStart(5, '0')
        .replace(/(.{4})$/, '.$1')}`,
  );
  const text = fc.string({ unit: 'binary', maxLength: 30 });
  const row = fc.record({
    a: fc.option(fc.bigInt({ min: -3n, max: 3n })),
    b: fc.option(text),
    c: fc.option(fc.double()),
    d: fc.option(decimal),
    e: fc.option(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n })),
    f: fc.option(fc.array(fc.option(text), { maxLength: 3 })),
  });
  const fields = schema.fields.map((field) => ({ ...field, type: comparableType(field.type, field.type)! }));
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 40 }), async (rows) => {
      const destination = open(join(folder(), 'd.duckdb'));
      await destination.claim({ key: target().key, table: 't' }, 'run');
      await epoch(destination, target(), schema, rows, 1);
      for (const keys of [[], ['a'], ['b', 'a']])
        await expectSame(destination.digest!, schema, rows, keys, fields);
      await destination.close();
    }),
    { seed: 20240229, numRuns: 8 },
  );
});

test('a number has one text in columns of several types, and an instant in two units', async () => {
  const path = join(folder(), 'd.duckdb');
  await sql(
    path,
    `create table t (a decimal(10,4), b float, c bigint, d timestamp)`,
    `insert into t values (1.5, 0.5, 100, '2020-01-01 00:00:00.000001')`,
  );
  const held = schemaOf({ a: 'numeric', b: 'float64', c: 'decimal(5,1)', d: 'timestamp_ns' });
  const rows = [{ a: '1.50', b: 0.5, c: '100.0', d: 1_577_836_800_000_001_000n }];
  const table = schemaOf({ a: 'decimal(10,4)', b: 'float32', c: 'int64', d: 'timestamp' });
  const fields = held.fields.map((field, index) => ({
    ...field,
    type: comparableType(field.type, table.fields[index]!.type)!,
  }));
  await expectSame(open(path).digest!, held, rows, [], fields);
});

test('a key tells its parts, also those with commas, and NULL', async () => {
  const path = join(folder(), 'd.duckdb');
  await sql(path, `create table t (a varchar, b integer)`, `insert into t values ('x,y:~', null)`);
  const { fields } = schemaOf({ a: 'utf8', b: 'int32' });
  const { digest } = open(path);
  const [{ bucket } = { bucket: '' }] = await collect(digest!('t', fields, []));
  const [entry] = await collect(digest!('t', fields, [], bucket));
  expect(rowTextParts(fields, entry!.bucket)).toEqual(['x,y:~', null]);
});

test('columns are found as DuckDB finds them, and one that has gone is an error', async () => {
  const path = join(folder(), 'd.duckdb');
  await sql(path, `create table t ("Id" integer)`, `insert into t values (1)`);
  const { digest } = open(path);
  expect(await collect(digest!('t', schemaOf({ id: 'int32' }).fields, ['id']))).toHaveLength(1);
  await expect(collect(digest!('t', schemaOf({ gone: 'int32' }).fields, []))).rejects.toThrow(
    'has no column "gone"',
  );
});
