import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BatchBuilder, batchFromRows, parseType, rowsOf, typeToString } from '../src/index.js';
import { SEED, typedRows } from './arbitrary.js';

const inferred = (rows: readonly Record<string, unknown>[]) =>
  Object.fromEntries(
    batchFromRows(rows).schema.fields.map((field) => [field.name, typeToString(field.type)]),
  );

const typeOf = (...values: unknown[]) => inferred(values.map((a) => ({ a })))['a'];

describe('batchFromRows', () => {
  it('is undone by rowsOf', () => {
    fc.assert(
      fc.property(typedRows, ({ schema, rows }) => {
        const batch = batchFromRows(rows, schema);
        expect(batch.length).toBe(rows.length);
        expect([...rowsOf(batch)]).toEqual(rows);
      }),
      SEED,
    );
  });

  it('infers a schema whose columns hold the values', () => {
    expect(typeOf(true, null)).toBe('bool');
    expect(typeOf(1, -5)).toBe('int64');
    expect(typeOf(1, 1.5)).toBe('float64');
    expect(typeOf(1, -0)).toBe('float64');
    expect(typeOf(2 ** 53)).toBe('float64');
    expect(typeOf(1n, 2)).toBe('int64');
    expect(typeOf(2n ** 63n)).toBe('decimal(38,0)');
    expect(typeOf(10n ** 38n)).toBe('numeric');
    expect(typeOf('1')).toBe('utf8');
    expect(typeOf(null, undefined)).toBe('utf8');
    expect(typeOf(new Date(0))).toBe('timestamptz');
    expect(typeOf(Uint8Array.of(1))).toBe('binary');
    expect(typeOf([1, 2.5], [null])).toBe('list<float64>');
    expect(typeOf({ x: 1 }, { y: ['a'] })).toBe('struct<x: int64, y: list<utf8>>');
    expect(typeOf({ months: 1, days: 2, nanoseconds: 3n })).toBe('interval');
  });

  it('takes columns in the order in which they first occur, and rows that lack some', () => {
    const rows = [{ b: 1 }, { a: 'x', b: null }, {}];
    expect(inferred(rows)).toEqual({ b: 'int64', a: 'utf8' });
    expect([...rowsOf(batchFromRows(rows))]).toEqual([
      { b: 1n, a: null },
      { b: null, a: 'x' },
      { b: null, a: null },
    ]);
    expect(batchFromRows([])).toMatchObject({ length: 0, columns: [], schema: { fields: [] } });
  });

  it('refuses values of different kinds, naming the column', () => {
    expect(() => batchFromRows([{ a: 1 }, { a: 'x' }])).toThrow(
      'Column "a" holds values of different kinds (number and string).',
    );
    expect(() => batchFromRows([{ a: { b: [1, true] } }])).toThrow('"a.b[]"');
    expect(() => batchFromRows([{ a: 1n }, { a: 0.5 }])).toThrow(expect.objectContaining({ code: 'SCHEMA' }));
    expect(() => batchFromRows([{ a: new Map() }])).toThrow('a value of no type (Map)');
  });

  it('names column and row of a value that does not fit', () => {
    const schema = { fields: [{ name: 'n', type: parseType('int8'), nullable: true }] };
    expect(() => batchFromRows([{ n: 1 }, { n: 300 }], schema)).toThrow('Column "n", row 1: 300 is no int8.');
  });

  it('refuses a column that the schema lacks, with near misses', () => {
    const schema = { fields: [{ name: 'name', type: parseType('utf8'), nullable: true }] };
    expect(() => batchFromRows([{ nmae: 'x' }], schema)).toThrow(
      expect.objectContaining({ code: 'SCHEMA', hint: 'Did you mean name?' }),
    );
  });
});

describe('BatchBuilder', () => {
  const schema = {
    fields: [
      { name: 'a', type: parseType('int64'), nullable: true },
      { name: 'b', type: parseType('utf8'), nullable: true },
    ],
  };

  it('counts rows and bytes, and begins anew after finish', () => {
    const builder = new BatchBuilder(schema, 10);
    for (const [a, b] of [
      ['1', 'x'],
      ['2', 'yy'],
    ] as const) {
      builder.columns[0]!.appendText(a);
      builder.columns[1]!.appendText(b);
      builder.endRow();
    }
    expect(builder.length).toBe(2);
    expect(builder.byteLength).toBe(16 + 3 + 12);
    const batch = builder.finish();
    expect(batch.schema).toBe(schema);
    expect([...rowsOf(batch)]).toEqual([
      { a: 1n, b: 'x' },
      { a: 2n, b: 'yy' },
    ]);
    expect(builder.length).toBe(0);
    expect(builder.finish().length).toBe(0);
  });

  it('refuses a row with a value missing, naming the column', () => {
    const builder = new BatchBuilder(schema);
    builder.columns[0]!.appendNull();
    builder.endRow();
    expect(() => builder.finish()).toThrow('Column "b" has 0 values in a batch of 1 rows.');
  });
});
