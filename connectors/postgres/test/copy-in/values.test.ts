import { parseType } from '@datacook/toolkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { newColumnType } from '../../src/types/target-column.js';
import { canonical, textQuery, useDatabase } from '../copy/support.js';
import { roundTrip } from './support.js';

const db = useDatabase();

const NINES = '9'.repeat(38);
const DATES = [
  '2000-01-01',
  '1970-01-01',
  '1969-12-31',
  '4713-01-01 BC',
  '5874897-12-31',
  'infinity',
  '-infinity',
];
const MOMENTS = [
  '2000-01-01 00:00:00',
  '1999-12-31 23:59:59.999999',
  '1970-01-01 00:00:00',
  '1969-12-31 23:59:59.999999',
  '4714-11-24 00:00:00 BC',
  '294247-01-10 04:00:54.775806',
  '0001-12-31 23:59:59.000001 BC',
  'infinity',
  '-infinity',
];
const NANO_MOMENTS = [
  '2000-01-01 00:00:00.000001',
  '1677-09-21 00:12:43.145225',
  '2262-04-11 23:47:16.854775',
  'infinity',
  '-infinity',
];
const TIMES = ['00:00:00', '00:00:00.000001', '23:59:59.999999', '24:00:00'];
const ZONED_TIMES = [
  '00:00:00+00',
  '12:00:00.000001+02',
  '24:00:00+00',
  '24:00:00-08',
  '00:00:00+15:59:59',
  '24:00:00-15:59:59',
  '06:07:08+05:53:28',
];
const INTERVALS = [
  'PT0S',
  'P1Y2M3DT4H5M6.789S',
  'P-1Y-2M-3DT-4H-5M-6.789S',
  'P178956970Y7M2147483647DT2562047H47M16.854775S',
  'P-178956970Y-8M-2147483648DT-2562047H-47M-16.854775S',
  'PT0.000001S',
  'PT-0.000001S',
];

