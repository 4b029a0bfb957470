import { BatchBuilder, batchFromRows, columnTextReader, parseType, typeToString } from '@datacook/toolkit';
import { describe, expect, it } from 'vitest';
import castColumns from '../src/cast-columns.js';
import { apply, issuesOf, namesOf, ODD_NAMES, oddBatch, open, rows, schemaOf } from './helpers.js';

const FAILED = Symbol('failed');

/** The canonical texts that values, given as text, are cast to; FAILED where one is a reject. */
async function cast(from: string, to: string, texts: readonly (string | null)[]): Promise<unknown[]> {
  const builder = new BatchBuilder(schemaOf({ a: from }));
  for (const text of texts) {
    if (text === null) builder.columns[0]!.appendNull();
    else if (!builder.columns[0]!.appendText(text)) throw new Error(`${text} is no ${from}`);
    builder.endRow();
  }
  const {
    batch,
    rejects = [],
    schema,
  } = await apply(open(castColumns, { columns: { a: to } }), builder.finish());
  const { type } = schema.fields[0]!;
  expect(typeToString(type)).toBe(typeToString(parseType(to)));
  const read = columnTextReader(type, batch.columns[0]!);
  const refused = new Set(rejects.map(({ row }) => row));
  let row = 0;
  return texts.map((_, index) => (refused.has(index) ? FAILED : read(row++)));
}

const meaning = (from: string, to: string) =>
  open(castColumns, { columns: { a: to } })(schemaOf({ a: from }));

