import { quoteLiteral, typeToString } from '@datacook/toolkit';
import { beforeAll, describe, expect, test } from 'vitest';
import { canonical, readQuery, textQuery, useDatabase } from './support.js';

const db = useDatabase();

const LONG = '0123456789'.repeat(200);
const MANY_DIGITS = `${'123456789'.repeat(60)}.${'987654321'.repeat(55)}`;

/** By type: what it becomes, and texts of values, which the server reads. */
const TYPES: readonly (readonly [string, string, readonly string[]])[] = [
  ['smallint', 'int16', ['0', '1', '-1', '32767', '-32768']],
  ['integer', 'int32', ['0', '7', '-7', '2147483647', '-2147483648']],
  [
    'bigint',
    'int64',
    [
      '0',
      '1',
      '-1',
      '4294967296',
      '-4294967297',
      '9007199254740993',
      '9223372036854775807',
      '-9223372036854775808',
    ],
  ],
  ['oid', 'uint32', ['0', '2147483648', '4294967295']],
  [
    'numeric(12,2)',
    'decimal(12,2)',
    ['0', '0.01', '-0.01', '1', '-1234.5', '9999999999.99', '-9999999999.99', '100000000'],
  ],
  ['numeric(15,0)', 'decimal(15,0)', ['0', '10000', '99990000', '999999999999999', '-999999999999999']],
  ['numeric(4,4)', 'decimal(4,4)', ['0', '0.0001', '-0.9999', '0.1']],
  ['numeric(7,6)', 'decimal(7,6)', ['0', '0.000001', '-9.999999', '0.01', '1.00001']],
  [
    'numeric(18,9)',
    'decimal(18,9)',
    ['0', '0.000000001', '-999999999.999999999', '123456789', '-4.294967296'],
  ],
  [
    'numeric(19,0)',
    'decimal(19,0)',
    ['0', '-1', '9223372036854775808', '9999999999999999999', '-9999999999999999999'],
  ],
  [
    'numeric(38,10)',
    'decimal(38,10)',
    [
      '0',
      '0.0000000001',
      '-0.0000000001',
      '9999999999999999999999999999.9999999999',
      '-9999999999999999999999999999.9999999999',
      '-18446744073709551616',
    ],
  ],
  ['numeric(38,38)', 'decimal(38,38)', ['0', `0.${'9'.repeat(38)}`, `-0.${'0'.repeat(37)}1`]],
  [
    'numeric(60,20)',
    'decimal(60,20)',
    ['0', '0.00000000000000000001', `-${'9'.repeat(40)}.${'9'.repeat(20)}`, '1e30'],
  ],
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
      MANY_DIGITS,
      `-${MANY_DIGITS}`,
      '1e1000',
      '1e-1000',
      'NaN',
      'Infinity',
      '-Infinity',
    ],
  ],
  ['real', 'float32', ['0', '-0', '1.1', '3.4028235e38', '-1e-45', 'NaN', 'Infinity', '-Infinity']],
  [
    'double precision',
    'float64',
    ['0', '-0', '0.1', '1.7976931348623157e308', '5e-324', '-123456.789', 'NaN', 'Infinity', '-Infinity'],
  ],
  ['boolean', 'bool', ['true', 'false']],
  [
    'text',
    'utf8',
    ['', 'a', 'abc', 'abcd', 'Ünïcödé 🍳', ' blank ', 'line\nfeed\ttab', LONG, `${LONG}ß`, '\u0001', '\'"\\'],
  ],
  ['varchar(20)', 'utf8', ['', 'twenty characters!!!', 'ß']],
  ['char(4)', 'utf8', ['ab', '', 'abcd']],
  ['name', 'utf8', ['', 'a_name', 'n'.repeat(63)]],
  ['"char"', 'utf8', ['', 'a', '~']],
  ['bytea', 'binary', ['\\x', '\\x00', '\\xff00', `\\x${'ab'.repeat(300)}`]],
  [
    'date',
    'date',
    [
      '2000-01-01',
      '1970-01-01',
      '1969-12-31',
      '4713-01-01 BC',
      '0001-01-01',
      '0001-12-31 BC',
      '5874897-12-31',
      'infinity',
      '-infinity',
    ],
  ],
  ['time', 'time', ['00:00:00', '00:00:00.000001', '12:34:56.789', '23:59:59.999999', '24:00:00']],
  ['time(0)', 'time', ['12:34:56']],
  [
    'timetz',
    'timetz',
    [
      '00:00:00+00',
      '12:00:00.000001+02',
      '24:00:00-08',
      '00:00:00+15:59:59',
      '24:00:00-15:59:59',
      '06:07:08+05:53:28',
    ],
  ],
  [
    'timestamp',
    'timestamp',
    [
      '2000-01-01 00:00:00',
      '1999-12-31 23:59:59.999999',
      '1970-01-01 00:00:00',
      '1969-12-31 23:59:59.999999',
      '2026-02-28 12:34:56.000001',
      '4714-11-24 00:00:00 BC',
      '0044-03-15 12:00:00 BC',
      '294247-01-10 04:00:54.775806',
      'infinity',
      '-infinity',
    ],
  ],
  [
    'timestamptz',
    'timestamptz',
    [
      '2000-01-01 00:00:00+00',
      '2026-07-01 00:00:00.5+14',
      '1883-11-18 12:03:58-04:56:02',
      '4714-11-24 00:00:00+00 BC',
      '294247-01-10 04:00:54.775806+00',
      'infinity',
      '-infinity',
    ],
  ],
  [
    'interval',
    'interval',
    [
      'PT0S',
      'P1Y2M3DT4H5M6.789S',
      '-1 year +2 mons -3 days +04:05:06.000001',
      '2562047:47:16.854775',
      '-2562047:47:16.854775',
      '178956970 years 7 mons 2147483647 days',
      '-178956970 years -8 mons -2147483648 days',
    ],
  ],
  [
    'uuid',
    'uuid',
    [
      '00000000-0000-0000-0000-000000000000',
      'ffffffff-ffff-ffff-ffff-ffffffffffff',
      '0123abcd-89ef-4000-8fff-1234567890ab',
    ],
  ],
  ['json', 'json', ['null', '{"a" :  9007199254740993}', '[1, 2.50]', `"${LONG}"`, '{"é": "\\u00e9"}']],
  ['jsonb', 'json', ['null', '{"b": 1, "a": 9007199254740993.10}', '[]', `"${LONG}"`, '1e40']],
  ['inet', 'utf8', ['10.0.0.1/8', '::1']],
  ['int4range', 'utf8', ['[1,5)', 'empty']],
  ['bit(5)', 'utf8', ['10101']],
  ['point', 'utf8', ['(1.5,-2)']],
  ['xml', 'utf8', ['<a>ü</a>']],
  ['money', 'utf8', ['$1,234.50']],
  ['inet[]', 'utf8', ['{10.0.0.1,NULL}']],
];

