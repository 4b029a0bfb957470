import { columnTextReader } from '@datacook/toolkit';
import { expect, test } from 'vitest';
import { request, useDatabase, withSource } from './support/source.js';

const database = useDatabase();

/** The texts of all values, by column. */
async function textsOf(config: object): Promise<Record<string, (string | null)[]>> {
  return withSource({ url: database.url, ...config }, async (source) => {
    const plan = await source.plan(request());
    const texts: Record<string, (string | null)[]> = {};
    for await (const { batch } of source.read(plan, plan.partitions[0]!)) {
      for (const [index, { name, type }] of (batch?.schema.fields ?? []).entries()) {
        const text = columnTextReader(type, batch!.columns[index]!);
        for (let row = 0; row < batch!.length; row++) {
          texts[name] ??= [];
          texts[name].push(text(row));
        }
      }
    }
    return texts;
  });
}

test('trap 14: nothing is rounded, wrapped or shifted, and NULL is not the empty text', async () => {
  const { client } = database;
  await client.query(`create table exact (
    id int primary key, big bigint, exactly numeric, money numeric(38,10), f float8,
    day date, local timestamp, instant timestamptz, clock time, word text, bytes bytea, doc jsonb, oid oid)`);
  await client.query(`insert into exact values
    (1, -9223372036854775808, 12345678901234567890.123456789012345678901234567890, 0.1, 0.1,
     '2026-03-29', '2026-03-29 02:30:00', '2026-10-25 01:30:00.000001+00', '23:59:59.999999', '', '', '{"n": 9007199254740993}', 4294967295),
    (2, 9007199254740993, 'NaN', -9999999999999999999999999999.9999999999, 'NaN',
     '0044-03-15 BC', 'infinity', '-infinity', '24:00:00', 'NULL', '\\x00ff', 'null', 0),
    (3, null, null, null, null, null, null, null, null, null, null, null, null)`);
  const zone = process.env['TZ'];
  try {
    for (const machine of ['America/New_York', 'Asia/Kolkata', 'UTC']) {
      process.env['TZ'] = machine;
      expect(await textsOf({ table: 'exact' })).toEqual({
        id: ['1', '2', '3'],
        big: ['-9223372036854775808', '9007199254740993', null],
        exactly: ['12345678901234567890.123456789012345678901234567890', 'NaN', null],
        money: ['0.1000000000', '-9999999999999999999999999999.9999999999', null],
        f: ['0.1', 'NaN', null],
        day: ['2026-03-29', '-0043-03-15', null],
        local: ['2026-03-29T02:30:00.000000', 'infinity', null],
        instant: ['2026-10-25T01:30:00.000001Z', '-infinity', null],
        clock: ['23:59:59.999999', '24:00:00.000000', null],
        word: ['', 'NULL', null],
        bytes: ['\\x', '\\x00ff', null],
        doc: ['{"n": 9007199254740993}', 'null', null],
        oid: ['4294967295', '0', null],
      });
    }
  } finally {
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  }
});

test('settings of the database and the role change no value', async () => {
  const { client, url } = database;
  const name = new URL(url).pathname.slice(1);
  await client.query(
    `alter database ${name} set timezone = 'Asia/Kolkata'; alter database ${name} set datestyle = 'SQL, DMY'`,
  );
  await client.query(
    `alter database ${name} set intervalstyle = 'sql_standard'; alter database ${name} set bytea_output = 'escape'`,
  );
  await client.query(
    `alter database ${name} set extra_float_digits = -15; alter database ${name} set client_encoding = 'LATIN1'`,
  );
  await client.query(
    `create table styled (at timestamptz, b bytea, r tstzrange, i interval, f float8[], p point, t text)`,
  );
  await client.query(
    `insert into styled values ('2026-01-01 12:00+00', '\\x00', '[2026-01-01 00:00+00,)', '1 mon 2 days 03:00', '{0.30000000000000004}', '(0.30000000000000004,1)', 'é')`,
  );
  expect(await textsOf({ table: 'styled', column_types: { at: 'utf8', i: 'utf8' } })).toEqual({
    at: ['2026-01-01 12:00:00+00'],
    b: ['\\x00'],
    r: ['["2026-01-01 00:00:00+00",)'],
    i: ['1 mon 2 days 03:00:00'],
    f: ['[0.30000000000000004]'],
    p: ['(0.30000000000000004,1)'],
    t: ['é'],
  });
});

test('column_types reads a column as another type', async () => {
  await database.client.query('create table typed (id int primary key, n numeric)');
  await database.client.query('insert into typed values (1, 1.5)');
  expect(await textsOf({ table: 'typed', column_types: { id: 'int64', n: 'utf8' } })).toEqual({
    id: ['1'],
    n: ['1.5'],
  });
});
