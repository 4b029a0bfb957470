import type { Batch, DataType, Schema } from '@datacook/core';
import { batchFromRows, parseType, quoteIdentifier } from '@datacook/toolkit';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DuckDB, type DuckDBConnection, duckdbType, openAppender, openDuckDB } from '../src/index.js';

let database: DuckDB;
let connection: DuckDBConnection;
let catalog: string;

beforeAll(async () => {
  database = await openDuckDB(':memory:');
  connection = await database.connect();
  catalog = (await connection.rows('SELECT current_database() AS name'))[0]?.['name'] ?? '';
});
afterAll(() => database.close());

const table = (name = 't') => ({ catalog, schema: 'main', table: name });
const schemaOf = (types: { readonly [name: string]: string | DataType }): Schema => ({
  fields: Object.entries(types).map(([name, type]) => ({
    name,
    type: typeof type === 'string' ? parseType(type) : type,
    nullable: true,
  })),
});

async function create(schema: Schema, name = 't'): Promise<void> {
  const columns = schema.fields.map((field) => `${quoteIdentifier(field.name)} ${duckdbType(field.type)}`);
  await connection.run(`CREATE OR REPLACE TABLE ${quoteIdentifier(name)}(${columns.join(', ')})`);
}

async function load(schema: Schema, batches: readonly Batch[], name = 't'): Promise<void> {
  await create(schema, name);
  const appender = await openAppender(connection, table(name), schema);
  for (const batch of batches) await appender.append(batch);
  await appender.close();
}

/** Loads values of one type and reads them back by `sql`, in order. */
async function roundTrip(type: string, values: readonly unknown[], sql: string): Promise<(string | null)[]> {
  const schema = schemaOf({ n: 'int64', c: type });
  const rows = values.map((c, n) => ({ n, c }));
  await load(schema, [batchFromRows(rows, schema)]);
  const found = await connection.rows(`SELECT CAST(${sql} AS VARCHAR) AS text FROM t ORDER BY n`);
  return found.map((row) => row['text'] ?? null);
}

/** NULLs among the values, and more rows than a vector has, now and then. */
const many = <T>(value: fc.Arbitrary<T>) =>
  fc.oneof(
    { weight: 9, arbitrary: fc.array(fc.option(value), { maxLength: 40 }) },
    { weight: 1, arbitrary: fc.array(fc.option(value), { minLength: 2040, maxLength: 2060, size: 'max' }) },
  );

const plain = (unscaled: bigint, scale: number): string => {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0');
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
  return unscaled < 0n ? `-${text}` : text;
};
const text = (values: readonly unknown[]) => values.map((value) => (value === null ? null : String(value)));
const between = (min: bigint, max: bigint) =>
  fc.oneof(fc.constantFrom(min, max, 0n, 1n), fc.bigInt({ min, max })).filter((n) => n >= min && n <= max);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex').toUpperCase();
const GREATEST = 2n ** 63n - 1n;

interface Case<T> {
  readonly type: string;
  readonly value: fc.Arbitrary<T>;
  /** Reads column c as text. */
  readonly sql: string;
  readonly expected: (value: T) => string;
}
const caseOf = <T>(type: string, value: fc.Arbitrary<T>, sql: string, expected: (value: T) => string) =>
  ({ type, value, sql, expected }) as Case<unknown>;

