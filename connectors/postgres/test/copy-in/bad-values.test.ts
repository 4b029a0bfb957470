import { parseType } from '@datacook/toolkit';
import { describe, expect, test } from 'vitest';
import { createEncoder } from '../../src/copy-in/encoders/create-encoder.js';
import { textQuery, useDatabase } from '../copy/support.js';
import { batchOf, columnOf, copy, createTable, INT32 } from './support.js';

const db = useDatabase();

const NO_TYPE = { binary: '', text: ', other inet' };

/** A column's type, ours, a value that it can't hold, and what is said. */
const VALUES: readonly (readonly [string, string, string, RegExp])[] = [
  ['text', 'utf8', 'a\0b', /holds "a\\u0000b", which has the character U\+0000/],
  ['varchar(3)', 'utf8', 'abcd', /holds "abcd", which is longer than character varying\(3\) allows/],
  ['varchar(3)', 'utf8', 'ab  ', /longer than character varying\(3\)/],
  ['char(2)', 'utf8', 'äöü', /longer than character\(2\)/],
  ['name', 'utf8', 'é'.repeat(32), /longer than name allows/],
  ['"char"', 'utf8', 'ab', /holds "ab", which is not one character/],
  ['"char"', 'utf8', 'é', /not one character/],
  [
    'numeric(5,2)',
    'numeric',
    '1.234',
    /holds 1.234, which the column's type numeric\(5,2\) can't hold exactly/,
  ],
  ['numeric(5,2)', 'numeric', '1000', /numeric\(5,2\) can't hold/],
  ['numeric(5,2)', 'numeric', 'Infinity', /holds Infinity, which the column's type numeric\(5,2\)/],
  ['numeric(3,-2)', 'numeric', '110', /can't hold exactly/],
  ['numeric(3,-2)', 'numeric', '100000', /can't hold exactly/],
  ['numeric(2,4)', 'numeric', '0.01', /can't hold exactly/],
  ['numeric[]', 'list<numeric>', `[0.${'0'.repeat(16_383)}1]`, /more digits than a numeric holds/],
  [
    'timestamp',
    'timestamp_ns',
    '2000-01-01 00:00:00.000000001',
    /2000-01-01T00:00:00.000000001, which is no whole number of microseconds/,
  ],
  ['time', 'time_ns', '00:00:00.000000001', /no whole number of microseconds/],
  [
    'interval',
    'interval',
    'PT0.000000001S',
    /holds PT0.000000001S, which is no whole number of microseconds/,
  ],
  ['timestamptz[]', 'list<timestamptz_ns>', '["2000-01-01T00:00:00.000000001Z"]', /no whole number/],
];

describe.each(Object.entries(NO_TYPE))('in the %s format', (_format, extra) => {
  test.each(VALUES)("%s can't hold %s %j", async (typeSql, ours, text, said) => {
    const { into, columns } = await createTable(db.client, `v ${typeSql}${extra}`);
    const batch = batchOf([['v', parseType(ours), [null, text]]]);
    const copied = copy(db.client, { into, columns }, batch);
    await expect(copied).rejects.toMatchObject({
      code: 'DATA',
      message: expect.stringMatching(said),
      hint: expect.stringMatching(/./),
      details: { column: 'v' },
    });
    expect(await textQuery(db.client)(`select * from ${into}`)).toEqual([]);
  });
});

describe('what no source of ours would yield', () => {
  const days = (value: number) => ({ nullCount: 0, values: Int32Array.of(value) });
  const words = (value: bigint) => ({ nullCount: 0, values: BigInt64Array.of(value) });
  const RAW = [
    ['date', 'date', days(-2440589), /-4714-11-23|-4713-11-23/],
    ['date', 'date', days(2145042906), /lies outside of what a date of Postgres can be/],
    ['timestamp', 'timestamp', words(-210866803200000001n), /lies outside of what a timestamp/],
    ['time', 'time', words(86_400_000_001n), /lies outside of what a time/],
    ['time', 'time', words(-1n), /lies outside of what a time/],
    ['timetz', 'timetz', words(86_400_000_000n + 57_600_000_000n), /lies outside of what a time/],
    ['timetz', 'timetz', words(-57_599_000_001n), /lies outside of what a time/],
    ['numeric(5,2)', 'decimal(5,2)', words(100_000n), /which is no number|holds 100000 \/ 10\^2/],
  ] as const;

  test.each(RAW)("%s can't hold %s", async (typeSql, ours, column, said) => {
    const { into, columns } = await createTable(db.client, `v ${typeSql}`);
    const schema = { fields: [{ name: 'v', type: parseType(ours), nullable: true }] };
    const copied = copy(db.client, { into, columns }, { length: 1, schema, columns: [column] });
    await expect(copied).rejects.toMatchObject({ code: 'DATA', message: expect.stringMatching(said) });
  });
});

test('what lies under a NULL is not looked at', async () => {
  const { into, columns } = await createTable(db.client, 'a text, d date, l date[], n numeric');
  const schema = {
    fields: [
      ['a', 'utf8'],
      ['d', 'date'],
      ['l', 'list<date>'],
      ['n', 'numeric'],
    ].map(([name, type]) => ({ name: name!, type: parseType(type!), nullable: true })),
  };
  const nothing = { nullCount: 1, validity: Uint8Array.of(0b10) };
  const dates = { nullCount: 0, values: Int32Array.of(-2440589, 10957) };
  const batch = {
    length: 2,
    schema,
    columns: [
      { ...nothing, offsets: Int32Array.of(0, 1, 2), values: Buffer.from('\0x') },
      { ...nothing, values: dates.values },
      { ...nothing, offsets: Int32Array.of(0, 1, 2), children: [dates] },
      { ...nothing, offsets: Int32Array.of(0, 1, 2), values: Buffer.from('x7') },
    ],
  };
  expect(await copy(db.client, { into, columns }, batch)).toBe(2);
  expect(await textQuery(db.client)(`select * from ${into} order by a nulls first`)).toEqual([
    [null, null, null, null],
    ['x', '2000-01-01', '{2000-01-01}', '7'],
  ]);
});

test('infinity as a numeric is refused before PostgreSQL 14', async () => {
  const { columns } = await createTable(db.client, 'v numeric');
  const type = parseType('numeric');
  const encoder = createEncoder(columns[0]!, type, 130_009);
  expect(() => encoder.bind(columnOf(type, ['1', '-Infinity']), 2)).toThrow(
    /holds -Infinity, which no numeric can hold before PostgreSQL 14/,
  );
  expect(() => encoder.bind(columnOf(type, ['1', 'NaN']), 2)).not.toThrow();
});

test("a type that the column can't hold is SCHEMA", async () => {
  for (const extra of ['', ', x inet']) {
    const { into, columns } = await createTable(db.client, `v smallint${extra}`);
    const copied = copy(db.client, { into, columns }, batchOf([['v', INT32, ['1']]]));
    await expect(copied).rejects.toMatchObject({
      code: 'SCHEMA',
      message: 'The column "v" is smallint, which can\'t hold int32.',
      details: { column: 'v' },
    });
  }
});

test('what the server refuses names the row and the column', async () => {
  await db.client.query(
    "create type feeling as enum ('so', 'la'); create domain even as int check (value % 2 = 0)",
  );
  for (const extra of ['', ', x inet']) {
    const { into, columns } = await createTable(db.client, `"b: c" feeling, even even, j jsonb${extra}`);
    const texts = (name: string, wrong: string) => batchOf([[name, parseType('utf8'), [null, null, wrong]]]);
    await expect(copy(db.client, { into, columns }, texts('b: c', 'fa'))).rejects.toMatchObject({
      code: 'DATA',
      message: expect.stringMatching(/row 3, column "b: c": invalid input value for enum feeling: "fa"/),
      details: { sqlstate: '22P02' },
    });
    await expect(copy(db.client, { into, columns }, texts('j', '"\\u0000"'))).rejects.toMatchObject({
      code: 'DATA',
      message: expect.stringMatching(/row 3, column "j": unsupported Unicode escape sequence/),
    });
    const odd = batchOf([['even', INT32, ['2', '3']]]);
    await expect(copy(db.client, { into, columns }, odd)).rejects.toMatchObject({
      message: expect.stringMatching(/row 2, column "even": value for domain even violates/),
      details: { sqlstate: '23514' },
    });
  }
});