/** A column's type, ours, and texts of values. */
const TYPES: readonly (readonly [string, string, readonly string[]])[] = [
  ['boolean', 'bool', ['true', 'false']],
  ['smallint', 'int8', ['0', '127', '-128']],
  ['smallint', 'uint8', ['0', '255']],
  ['smallint', 'int16', ['0', '32767', '-32768']],
  ['smallint', 'decimal(4,0)', ['0', '9999', '-9999']],
  ['integer', 'int8', ['-128']],
  ['integer', 'int16', ['0', '32767', '-32768']],
  ['integer', 'uint16', ['0', '65535']],
  ['integer', 'int32', ['0', '2147483647', '-2147483648']],
  ['integer', 'decimal(9,0)', ['0', '999999999', '-999999999']],
  ['bigint', 'int32', ['0', '2147483647', '-2147483648']],
  ['bigint', 'uint32', ['0', '4294967295']],
  ['bigint', 'int64', ['0', '-1', '4294967296', '9223372036854775807', '-9223372036854775808']],
  ['bigint', 'decimal(18,0)', ['0', '999999999999999999', '-999999999999999999']],
  ['oid', 'uint32', ['0', '4294967295']],
  ['oid', 'uint16', ['65535']],
  ['numeric', 'int8', ['0', '-128', '127']],
  ['numeric', 'uint32', ['4294967295', '10000', '9999']],
  ['numeric(19,0)', 'int64', ['0', '9223372036854775807', '-9223372036854775808', '-9007199254740993']],
  [
    'numeric(20,0)',
    'uint64',
    ['0', '18446744073709551615', '9223372036854775808', '9007199254740991', '9007199254740992'],
  ],
  ['real', 'float32', ['0', '-0', '1.1', '3.4028235e38', '-1e-45', 'NaN', 'Infinity', '-Infinity']],
  ['real', 'int16', ['32767', '-32768']],
  ['double precision', 'float32', ['0', '-0', '0.5', '-1.40625', 'NaN', 'Infinity', '-Infinity']],
  ['double precision', 'float64', ['0', '-0', '0.1', '1.7976931348623157e308', '5e-324', 'NaN', '-Infinity']],
  ['double precision', 'int32', ['2147483647', '-2147483648']],
  ['double precision', 'uint32', ['4294967295']],
  [
    'numeric(12,2)',
    'decimal(12,2)',
    ['0', '0.01', '-0.01', '17.00', '9999999999.99', '-9999999999.99', '100.5'],
  ],
  ['numeric(12,2)', 'decimal(3,1)', ['0', '0.1', '-99.9']],
  ['numeric(4,4)', 'decimal(4,4)', ['0', '0.0001', '-0.9999', '0.1']],
  ['numeric(7,6)', 'decimal(7,6)', ['0', '0.000001', '-9.999999', '1.00001']],
  ['numeric(15,2)', 'decimal(15,2)', ['0', '0.01', '-9999999999999.99', '9999999999999.99', '1234.50']],
  ['numeric(18,9)', 'decimal(18,9)', ['0', '0.000000001', '-999999999.999999999', '999999999.999999999']],
  [
    'numeric(38,10)',
    'decimal(38,10)',
    ['0', '0.0000000001', '-18446744073709551616', `-${'9'.repeat(28)}.${'9'.repeat(10)}`],
  ],
  ['numeric(38,0)', 'decimal(38,0)', ['0', NINES, `-${NINES}`, '18446744073709551616', '9007199254740992']],
  ['numeric(38,38)', 'decimal(38,38)', ['0', `0.${NINES}`, `-0.${'0'.repeat(37)}1`]],
  ['numeric(60,20)', 'decimal(60,20)', ['0', `-${'9'.repeat(40)}.${'9'.repeat(20)}`, '1e30']],
  ['numeric', 'decimal(60,20)', [`${'9'.repeat(40)}.${'9'.repeat(20)}`]],
  ['numeric(10,2)', 'numeric', ['0', '0.00000', '12345678.90', '-1.5000']],
  ['numeric(3,-2)', 'numeric', ['0', '99900', '-100']],
  ['numeric(2,4)', 'numeric', ['0.0000', '0.0099', '-0.0001']],
  [
    'numeric',
    'numeric',
    [
      '0',
      '0.000',
      '-0.5',
      '1.10',
      '10000',
      '1e-20',
      '1e25',
      '1e1000',
      '1e-1000',
      'NaN',
      'Infinity',
      '-Infinity',
    ],
  ],
  ['numeric', 'numeric', [`${'9'.repeat(131_072)}.${'1'.repeat(16_383)}`]],
  [
    'text',
    'utf8',
    ['', 'a', 'abcd', 'abcde', 'Ünïcödé 🍳', 'x'.repeat(64), 'é'.repeat(400), '\t\n\\N\r', '\u0001'],
  ],
  ['text', 'json', ['{"b": 1,  "a": [1.0]}']],
  ['varchar(3)', 'utf8', ['', 'abc', 'äöü', '🍳🍳🍳']],
  ['char(3)', 'utf8', ['abc', '🍳  ']],
  ['name', 'utf8', ['pg_class', 'x'.repeat(63)]],
  ['"char"', 'utf8', ['', 'a', '~']],
  ['bytea', 'binary', ['\\x', '\\x00', '\\xff00', `\\x${'ab'.repeat(300)}`]],
  ['date', 'date', DATES],
  ['time', 'time', TIMES],
  ['time', 'time_ns', TIMES],
  ['timetz', 'timetz', ZONED_TIMES],
  ['timetz', 'timetz_ns', ZONED_TIMES],
  ['timestamp', 'timestamp', MOMENTS],
  ['timestamp', 'timestamp_ns', NANO_MOMENTS],
  [
    'timestamptz',
    'timestamptz',
    MOMENTS.map((text) => (text.endsWith('y') ? text : text.replace(/( BC)?$/, '+00$1'))),
  ],
  ['timestamptz', 'timestamptz_ns', NANO_MOMENTS.map((text) => (text.endsWith('y') ? text : `${text}Z`))],
  ['timestamp(6)', 'timestamp', ['2000-01-01 00:00:00.000001']],
  ['interval', 'interval', INTERVALS],
  ['interval(6)', 'interval', ['PT0.000001S']],
  ['uuid', 'uuid', ['00000000-0000-0000-0000-000000000000', '01234567-89ab-cdef-fedc-ba9876543210']],
  ['json', 'json', ['{"b": 1,  "a": [1.0]}', 'null', '"\\u0000"', '12']],
  ['json', 'utf8', ['[1]', '"x"']],
  ['jsonb', 'json', ['{"a": [1.00], "b": 1}', 'null', '1000']],
  ['jsonb', 'utf8', ['[1]']],
  ['integer[]', 'list<int32>', ['[]', '[1]', '[1,null,-3]', '[null]', `[${'7,'.repeat(500)}7]`]],
  ['bigint[]', 'list<int32>', ['[1,null]']],
  ['text[]', 'list<utf8>', ['[]', '[""]', '["a",null,"NULL","{,}","\\"\\\\"]']],
  ['numeric(12,2)[]', 'list<decimal(12,2)>', ['[1.50,null,-0.01]', '[]']],
  ['numeric[]', 'list<numeric>', ['[1.50,"NaN",1e20]']],
  ['timestamptz[]', 'list<timestamptz>', ['["2000-01-01T00:00:00.000001Z","infinity"]']],
  ['bytea[]', 'list<binary>', ['["\\\\x00ff","\\\\x"]']],
  ['boolean[]', 'list<bool>', ['[true,false,null]']],
  ['uuid[]', 'list<uuid>', ['["01234567-89ab-cdef-fedc-ba9876543210"]']],
  ['jsonb[]', 'list<json>', ['[{"a": 1},[1, 2]]']],
];