const ints = [8, 16, 32, 64].flatMap((bits) => [
  caseOf(`int${bits}`, between(-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n), 'c', String),
  caseOf(`uint${bits}`, between(0n, 2n ** BigInt(bits) - 1n), 'c', String),
]);
const decimals = (
  [
    [1, 0],
    [4, 2],
    [5, 5],
    [9, 0],
    [10, 3],
    [15, 2],
    [16, 2],
    [18, 18],
    [19, 0],
    [22, 11],
    [38, 0],
    [38, 38],
  ] as const
).map(([precision, scale]) =>
  caseOf(
    `decimal(${precision},${scale})`,
    between(-(10n ** BigInt(precision)) + 1n, 10n ** BigInt(precision) - 1n).map((n) => plain(n, scale)),
    'c',
    // DuckDB shows no zero before the point where there is no room for it.
    (value) => (precision === scale ? value.replace(/^(-?)0\./, '$1.') : value),
  ),
);
const micros = between(-9223372022400000000n, GREATEST - 1n);
const nanos = between(-GREATEST + 1n, GREATEST - 1n);
const cases: Case<unknown>[] = [
  caseOf('bool', fc.boolean(), 'c', String),
  ...ints,
  ...decimals,
  caseOf('float64', fc.double(), 'c', (value) => value.toString()),
  caseOf('utf8', fc.string({ unit: 'binary', maxLength: 40 }), 'hex(encode(c))', (value) =>
    hex(Buffer.from(value)),
  ),
  caseOf('binary', fc.uint8Array({ maxLength: 40 }), 'hex(c)', hex),
  caseOf(
    'date',
    fc.integer({ min: -2147483646, max: 2147483646 }),
    "datediff('day', DATE '1970-01-01', c)",
    String,
  ),
  caseOf('time', between(0n, 86399999999n), '(hour(c) * 60 + minute(c)) * 60000000 + microsecond(c)', String),
  caseOf('timestamp', micros, 'epoch_us(c)', String),
  caseOf('timestamptz', micros, 'epoch_us(c)', String),
  caseOf('timestamp_ns', nanos, 'epoch_ns(c)', String),
  caseOf('timestamptz_ns', between(-9223372036854774n, 9223372036854774n), 'epoch_us(c)', String),
  caseOf('uuid', fc.uuid(), 'c', String),
  caseOf('json', fc.json(), 'hex(encode(c::VARCHAR))', (value) => hex(Buffer.from(value))),
];

