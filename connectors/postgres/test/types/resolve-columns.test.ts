import { typeToString } from '@datacook/toolkit';
import { beforeAll, describe, expect, test } from 'vitest';
import type { PgColumn } from '../../src/types/pg-column.js';
import { describeQuery, describeTable, readColumns, useDatabase } from '../copy/support.js';

const db = useDatabase();

async function readMade(
  name: string,
  overrides: Record<string, string> = {},
): Promise<{ readonly column: PgColumn; readonly texts: (string | null)[][] }> {
  const columns = await describeTable(db.client, 'made', [name], overrides);
  return { column: columns[0]!, texts: await readColumns(db.client, 'select * from made', columns) };
}

beforeAll(async () => {
  await db.client.query(`
    create schema "Odd ""schema""";
    create type "Odd ""schema""".mood as enum ('sad', 'ok', 'übel');
    create domain amount as numeric(10,2) check (value >= 0);
    create domain net as amount;
    create domain tags as text[];
    create domain moods as "Odd ""schema""".mood;
    create type pair as (a int, b text);
    create table made (
      mood "Odd ""schema""".mood, amount amount, net net, tags tags, moods moods, pair pair, vector int2vector,
      mood_list "Odd ""schema""".mood[], nets net[], tag_lists tags[], prices numeric(10,2)[], pairs pair[],
      grown numeric(5,-2), tiny numeric(2,5), small smallint, plain int, big bigint, "free" numeric, f real, n oid, word text, day date,
      doc jsonb, counts int[]
    );
    insert into made values (
      'übel', 1.5, 2.25, '{a,NULL}', 'sad', '(1,x)', '3 4',
      '{ok,sad}', '{1,NULL}', null, '{1.5,2}', '{"(1,x)"}',
      12345, 0.00012, -7, -8, 9, 1.50, 1.5, 4000000000, '{"a": 1}', '2026-01-02', '{"a": 1}', '{1,2}');
    update made set tag_lists = array['{a,b}'::tags, '{}'::tags]
  `);
});

test.each([
  ['mood', 'utf8', 'übel'],
  ['amount', 'decimal(10,2)', '1.50'],
  ['net', 'decimal(10,2)', '2.25'],
  ['tags', 'list<utf8>', '["a",null]'],
  ['moods', 'utf8', 'sad'],
  ['mood_list', 'list<utf8>', '["ok","sad"]'],
  ['nets', 'list<decimal(10,2)>', '[1.00,null]'],
  ['tag_lists', 'list<list<utf8>>', '[["a","b"],[]]'],
  ['prices', 'list<decimal(10,2)>', '[1.50,2.00]'],
  ['grown', 'numeric', '12300'],
  ['tiny', 'numeric', '0.00012'],
])('%s becomes %s', async (name, type, text) => {
  const { column, texts } = await readMade(name);
  expect(typeToString(column.type)).toBe(type);
  expect(column.cast).toBeUndefined();
  expect(texts).toEqual([[text]]);
});

test.each([
  ['pair', 'pair', '(1,x)'],
  ['pairs', 'pair[]', '{"(1,x)"}'],
  ['vector', 'int2vector', '3 4'],
])('%s has no type of ours and is cast to text', async (name, nativeType, text) => {
  const { column, texts } = await readMade(name);
  expect(column).toMatchObject({ cast: 'text', type: { kind: 'utf8' }, nativeType });
  expect(texts).toEqual([[text]]);
});

test('the native type is written as the server writes it, and columns keep their order', async () => {
  const columns = await describeTable(db.client, 'made', ['net', 'mood', 'prices', 'small']);
  expect(columns.map(({ name, nativeType }) => [name, nativeType])).toEqual([
    ['net', 'net'],
    ['mood', '"Odd ""schema""".mood'],
    ['prices', 'numeric(10,2)[]'],
    ['small', 'smallint'],
  ]);
  expect(JSON.parse(JSON.stringify(columns))).toEqual(columns);
});