describe('cast_columns', () => {
  it('reads text as any type, and refuses what is none', async () => {
    expect(
      await cast('utf8', 'int64', ['1', '-9223372036854775808', '9223372036854775808', '', '1.0', null]),
    ).toEqual(['1', '-9223372036854775808', FAILED, FAILED, FAILED, null]);
    expect(await cast('utf8', 'decimal(12,2)', ['1.5', '1.005', 'x'])).toEqual(['1.50', FAILED, FAILED]);
    expect(await cast('utf8', 'float64', ['0.1', 'nan', '1e999'])).toEqual(['0.1', 'NaN', FAILED]);
    expect(await cast('utf8', 'bool', ['true', 'f', 'maybe'])).toEqual(['true', 'false', FAILED]);
    expect(await cast('utf8', 'date', ['2024-02-29', '2023-02-29'])).toEqual(['2024-02-29', FAILED]);
    expect(await cast('utf8', 'timestamptz', ['2024-02-29 12:00:00+02', '2024-02-29 12:00:00'])).toEqual([
      '2024-02-29T10:00:00.000000Z',
      FAILED,
    ]);
    expect(await cast('utf8', 'json', ['{"a":1}', '{'])).toEqual(['{"a":1}', FAILED]);
    expect(await cast('utf8', 'list<int8>', ['[1,null]', '[300]'])).toEqual(['[1,null]', FAILED]);
    expect(await cast('utf8', 'uuid', ['123e4567-e89b-12d3-a456-426614174000', 'x'])).toEqual([
      '123e4567-e89b-12d3-a456-426614174000',
      FAILED,
    ]);
    expect(await cast('utf8', 'binary', ['\\x00ff', 'abc'])).toEqual(['\\x00ff', FAILED]);
  });

  it('writes any type as its canonical text', async () => {
    const values: [string, string][] = [
      ['int8', '-5'],
      ['uint64', '18446744073709551615'],
      ['float32', '0.1'],
      ['float64', '-0'],
      ['decimal(38,2)', '1.50'],
      ['numeric', '1.500'],
      ['bool', 'true'],
      ['date', '2024-02-29'],
      ['timestamp_ns', '2024-02-29T12:00:00.000000001'],
      ['timestamptz', '2024-02-29T12:00:00.000000Z'],
      ['time', '24:00:00.000000'],
      ['interval', 'P1M2D'],
      ['json', '{"a": 1}'],
      ['uuid', '123e4567-e89b-12d3-a456-426614174000'],
      ['binary', '\\x00ff'],
      ['list<int64>', '[1,null]'],
      ['struct<a: utf8>', '{"a":"x"}'],
    ];
    for (const [type, text] of values)
      expect([type, ...(await cast(type, 'utf8', [text, null]))]).toEqual([type, text, null]);
  });

  it('checks the range of integers', async () => {
    expect(await cast('int64', 'int8', ['127', '-128', '128', '-129', null])).toEqual([
      '127',
      '-128',
      FAILED,
      FAILED,
      null,
    ]);
    expect(await cast('int64', 'uint64', ['9223372036854775807', '-1'])).toEqual([
      '9223372036854775807',
      FAILED,
    ]);
    expect(await cast('uint64', 'int64', ['9223372036854775807', '9223372036854775808'])).toEqual([
      '9223372036854775807',
      FAILED,
    ]);
    expect(await cast('uint8', 'uint64', ['255', null])).toEqual(['255', null]);
  });

  it('makes floats of integers and decimals only where that is exact', async () => {
    expect(
      await cast('int64', 'float64', [
        '9007199254740992',
        '9007199254740993',
        '-9007199254740992000',
        '9223372036854775807',
        null,
      ]),
    ).toEqual(['9007199254740992', FAILED, '-9007199254740992000', FAILED, null]);
    expect(await cast('int32', 'float32', ['16777216', '16777217', '-1000000'])).toEqual([
      '16777216',
      FAILED,
      '-1000000',
    ]);
    expect(await cast('decimal(38,20)', 'float64', ['0.1', '0.12345678901234567890', '-12.5'])).toEqual([
      '0.1',
      FAILED,
      '-12.5',
    ]);
    expect(
      await cast('numeric', 'float64', [
        '1e400',
        '1e300',
        '1180591620717411303424',
        'NaN',
        '-Infinity',
        '1.50',
        '1e-400',
      ]),
    ).toEqual([FAILED, FAILED, '1.1805916207174113e+21', 'NaN', '-Infinity', '1.5', FAILED]);
    expect(await cast('numeric', 'float32', ['0.1', '0.123456789012', '1e39'])).toEqual([
      '0.1',
      FAILED,
      FAILED,
    ]);
    expect(await cast('numeric', 'float64', ['123e-326', '5e-324'])).toEqual([FAILED, '5e-324']);
  });

  it('makes integers only of whole numbers', async () => {
    expect(
      await cast('float64', 'int64', [
        '5',
        '-0',
        '5.5',
        '1e18',
        '9223372036854774784',
        '9223372036854775808',
        'NaN',
        'inf',
        null,
      ]),
    ).toEqual(['5', '0', FAILED, '1000000000000000000', '9223372036854774784', FAILED, FAILED, FAILED, null]);
    expect(await cast('decimal(12,2)', 'int32', ['5.00', '5.01', '9999999999.00'])).toEqual([
      '5',
      FAILED,
      FAILED,
    ]);
    expect(await cast('numeric', 'int64', ['5.000', '-5', '0.0', '5.0001', 'NaN'])).toEqual([
      '5',
      '-5',
      '0',
      FAILED,
      FAILED,
    ]);
  });

  it('makes decimals of any number, exactly', async () => {
    expect(await cast('float64', 'decimal(12,2)', ['0.1', '0.125', '1e9', '1e10', 'nan'])).toEqual([
      '0.10',
      FAILED,
      '1000000000.00',
      FAILED,
      FAILED,
    ]);
    expect(await cast('int64', 'decimal(5,2)', ['999', '1000'])).toEqual(['999.00', FAILED]);
    expect(await cast('decimal(12,4)', 'decimal(12,2)', ['1.5000', '1.5001'])).toEqual(['1.50', FAILED]);
    expect(await cast('numeric', 'decimal(38,9)', ['1.0000000010', '1.0000000001', 'NaN'])).toEqual([
      '1.000000001',
      FAILED,
      FAILED,
    ]);
    expect(await cast('float64', 'numeric', ['0.1', '1e21', 'inf'])).toEqual([
      '0.1',
      '1000000000000000000000',
      'Infinity',
    ]);
    expect(await cast('uint64', 'decimal(38,0)', ['18446744073709551615'])).toEqual(['18446744073709551615']);
  });

  it('takes 0 and 1 for false and true, and back', async () => {
    expect(await cast('bool', 'int8', ['true', 'false', null])).toEqual(['1', '0', null]);
    expect(await cast('int64', 'bool', ['1', '0', '2', '-1'])).toEqual(['true', 'false', FAILED, FAILED]);
  });

  it('narrows floats to the nearest, and refuses those out of range', async () => {
    expect(await cast('float64', 'float32', ['0.1', '1e39', '-0', 'nan'])).toEqual([
      '0.1',
      FAILED,
      '-0',
      'NaN',
    ]);
    expect(await cast('float32', 'float64', ['0.5', null])).toEqual(['0.5', null]);
  });

  it('turns dates and timestamps into each other, in UTC', async () => {
    expect(await cast('date', 'timestamp', ['2024-02-29', '-0043-03-15', 'infinity'])).toEqual([
      '2024-02-29T00:00:00.000000',
      '-0043-03-15T00:00:00.000000',
      'infinity',
    ]);
    expect(await cast('date', 'timestamptz', ['2024-02-29', '-infinity'])).toEqual([
      '2024-02-29T00:00:00.000000Z',
      '-infinity',
    ]);
    expect(await cast('date', 'timestamp_ns', ['2024-02-29', '2300-01-01'])).toEqual([
      '2024-02-29T00:00:00.000000000',
      FAILED,
    ]);
    expect(
      await cast('timestamp', 'date', [
        '2024-02-29T23:59:59.999999',
        '1969-12-31T00:00:01',
        'infinity',
        null,
      ]),
    ).toEqual(['2024-02-29', '1969-12-31', 'infinity', null]);
    expect(await cast('timestamptz', 'date', ['2024-02-29T23:30:00-01:00'])).toEqual(['2024-03-01']);
    expect(await cast('timestamp', 'timestamptz', ['2024-02-29T12:00:00', 'infinity'])).toEqual([
      '2024-02-29T12:00:00.000000Z',
      'infinity',
    ]);
    expect(await cast('timestamptz', 'timestamp', ['2024-02-29T12:00:00+02'])).toEqual([
      '2024-02-29T10:00:00.000000',
    ]);
    expect(
      await cast('timestamp_ns', 'timestamp', [
        '2024-02-29T12:00:00.000001',
        '2024-02-29T12:00:00.000000001',
      ]),
    ).toEqual(['2024-02-29T12:00:00.000001', FAILED]);
    expect(await cast('time_ns', 'time', ['12:00:00.000001', '12:00:00.000000001'])).toEqual([
      '12:00:00.000001',
      FAILED,
    ]);
  });

  it('refuses pairs that have no meaning, when it is bound', () => {
    const pairs = [
      ['bool', 'float64'],
      ['bool', 'date'],
      ['date', 'int32'],
      ['date', 'time'],
      ['time', 'timetz'],
      ['timestamp', 'time'],
      ['uuid', 'binary'],
      ['json', 'int64'],
      ['int64', 'json'],
      ['interval', 'int64'],
      ['list<int64>', 'int64'],
      ['list<int64>', 'list<int8>'],
      ['struct<a: int8>', 'list<int8>'],
      ['float64', 'bool'],
      ['int64', 'timestamp'],
    ] as const;
    for (const [from, to] of pairs) {
      expect(() => meaning(from, to), `${from} to ${to}`).toThrow(
        expect.objectContaining({
          code: 'SCHEMA',
          message: `cast_columns: "a" can't be cast from ${from} to ${to}.`,
        }),
      );
    }
  });

  it('rejects a row by name, value and type, and keeps the others whole', async () => {
    const batch = batchFromRows([
      { a: '1', b: '2024-01-01', c: 'x' },
      { a: 'one', b: 'never', c: 'y' },
      { a: '3', b: null, c: null },
      { a: `${'9'.repeat(200)}`, b: '2024-01-01', c: 'z' },
    ]);
    const { batch: out, rejects } = await apply(
      open(castColumns, { columns: { b: 'date', a: 'int64' } }),
      batch,
    );
    expect(rows(out)).toEqual([
      { a: 1n, b: 19723, c: 'x' },
      { a: 3n, b: null, c: null },
    ]);
    expect(rejects).toEqual([
      { row: 1, reason: 'column "b": "never" is no date; column "a": "one" is no int64' },
      { row: 3, reason: `column "a": "${'9'.repeat(80)}"… (200 characters) is no int64` },
    ]);
  });

  it('finds the one value that fails, at row 70,001', async () => {
    const builder = new BatchBuilder(schemaOf({ n: 'utf8', other: 'int64' }), 100_000);
    for (let row = 0; row < 100_000; row++) {
      builder.columns[0]!.appendText(row === 70_001 ? '12a' : String(row));
      builder.columns[1]!.append(row);
      builder.endRow();
    }
    const { batch, rejects } = await apply(open(castColumns, { columns: { n: 'int32' } }), builder.finish());
    expect(rejects).toEqual([{ row: 70_001, reason: 'column "n": "12a" is no int32' }]);
    expect(batch.length).toBe(99_999);
    expect(rows(batch).slice(70_000, 70_002)).toEqual([
      { n: 70_000, other: 70_000n },
      { n: 70_002, other: 70_002n },
    ]);
  });

  it('hands untouched columns on, and a column that has the type already', async () => {
    const batch = batchFromRows([{ a: '1', b: 'x', c: 1 }]);
    const { batch: out } = await apply(open(castColumns, { columns: { a: 'int64', c: 'int64' } }), batch);
    expect(out.columns[1]).toBe(batch.columns[1]);
    expect(out.columns[2]).toBe(batch.columns[2]);
  });

  it('forgets the native type of a column that it changed, and keeps the key', async () => {
    const fields = schemaOf({ a: 'int64', b: 'int64' }).fields.map((field) => ({
      ...field,
      nativeType: 'bigint',
    }));
    const schema = { fields, primaryKey: ['a'] };
    const { schema: out } = await apply(
      open(castColumns, { columns: { a: 'utf8', b: 'int64' } }),
      batchFromRows([], schema),
    );
    expect(out.fields[0]).toEqual({ name: 'a', type: { kind: 'utf8' }, nullable: true });
    expect(out.fields[1]).toBe(fields[1]);
    expect(out.primaryKey).toEqual(['a']);
  });

  it('takes any name, and empty batches', async () => {
    for (const name of ODD_NAMES) {
      const { batch } = await apply(open(castColumns, { columns: { [name]: 'utf8' } }), oddBatch());
      expect(namesOf(batch.schema)).toEqual(ODD_NAMES);
      expect(rows(batch)[0]![name]).toBe(String(ODD_NAMES.indexOf(name)));
    }
    expect(await cast('utf8', 'int64', [])).toEqual([]);
    expect(await cast('utf8', 'int64', [null, null])).toEqual([null, null]);
    expect(await cast('utf8', 'int64', ['x'])).toEqual([FAILED]);
  });

  it('refuses a column that is not there, and a wrong configuration', () => {
    expect(() => open(castColumns, { columns: { totl: 'int64' } })(schemaOf({ total: 'utf8' }))).toThrow(
      expect.objectContaining({ code: 'SCHEMA', hint: 'Did you mean "total"?' }),
    );
    expect(issuesOf(castColumns, { columns: { a: 'int46' } })).toEqual([
      expect.stringMatching(/^columns\.a: There is no type "int46"\. Did you mean int64/),
    ]);
    expect(issuesOf(castColumns, { columns: {} })).toEqual(['columns: Name at least one column.']);
    expect(issuesOf(castColumns, { columns: { a: 'int64' }, format: 'x' })).toEqual([
      expect.stringContaining('"format"'),
    ]);
  });
});