describe.each(TYPES)('%s', (native, becomes, values) => {
  const table = `"values of ${native.replaceAll('"', '')}"`;
  const scalars = `select v from ${table} order by at`;
  const element = native.replace(/\[\]$/, '');

  beforeAll(async () => {
    const rows = values.map((value, index) => `(${index}, ${quoteLiteral(value)})`);
    await db.client.query(`create table ${table} (at int, v ${native})`);
    await db.client.query(`insert into ${table} values ${rows.join(', ')}, (${values.length}, NULL)`);
  });

  test(`becomes ${becomes}, value by value, NULL included`, async () => {
    const { columns, texts } = await readQuery(db.client, scalars);
    const { type, nativeType } = columns[0]!;
    expect(typeToString(type)).toBe(becomes);
    expect(nativeType.replace(' without time zone', '')).toBe(NATIVE_NAMES[native] ?? native);
    const written = await textQuery(db.client)(`select ${asText(native)} from ${table} order by at`);
    expect(texts[0]).toEqual(
      canonical(
        type,
        written.map(([text]) => text!),
      ),
    );
    expect(texts[0]!.length).toBe(values.length + 1);
    expect(texts[0]!.at(-1)).toBeNull();
  });

  test('is read the same in arrays', async () => {
    const arrays = `"arrays of ${native.replaceAll('"', '')}"`;
    await db.client.query(`create table ${arrays} (at int, a ${element}[])`);
    const scalar = await readQuery(db.client, scalars);
    const isList = scalar.columns[0]!.cast === undefined;
    if (isList)
      await db.client.query(`insert into ${arrays} select 3, array_agg(v order by at) from ${table}`);
    await db.client.query(`insert into ${arrays} values (1, '{}'), (2, NULL), (4, '{NULL}')`);
    const { columns, texts } = await readQuery(db.client, `select a from ${arrays} order by at`);
    if (!isList) {
      expect(columns[0]).toMatchObject({ cast: 'text', type: { kind: 'utf8' } });
      expect(texts[0]).toEqual(['{}', null, '{NULL}']);
      return;
    }
    const item = scalar.columns[0]!.type;
    expect(columns[0]!.type).toEqual({ kind: 'list', item: { name: 'item', type: item, nullable: true } });
    const items = scalar.texts[0]!.map((text) => quoted(item.kind, text));
    expect(texts[0]).toEqual(['[]', null, `[${items.join(',')}]`, '[null]']);
  });
});

const NATIVE_NAMES: Readonly<Record<string, string>> = {
  timetz: 'time with time zone',
  timestamptz: 'timestamp with time zone',
  'char(4)': 'character(4)',
  'varchar(20)': 'character varying(20)',
};

/** `char(n)::text` would strip the blanks that are stored. */
function asText(native: string): string {
  return native === 'char(4)' ? "convert_from(bpcharsend(v), 'UTF8')" : 'v::text';
}

/** A value's text inside of a list's. */
function quoted(kind: string, text: string | null): string {
  if (text === null) return 'null';
  const isBare = ['bool', 'int', 'decimal', 'json'].includes(kind);
  const isNumber = kind === 'float' || kind === 'numeric';
  return isBare || (isNumber && !/[Ny]$/.test(text)) ? text : JSON.stringify(text);
}
