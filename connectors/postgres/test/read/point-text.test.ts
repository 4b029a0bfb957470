import fc from 'fast-check';
import { expect, test } from 'vitest';
import { request, useDatabase, valuesOf, withSource } from '../support/source.js';

const database = useDatabase();

/** Values in the order of the server, the least and the greatest among them. */
const TYPES: readonly (readonly [type: string, values: readonly string[]])[] = [
  ['boolean', ['false', 'true']],
  ['smallint', ['-32768', '-1', '0', '32767']],
  ['bigint', ['-9223372036854775808', '-1', '9007199254740993', '9223372036854775807']],
  [
    'numeric',
    [
      '-Infinity',
      '-1e30',
      '-0.000000000000000000001',
      '0',
      '12345678901234567890.5',
      '99999999999999999999',
      'Infinity',
      'NaN',
    ],
  ],
  ['numeric(20,0)', ['-99999999999999999999', '12345678901234567890', '99999999999999999999']],
  ['real', ['-Infinity', '-1.5e-30', '0.1', '1e20', 'Infinity', 'NaN']],
  ['double precision', ['-Infinity', '-1e300', '0.1', '0.30000000000000004', '1e300', 'Infinity', 'NaN']],
  [
    'date',
    [
      '-infinity',
      '4713-01-01 BC',
      '0044-03-15 BC',
      '0001-12-31 BC',
      '0001-01-01',
      '1970-01-01',
      '2026-02-28',
      '5874897-12-31',
      'infinity',
    ],
  ],
  [
    'timestamp',
    [
      '-infinity',
      '4713-01-01 00:00:00 BC',
      '0001-12-31 23:59:59.999999 BC',
      '0001-01-01 00:00:00',
      '2026-03-29 02:30:00.000001',
      '294246-12-31 23:59:59.999999',
      'infinity',
    ],
  ],
  [
    'timestamptz',
    [
      '-infinity',
      '4713-01-01 00:00:00+00 BC',
      '0044-03-15 12:00:00.5+00 BC',
      '1969-12-31 23:59:59.999999+00',
      '2026-10-25 01:30:00+00',
      '294246-12-31 23:59:59.999999+00',
      'infinity',
    ],
  ],
  ['time', ['00:00:00', '12:34:56.789012', '24:00:00']],
  ['timetz', ['00:00:00+15', '12:00:00-05', '24:00:00-15']],
  ['interval', ['-1 year', '-00:00:00.000001', '0', '1 day', '23 days 25:00:00.000001', '10 years']],
  [
    'uuid',
    [
      '00000000-0000-0000-0000-000000000000',
      '7f000000-0000-4000-8000-000000000001',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
    ],
  ],
  ['bytea', ['\\x', '\\x00', '\\x0027', '\\x5c', '\\xff']],
  ['"char"', ['a', 'b', 'z']],
  ['name', ['a', 'b"c', 'z']],
  ['char(3)', ['a', 'ab', 'zzz']],
  ['varchar(5)', ['', "'", 'abcde', 'ü']],
  ['inet', ['10.0.0.1', '10.0.0.1/32', '192.168.0.0/16', '::1']],
  ['jsonb', ['null', '"a"', '1', '1.50', '{"a": 1}']],
  ['int4[]', ['{}', '{NULL}', '{1,2}', '{1,NULL}', '{2}']],
  ['text[]', ['{}', '{"a,b","c\\"d"}', '{NULL}', '{"NULL"}']],
  ['bit(3)', ['000', '101', '111']],
];

test.each(TYPES)('reading goes on behind any value of %s', async (type, values) => {
  const { client, url } = database;
  await client.query(`drop table if exists points; create table points (k ${type} primary key, n int)`);
  await client.query(
    `insert into points select v::${type}, row_number() over () from unnest($1::text[]) v on conflict do nothing`,
    [values],
  );
  const wanted = (await client.query('select n from points order by k')).rows.map(({ n }) => n as number);
  expect(wanted.length).toBeGreaterThan(1);
  await everyStop(url, wanted);
});

test('reading goes on behind any text', async () => {
  const { client, url } = database;
  await client.query(
    `drop table if exists points; create table points (k text collate "und-x-icu", n int, b timestamp, primary key (k, b))`,
  );
  const text = fc
    .string({ unit: 'grapheme-composite', maxLength: 12 })
    .filter((each) => !each.includes('\0'));
  const texts = fc.sample(text, { numRuns: 60, seed: 9 });
  texts.push('', "'", "''", '\\', '\\x41', '$1', '"', 'null', 'a\nb', 'ß', '😀');
  await client.query(
    `insert into points select v, row_number() over (), '0044-03-15 BC' from unnest($1::text[]) v on conflict do nothing`,
    [texts],
  );
  const wanted = (await client.query('select n from points order by k, b')).rows.map(({ n }) => n as number);
  await everyStop(url, wanted);
});

/** Reads row by row, and from each row's position to the end: what another process would do. */
async function everyStop(url: string, wanted: readonly number[]): Promise<void> {
  await withSource({ url, table: 'points' }, async (source) => {
    const plan = await source.plan(request({ columns: ['n'], batchRows: 1 }));
    const [partition] = plan.partitions;
    const seen: number[] = [];
    const positions: unknown[] = [];
    for await (const item of source.read(plan, partition!)) {
      seen.push(...valuesOf(item).map(({ n }) => n as number));
      positions.push(item.position);
    }
    expect(seen).toEqual(wanted);
    for (const [index, position] of positions.entries()) {
      const rest: number[] = [];
      for await (const item of source.read(plan, partition!, position as string[]))
        rest.push(...valuesOf(item).map(({ n }) => n as number));
      expect(rest).toEqual(wanted.slice(index + 1));
    }
  });
}