test('the description of a query names what a domain is made of', async () => {
  const columns = await describeQuery(db.client, 'select net, nets, tags from made');
  expect(columns.map(({ nativeType }) => nativeType)).toEqual(['numeric(10,2)', 'net[]', 'text[]']);
  expect(await readColumns(db.client, 'select * from made', columns)).toEqual([
    ['2.25'],
    ['[1.00,null]'],
    ['["a",null]'],
  ]);
});

test('no columns at all', async () => {
  expect(await describeTable(db.client, 'made', [])).toEqual([]);
});

describe('column_types', () => {
  test.each([
    ['small', 'int32', '-7'],
    ['small', 'int64', '-7'],
    ['plain', 'int64', '-8'],
    ['plain', 'int32', '-8'],
    ['n', 'int64', '4000000000'],
    ['n', 'uint64', '4000000000'],
    ['f', 'float64', '1.5'],
    ['free', 'decimal(12,3)', '1.500'],
    ['free', 'decimal(30,3)', '1.500'],
    ['free', 'decimal(50,3)', '1.500'],
    ['net', 'numeric', '2.25'],
    ['net', 'decimal(4,1)', undefined],
    ['net', 'decimal(4,3)', '2.250'],
    ['word', 'json', '{"a": 1}'],
    ['counts', 'list<int64>', '[1,2]'],
    ['prices', 'list<numeric>', '[1.50,2.00]'],
    ['day', 'utf8', '2026-01-02'],
    ['doc', 'text', '{"a": 1}'],
    ['counts', 'utf8', '{1,2}'],
    ['mood', 'utf8', 'übel'],
    ['pair', 'utf8', '(1,x)'],
  ])('%s as %s', async (name, type, text) => {
    const read = readMade(name, { [name]: type });
    if (text === undefined) {
      await expect(read).rejects.toMatchObject({
        code: 'DATA',
        message: `The column "${name}" holds 2.25, which decimal(4,1) cannot hold exactly.`,
      });
      return;
    }
    const { column, texts } = await read;
    expect(typeToString(column.type)).toBe(type === 'text' ? 'utf8' : type);
    expect(texts).toEqual([[text]]);
  });

  test.each([
    ['big', 'int32', 'int64 or utf8'],
    ['plain', 'uint32', 'int32, int64 or utf8'],
    ['small', 'decimal(5,0)', 'int16, int32, int64 or utf8'],
    ['day', 'timestamp', 'date or utf8'],
    ['net', 'float64', 'decimal(precision, scale), numeric or utf8'],
    ['counts', 'list<utf8>', 'list<int32>, list<int64> or utf8'],
    ['counts', 'list<int64 not null>', 'list<int32>, list<int64> or utf8'],
    ['doc', 'struct<a: int64>', 'json or utf8'],
    ['pair', 'binary', 'json or utf8'],
  ])('%s as %s is refused', async (name, type, possible) => {
    await expect(describeTable(db.client, 'made', [name], { [name]: type })).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(`column_types: the column "${name}" is .*, which can't be read as`),
      hint: `It can be read as ${possible}. Anything else is for a step cast_columns.`,
    });
  });

  test('a column that is not there', async () => {
    const names = ['net', 'amount'];
    await expect(describeTable(db.client, 'made', names, { amonut: 'utf8' })).rejects.toMatchObject({
      code: 'CONFIG',
      hint: 'Did you mean "amount"?',
    });
    await expect(describeTable(db.client, 'made', names, { zzzzzzz: 'utf8' })).rejects.toMatchObject({
      hint: 'The columns are net, amount.',
    });
  });

  test('a type that is none', async () => {
    await expect(describeTable(db.client, 'made', ['net'], { net: 'bigint' })).rejects.toMatchObject({
      code: 'CONFIG',
      message: 'column_types, column "net": There is no type "bigint".',
      hint: 'Did you mean int64?',
    });
  });
});
