import type { Field, Source } from '@datacook/core';
import { comparableType, type DigestEntry, RowDigest } from '@datacook/toolkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { request, useDatabase, withSource } from '../support/source.js';

const database = useDatabase();

/** Each type with what is at its edges, as SQL. */
const EXTREMES: { readonly [type: string]: readonly string[] } = {
  boolean: ['true', 'false'],
  smallint: [`'-32768'`, '32767'],
  integer: [`'-2147483648'`, '2147483647'],
  bigint: [`'-9223372036854775808'`, '9223372036854775807', '0'],
  oid: ['4294967295', '0'],
  real: [`'NaN'`, `'Infinity'`, `'-Infinity'`, `'-0'`, '0.1', '1e-45'],
  'double precision': [`'NaN'`, `'Infinity'`, `'-0'`, '0', '0.1', '5e-324', '1.7976931348623157e308'],
  'numeric(10,2)': ['0', '-99999999.99', '100', '1.5'],
  'numeric(38,10)': ['9999999999999999999999999999.9999999999', '1000'],
  'numeric(5,0)': ['100', '-99999'],
  numeric: ['1.50', '100', '0.000', '12345678901234567890123456789012345678901234567890.10', `'NaN'`],
  text: [`''`, `'~'`, `'a,b:c'`, `'ä€𝄞'`, String.raw`E'line\nbreak\\'`],
  'varchar(3)': [`''`, `'a '`],
  'char(3)': [`'a'`, `'   '`, `'abc'`],
  '"char"': [`'a'`],
  name: [`'n'`],
  bytea: [String.raw`'\x'`, String.raw`'\x00ff7e'`],
  json: [`'{"b": 1,  "a": [1.0]}'`, `'null'`],
  jsonb: [`'{"b": 1,  "a": [1.0]}'`, `'null'`, `'"~"'`],
  uuid: [`'00000000-0000-0000-0000-000000000000'`, `'ffffffff-ffff-ffff-ffff-ffffffffffff'`],
  date: [`'1970-01-01'`, `'infinity'`, `'-infinity'`, `'4713-01-01 BC'`, `'5874897-12-31'`],
  time: [`'00:00'`, `'24:00'`, `'23:59:59.999999'`],
  timetz: [`'00:00+15:59'`, `'24:00-15:59'`, `'12:34:56.789-03:30'`],
  timestamp: [`'infinity'`, `'-infinity'`, `'4713-01-01 BC'`, `'1969-12-31 23:59:59.999999'`, `'2000-01-01'`],
  timestamptz: [`'infinity'`, `'-infinity'`, `'9999-12-31 23:59:59.999999+00'`, `'1970-01-01 00:00:00+00'`],
  interval: [`'0'`, `'-25 months 400 days -100:00:00.000001'`, `'178000000 years'`, `'2000000 hours'`],
  'integer[]': [`'{}'`, `'{1,NULL,3}'`],
  'text[]': [`'{"",NULL,"a,]b",~}'`, `'{}'`],
  'char(3)[]': [`'{a,abc}'`],
  'numeric[]': [`'{1.50,100,NaN}'`],
  'timestamptz[]': [`'{infinity,2020-01-01 00:00:00+00,NULL}'`],
  inet: [`'10.0.0.1/8'`],
  point: [`'(0.1,2)'`],
  mood: [`'happy and calm'`],
  short: [`'ab'`],
};

async function collect(entries: AsyncIterable<DigestEntry>): Promise<DigestEntry[]> {
  const all: DigestEntry[] = [];
  for await (const entry of entries) all.push(entry);
  return sorted(all);
}

function sorted(entries: Iterable<DigestEntry>): DigestEntry[] {
  return [...entries].sort((a, b) => (a.bucket < b.bucket ? -1 : 1));
}

/** What is read, and what the server sums up, by the same keys. */
async function expectSame(source: Source, keys: readonly string[]): Promise<void> {
  const plan = await source.plan(request());
  const [stream] = await source.streams();
  const fields: Field[] = stream!.schema!.fields.map((field) => ({
    ...field,
    type: comparableType(field.type, field.type)!,
  }));
  const read = async (bucket?: string) => {
    const digest = new RowDigest(fields, keys, bucket);
    for (const partition of plan.partitions)
      for await (const { batch } of source.read(plan, partition)) if (batch) digest.add(batch);
    return sorted(digest.entries());
  };
  const ours = await read();
  expect(await collect(source.digest!('s', fields, keys))).toEqual(ours);
  const buckets = ours.map(({ bucket }) => bucket).join(',');
  if (ours.length > 0)
    expect(await collect(source.digest!('s', fields, keys, buckets))).toEqual(await read(buckets));
}