describe('every type arrives exactly', () => {
  for (const each of cases)
    test(each.type, async () => {
      await fc.assert(
        fc.asyncProperty(many(each.value), async (values) => {
          const given =
            each.type === 'timestamptz_ns'
              ? values.map((n) => (n === null ? null : (n as bigint) * 1000n))
              : values;
          const found = await roundTrip(each.type, given, each.sql);
          const expected = values.map((value) => (value === null ? null : each.expected(value)));
          if (each.type === 'float64')
            expect(
              found.map((value) =>
                value === null
                  ? null
                  : Number(
                      value === 'nan'
                        ? 'NaN'
                        : value === 'inf'
                          ? 'Infinity'
                          : value === '-inf'
                            ? '-Infinity'
                            : value,
                    ),
              ),
            ).toEqual(values);
          else expect(found).toEqual(expected);
        }),
        { seed: 7, numRuns: 25 },
      );
    });

  test('float32, with its extremes', async () => {
    const values = [0, -0, 1.5, 3.4028234663852886e38, 1.401298464324817e-45, Infinity, Number.NaN, null];
    const found = await roundTrip('float32', values, 'c::DOUBLE');
    expect(found).toEqual([
      '0.0',
      '-0.0',
      '1.5',
      '3.4028234663852886e+38',
      '1.401298464324817e-45',
      'inf',
      'nan',
      null,
    ]);
  });

  test('intervals, field by field', async () => {
    const part = fc.record({
      months: fc.integer({ min: -120000, max: 120000 }),
      days: fc.integer({ min: -100000, max: 100000 }),
      micros: between(-(10n ** 15n), 10n ** 15n),
    });
    await fc.assert(
      fc.asyncProperty(many(part), async (values) => {
        const given = values.map((value) =>
          value === null
            ? null
            : { months: value.months, days: value.days, nanoseconds: value.micros * 1000n },
        );
        const months = await roundTrip('interval', given, 'year(c) * 12 + month(c)');
        expect(months).toEqual(text(values.map((value) => value?.months ?? null)));
        const rest = await connection.rows(
          'SELECT (day(c))::VARCHAR AS d, ((hour(c) * 60 + minute(c)) * 60000000 + microsecond(c))::VARCHAR AS u FROM t ORDER BY n',
        );
        expect(rest.map((row) => row['d'])).toEqual(text(values.map((value) => value?.days ?? null)));
        expect(rest.map((row) => row['u'])).toEqual(text(values.map((value) => value?.micros ?? null)));
      }),
      { seed: 7, numRuns: 15 },
    );
  });

  test('times in nanoseconds, and zoned ones, also outside their day', async () => {
    expect(await roundTrip('time_ns', [0n, 86399999999999n, 3661000000001n, null], 'c')).toEqual([
      '00:00:00',
      '23:59:59.999999999',
      '01:01:01.000000001',
      null,
    ]);
    const hour = 3600000000n;
    const zoned = [0n, 12n * hour + 1n, 28n * hour, -2n * hour - 1n, 24n * hour];
    expect(await roundTrip('timetz', [...zoned, null], 'c')).toEqual([
      '00:00:00+00',
      '12:00:00.000001+00',
      '23:00:00-05',
      '00:59:59.999999+03',
      '24:00:00+00',
      null,
    ]);
  });

  test('numeric, to DECIMAL(38,9)', async () => {
    const bound = 10n ** 38n - 1n;
    await fc.assert(
      fc.asyncProperty(many(between(-bound, bound)), async (values) => {
        const given = values.map((value) => (value === null ? null : plain(value, 9)));
        expect(await roundTrip('numeric', given, 'c')).toEqual(given);
      }),
      { seed: 7, numRuns: 25 },
    );
    const odd = [
      '1e3',
      '15E-9',
      '0',
      '-0.10',
      '000012',
      '1.500000000000000',
      '9'.repeat(29),
      '-123.000000001',
    ];
    expect(await roundTrip('numeric', odd, 'c')).toEqual([
      '1000.000000000',
      '0.000000015',
      '0.000000000',
      '-0.100000000',
      '12.000000000',
      '1.500000000',
      `${'9'.repeat(29)}.000000000`,
      '-123.000000001',
    ]);
  });

  test('a numeric that does not fit says which ways there are to another type', async () => {
    await expect(roundTrip('numeric', ['0.0000000001'], 'c')).rejects.toMatchObject({
      code: 'DATA',
      hint: expect.stringMatching(/cast_columns \(columns: \{ "c": utf8 \}\).*types in its format/),
    });
  });
});

test('a table or batch that does not fit is SCHEMA, with what to do', async () => {
  const schema = schemaOf({ id: 'int64', name: 'utf8' });
  await connection.run('CREATE OR REPLACE TABLE narrow(id INTEGER, name VARCHAR)');
  const refused = (hint: string) => ({ code: 'SCHEMA', hint: expect.stringContaining(hint) });
  await expect(openAppender(connection, table('narrow'), schema)).rejects.toMatchObject(
    refused("Cast the batch's column to int32, or alter the table's to BIGINT."),
  );
  await create(schema);
  const appender = await openAppender(connection, table(), schema);
  const append = (types: { readonly [name: string]: string }) =>
    appender.append(batchFromRows([{}], schemaOf(types)));
  await expect(append({ id: 'int64', more: 'bool' })).rejects.toMatchObject(refused('Add the column'));
  await expect(append({ id: 'int32' })).rejects.toMatchObject(refused('fitBatch'));
  await appender.close();
});

