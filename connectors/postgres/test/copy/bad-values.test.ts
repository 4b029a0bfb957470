import { sharedPostgres } from '@datacook/testkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { connect, readQuery, useDatabase } from './support.js';

const db = useDatabase();

describe('a value that its column cannot hold', () => {
  test.each<[string, string, Record<string, string>, string]>([
    ['NaN', "'NaN'::numeric", { x: 'decimal(8,2)' }, 'holds NaN, which decimal(8,2) cannot hold'],
    ['NaN, wide', "'NaN'::numeric", { x: 'decimal(30,2)' }, 'holds NaN, which decimal(30,2) cannot hold'],
    ['NaN, long', "'NaN'::numeric", { x: 'decimal(50,2)' }, 'holds NaN, which decimal(50,2) cannot hold'],
    [
      'infinity',
      "'Infinity'::numeric",
      { x: 'decimal(8,2)' },
      'holds Infinity, which decimal(8,2) cannot hold',
    ],
    [
      'minus infinity',
      "'-Infinity'::numeric",
      { x: 'decimal(20,2)' },
      'holds -Infinity, which decimal(20,2) cannot hold',
    ],
    [
      'too many digits',
      '12345678.9::numeric',
      { x: 'decimal(9,2)' },
      'holds 12345678.9, which decimal(9,2) cannot hold exactly',
    ],
    [
      'one digit too many',
      '-100::numeric',
      { x: 'decimal(4,2)' },
      'holds -100, which decimal(4,2) cannot hold exactly',
    ],
    [
      'places',
      '1.005::numeric',
      { x: 'decimal(9,2)' },
      'holds 1.005, which decimal(9,2) cannot hold exactly',
    ],
    [
      'far places',
      '1e-9::numeric',
      { x: 'decimal(9,4)' },
      'holds 0.000000001, which decimal(9,4) cannot hold exactly',
    ],
    [
      'places, wide',
      '1.005::numeric',
      { x: 'decimal(20,2)' },
      'holds 1.005, which decimal(20,2) cannot hold exactly',
    ],
    [
      'digits, wide',
      '1e37::numeric',
      { x: 'decimal(38,2)' },
      `holds 1${'0'.repeat(37)}, which decimal(38,2) cannot hold exactly`,
    ],
    [
      'places, long',
      '0.00001::numeric',
      { x: 'decimal(40,3)' },
      'holds 0.00001, which decimal(40,3) cannot hold exactly',
    ],
    [
      'digits, long',
      '1e300::numeric',
      { x: 'decimal(40,3)' },
      `holds 1${'0'.repeat(59)}… (301 characters), which decimal(40,3) cannot hold exactly`,
    ],
    [
      'timestamp',
      "timestamp '294276-12-31 23:59:59.999999'",
      {},
      'holds a timestamp after 294247-01-10 04:00:54.775806',
    ],
    [
      'our infinity',
      "timestamptz '294247-01-10 04:00:54.775807+00'",
      {},
      'holds a timestamp after 294247-01-10 04:00:54.775806',
    ],
    [
      'interval',
      "interval '2562047:47:16.854776'",
      {},
      'holds an interval that is infinite or whose hours go beyond 292 years',
    ],
    [
      'negative interval',
      "interval '-2562047:47:16.854776'",
      {},
      'holds an interval that is infinite or whose hours go beyond 292 years',
    ],
    [
      'array',
      'array[[1,2],[3,4],[5,6]]',
      {},
      'holds an array of 2 dimensions (3 × 2 elements), but a list has one',
    ],
    [
      'array of NaN',
      "array['NaN']::numeric[]",
      { x: 'list<decimal(8,2)>' },
      'holds NaN, which decimal(8,2) cannot hold',
    ],
    ['json', '\'{"a": 1\'::text', { x: 'json' }, 'holds a text that is no JSON: "{\\"a\\": 1"'],
  ])('%s', async (_, expression, overrides, message) => {
    const sql = `select n, x from generate_series(1, 9) n, lateral (select case when n = 5 then ${expression} end as x) q`;
    await expect(readQuery(db.client, sql, overrides)).rejects.toMatchObject({
      code: 'DATA',
      message: expect.stringContaining(`The column "x" ${message}`),
      hint: expect.stringMatching(/column_types/),
      details: { column: 'x' },
    });
    expect((await db.client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  });

  test('can be read as text', async () => {
    const { texts } = await readQuery(
      db.client,
      `select 'NaN'::numeric(8,2) as a, timestamp '294276-12-31' as b, '2 1 0'::int2vector as c, array[[1,2],[3,4]] as d, interval '9999999:00:00' as e`,
      { a: 'utf8', b: 'utf8', d: 'utf8', e: 'utf8' },
    );
    expect(texts).toEqual([['NaN'], ['294276-12-31 00:00:00'], ['2 1 0'], ['{{1,2},{3,4}}'], ['PT9999999H']]);
  });

  test('the hint quotes a name that needs it', async () => {
    await expect(readQuery(db.client, `select 'NaN'::numeric(8,2) as "Odd ""name"`)).rejects.toMatchObject({
      hint: 'Read it as text: column_types: { "Odd \\"name": utf8 }.',
    });
  });
});

test('NULL in a column that is NOT NULL is not passed on', async () => {
  const { CopyReader } = await import('../../src/copy/copy-reader.js');
  const column = {
    name: 'x',
    type: { kind: 'utf8' as const },
    nativeType: 'text',
    nullable: false,
    oid: 25,
    typmod: -1,
  };
  const reader = new CopyReader(db.client, 'copy (select null::text) to stdout (format binary)', [column], {
    schema: { fields: [column] },
    batchRows: 10,
    batchBytes: 1000,
    signal: new AbortController().signal,
  });
  await expect(reader.next()).rejects.toMatchObject({
    code: 'DATA',
    message: 'The column "x" is NOT NULL, but a row has NULL in it.',
  });
});

test('an array keeps its elements, wherever their numbering begins', async () => {
  const { texts } = await readQuery(db.client, `select '[5:7]={1,2,NULL}'::int[] as a`);
  expect(texts).toEqual([['[1,2,null]']]);
});

test('a byte of "char" that is not ASCII is read as the server writes it since version 16', async () => {
  const { texts } = await readQuery(
    db.client,
    `select i::"char" as c from generate_series(-128, 127) i where i in (-128, -1, 0, 65, 127) order by i`,
  );
  expect(texts).toEqual([['\\200', '\\377', '', 'A', '\x7f']]);
});

describe('where the database checks no texts (SQL_ASCII), a session of UTF-8 refuses them, and so do we', () => {
  const url = new URL(sharedPostgres().url);
  const name = 'test_sql_ascii';

  beforeAll(async () => {
    await db.client.query(`drop database if exists ${name}`);
    await db.client.query(
      `create database ${name} encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C' template template0`,
    );
    url.pathname = `/${name}`;
    return async () => {
      await db.client.query(`drop database ${name} with (force)`);
    };
  });

  test.each([
    ['a byte of Latin-1', String.raw`select 'fine' as x union all select E'caf\351'`, '636166e9'],
    [
      'half a character in each of two values',
      String.raw`select E'\303' as x union all select E'\251'`,
      'c3',
    ],
  ])('%s is no text', async (_, sql, bytes) => {
    const client = await connect(url.href);
    await expect(readQuery(client, sql)).rejects.toMatchObject({ code: '22021' });
    await client.query("set client_encoding = 'SQL_ASCII'");
    await expect(readQuery(client, sql)).rejects.toMatchObject({
      code: 'DATA',
      message: `The column "x" holds a text that isn't UTF-8: the bytes ${bytes}.`,
    });
    await client.end();
  });
});