describe('the digest by the server is the same as that of the rows that are read', () => {
  test.each(Object.keys(EXTREMES))('%s', async (type) => {
    const { client, url } = database;
    if (type === 'mood') await client.query(`create type mood as enum ('happy and calm')`);
    if (type === 'short') await client.query('create domain short as char(5)');
    await client.query(
      `drop table if exists extremes; create table extremes (id int primary key, value ${type})`,
    );
    const rows = [...EXTREMES[type]!, 'null'].map((value, id) => `(${id}, ${value}::${type})`);
    await client.query(`insert into extremes values ${rows.join(', ')}`);
    await withSource({ url, table: 'extremes' }, async (source) => {
      for (const keys of [['id'], ['value', 'id'], []]) await expectSame(source, keys);
    });
  });

  test('of random rows', async () => {
    const { client, url } = database;
    await client.query(`create table random (a int8, b text, c float8, d numeric, e timestamptz, f text[])`);
    const text = fc.string({ unit: 'binary', maxLength: 30 }).map((value) => value.replaceAll('\0', ''));
    const number = fc.tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.nat(999_999));
    const row = fc.tuple(
      fc.option(fc.integer({ min: -2, max: 2 })),
      fc.option(text),
      fc.option(fc.double().map((value) => (Object.is(value, -0) ? '-0' : String(value)))),
      fc.option(number.map(([whole, fraction]) => `${whole}.${fraction}`)),
      fc.option(fc.date({ noInvalidDate: true, min: new Date('0001-01-01'), max: new Date('9999-12-31') })),
      fc.option(fc.array(fc.option(text), { maxLength: 3 })),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 20 }), async (rows) => {
        await client.query('truncate random');
        for (const values of rows)
          await client.query(
            'insert into random values ($1, $2, $3, $4, $5, $6)',
            values.map((value) => (value instanceof Date ? value.toISOString() : value)),
          );
        await withSource({ url, table: 'random' }, async (source) => {
          for (const keys of [[], ['a'], ['b', 'a']]) await expectSame(source, keys);
        });
      }),
      { seed: 20240229, numRuns: 8 },
    );
  });

  test('with a condition, in a query, and with a column read as text', async () => {
    const { client, url } = database;
    await client.query(
      'create table sold as select g as id, g * 1.50 as price from generate_series(1, 50) g',
    );
    await withSource(
      { url, table: 'sold', where: 'id > 10 -- not all', column_types: { price: 'utf8' } },
      (source) => expectSame(source, ['id']),
    );
    await withSource({ url, query: 'select id, price from sold where id < 20' }, (source) =>
      expectSame(source, []),
    );
  });

  test('in a database that is not in UTF-8', async () => {
    const { client, url } = database;
    await client.query(`create database latin encoding 'LATIN1' locale 'C' template template0`);
    const other = new URL(url);
    other.pathname = '/latin';
    try {
      await withSource(
        { url: other.href, query: `select 'é'::text as word, chr(233) || '~' as other` },
        (source) => expectSame(source, ['word']),
      );
    } finally {
      await client.query('drop database latin');
    }
  });
});

test('rows that are written later are not in the digest of a plan', async () => {
  const { client, url } = database;
  await client.query('create table moving as select 1 as id');
  await withSource({ url, table: 'moving' }, async (source) => {
    await source.plan(request());
    await client.query('insert into moving values (2)');
    const [stream] = await source.streams();
    const entries = await collect(source.digest!('s', stream!.schema!.fields, []));
    expect(entries.reduce((sum, { rows }) => sum + rows, 0)).toBe(1);
  });
});

test('a digest needs no plan, and leaves out rows that loads leave out', async () => {
  const { client, url } = database;
  await client.query('create table stamped (id int, at int)');
  await client.query('insert into stamped values (1, 1), (2, null)');
  const incremental = { strategy: 'cursor', cursor_column: 'at', on_null: 'exclude' };
  await withSource({ url, table: 'stamped', incremental }, async (source) => {
    const [stream] = await source.streams();
    const entries = await collect(source.digest!('s', stream!.schema!.fields, []));
    expect(entries.map(({ rows }) => rows)).toEqual([1]);
  });
});