describe('what is written reads back as the same', () => {
  test.each(TYPES)('%s from %s', async (typeSql, ours, texts) => {
    const values = [null, ...texts, null, texts[0]!];
    const { type, read, said } = await roundTrip(db.client, typeSql, parseType(ours), values);
    expect(read).toEqual(canonical(type, canonical(parseType(ours), values)));
    expect(said).toEqual(read);
  });

  test.each(TYPES)('%s from %s, in the text format', async (typeSql, ours, texts) => {
    const values = [null, ...texts, null, texts[0]!];
    const { type, read, said } = await roundTrip(db.client, typeSql, parseType(ours), values, ', x inet');
    expect(read).toEqual(canonical(type, canonical(parseType(ours), values)));
    expect(said).toEqual(read);
  });
});

test('bytes of "char" that are no character have a text from PostgreSQL 16 on: before, the text format refuses them', async () => {
  const values = ['\\377', '\\200'];
  const written = await roundTrip(db.client, '"char"', parseType('utf8'), values);
  expect(written.read).toEqual(values);
  const { rows } = await db.client.query(
    "select current_setting('server_version_num')::int >= 160000 as knows",
  );
  const asText = roundTrip(db.client, '"char"', parseType('utf8'), values, ', x inet');
  if ((rows as { knows: boolean }[])[0]!.knows) expect((await asText).read).toEqual(values);
  else
    await expect(asText).rejects.toMatchObject({
      code: 'DATA',
      message: expect.stringContaining('has no text before PostgreSQL 16'),
    });
});