test('columns of the table that the schema lacks get their default, generated ones their value', async () => {
  await connection.run(
    "CREATE OR REPLACE TABLE made(id BIGINT, twice BIGINT GENERATED ALWAYS AS (id * 2), name VARCHAR DEFAULT 'x', more BIGINT)",
  );
  const schema = schemaOf({ id: 'int64', more: 'int64' });
  const appender = await openAppender(connection, table('made'), schema);
  await appender.append(batchFromRows([{ id: 3n }], schemaOf({ id: 'int64' })));
  await appender.append(batchFromRows([{ more: 5n }], schemaOf({ more: 'int64' })));
  await appender.close();
  expect(await connection.rows('SELECT COLUMNS(*)::VARCHAR FROM made')).toEqual([
    { id: '3', twice: '6', name: 'x', more: null },
    { id: null, twice: null, name: 'x', more: '5' },
  ]);
});

describe('many rows', () => {
  const schema = schemaOf({ n: 'int64', text: 'utf8' });
  const batchOf = (from: number, count: number) =>
    batchFromRows(
      Array.from({ length: count }, (_, at) => ({ n: BigInt(from + at), text: `row ${from + at}` })),
      schema,
    );

  test('go over in row groups while others are made, in their order, whatever the batches are like', async () => {
    await create(schema);
    await connection.run('BEGIN TRANSACTION');
    const appender = await openAppender(connection, table(), schema);
    const sizes = [1, 100_000, 30_000, 0, 5, 245_760, 3, 122_880];
    let rows = 0;
    for (const size of sizes) {
      await appender.append(batchOf(rows, size));
      rows += size;
    }
    await appender.close();
    const other = await database.connect();
    expect(await other.rows('SELECT count(*)::VARCHAR AS n FROM t')).toEqual([{ n: '0' }]);
    await connection.run('COMMIT');
    expect(
      await other.rows(
        "SELECT count(*)::VARCHAR AS n, bool_and(n = rowid AND text = 'row ' || n)::VARCHAR AS same FROM t",
      ),
    ).toEqual([{ n: String(rows), same: 'true' }]);
    other.close();
  });

  test('end with the value that is refused, at the latest when the appender is closed', async () => {
    const numbers = schemaOf({ n: 'numeric' });
    await create(numbers);
    await connection.run('BEGIN TRANSACTION');
    const appender = await openAppender(connection, table(), numbers);
    const bad = batchFromRows([{ n: '1' }, { n: '0.0000000001' }], numbers);
    await appender.append(bad);
    await expect(appender.close()).rejects.toMatchObject({
      code: 'DATA',
      message: expect.stringMatching(/Column "n", value 2 of the batch,/),
    });
    await connection.run('ROLLBACK');
    expect(await connection.rows('SELECT count(*)::VARCHAR AS n FROM t')).toEqual([{ n: '0' }]);
  });

  test('end with the constraint that refuses them', async () => {
    await connection.run('CREATE OR REPLACE TABLE keyed(n BIGINT PRIMARY KEY, text VARCHAR)');
    const appender = await openAppender(connection, table('keyed'), schema);
    await appender.append(batchOf(0, 130_000));
    await appender.append(batchOf(0, 130_000));
    await expect(appender.close()).rejects.toMatchObject({
      code: 'DATA',
      message: expect.stringMatching(/[Dd]uplicate key/),
    });
  });

  test('are forgotten when the appender is abandoned, also those under way', async () => {
    await create(schema);
    const own = await database.connect();
    await own.run('BEGIN TRANSACTION');
    const appender = await openAppender(own, table(), schema);
    await appender.append(batchOf(0, 300_000));
    appender.abandon();
    await appender.close();
    own.close();
    expect(await connection.rows('SELECT count(*)::VARCHAR AS n FROM t')).toEqual([{ n: '0' }]);
  });

  test('let a statement of the same connection wait for them', async () => {
    await create(schema);
    const appender = await openAppender(connection, table(), schema);
    await appender.append(batchOf(0, 200_000));
    const [row] = await connection.rows('SELECT count(*)::VARCHAR AS n FROM t');
    expect(row).toEqual({ n: '122880' });
    await appender.close();
    expect(await connection.rows('SELECT count(*)::VARCHAR AS n FROM t')).toEqual([{ n: '200000' }]);
  });
});