/** Texts that a server makes the same value of. */
describe('what has no type of its own in Postgres becomes JSON', () => {
  const JSON_TYPES: readonly (readonly [string, readonly string[]])[] = [
    ['struct<a: int32, b: list<utf8>>', ['{"a": 1, "b": ["x", null]}', '{"a": null, "b": []}']],
    ['list<list<int32>>', ['[[1, 2], [3], null, []]', '[]']],
    ['list<list<list<utf8>>>', ['[[["a"], []]]']],
  ];

  test.each(JSON_TYPES)('%s', async (ours, texts) => {
    const type = parseType(ours);
    expect(newColumnType(type)).toBe('jsonb');
    const { words } = await roundTrip(db.client, 'jsonb', type, [...texts, null]);
    expect(words).toEqual([...texts, null]);
    const plain = await roundTrip(db.client, 'json', type, [...texts, null]);
    expect(plain.words.map((text) => text && JSON.parse(text))).toEqual(
      [...texts, null].map((text) => text && JSON.parse(text)),
    );
  });

  test('list<struct<a: int32>>', async () => {
    const type = parseType('list<struct<a: int32>>');
    expect(newColumnType(type)).toBe('jsonb[]');
    const { read } = await roundTrip(db.client, 'jsonb[]', type, ['[{"a":1},null,{"a":null}]', '[]', null]);
    expect(read).toEqual(['[{"a": 1},null,{"a": null}]', '[]', null]);
  });
});

describe('types that are not built in', () => {
  beforeAll(async () => {
    await db.client.query(`create type mood as enum ('so', 'la', 'tab	"\\{},');
      create domain cents as numeric(10,2) check (value >= 0);
      create domain moods as mood[];
      create domain short as varchar(3);
      create type pair as (a int, b text)`);
  });

  const OWN: readonly (readonly [string, string, readonly string[]])[] = [
    ['mood', 'utf8', ['so', 'la', 'tab\t"\\{},']],
    ['mood[]', 'list<utf8>', ['["so",null,"tab\\t\\"\\\\{},"]', '[]']],
    ['moods', 'list<utf8>', ['["la"]']],
    ['moods[]', 'list<list<utf8>>', ['[["la","so"],null,[]]']],
    ['cents', 'decimal(10,2)', ['0.00', '12345678.90']],
    ['cents', 'int16', ['7']],
    ['cents[]', 'list<decimal(10,2)>', ['[1.00,null]']],
    ['short', 'utf8', ['abc', '']],
    ['inet', 'utf8', ['10.0.0.1', '::1/64']],
    ['inet[]', 'list<utf8>', ['["10.0.0.1",null]', '[]']],
    ['inet[]', 'utf8', ['{10.0.0.1,NULL}', '{}']],
    ['box[]', 'list<utf8>', ['["(2,2),(1,1)"]']],
    ['pair', 'utf8', ['(1,"a b")', '(,)']],
    ['xml', 'utf8', ['<a>&lt;</a>']],
    ['bit(3)', 'utf8', ['101']],
    ['int4range', 'utf8', ['[1,4)', 'empty']],
  ];

  test.each(OWN)('%s from %s', async (typeSql, ours, texts) => {
    const values = [null, ...texts, null];
    const { words } = await roundTrip(db.client, typeSql, parseType(ours), values);
    const again = await textQuery(db.client)(
      `select v::${typeSql} from unnest($1::text[]) with ordinality as u (v, at) order by at`,
      [values.map((text) => serverText(text, ours))],
    );
    expect(words).toEqual(again.map(([text]) => text));
    expect(words[1]).not.toBeNull();
  });

  /** A list as an array of the server. */
  function serverText(text: string | null, ours: string): string | null {
    if (text === null || !ours.startsWith('list<')) return text;
    const literal = (items: readonly unknown[]): string =>
      `{${items
        .map((item) =>
          item === null
            ? 'NULL'
            : JSON.stringify(Array.isArray(item) ? literal(item) : String(item)).replace(/\\t/g, '\t'),
        )
        .join(text.includes('(2,2)') ? ';' : ',')}}`;
    return literal(JSON.parse(text) as unknown[]);
  }
});
