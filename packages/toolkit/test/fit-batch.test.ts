import type { Schema } from '@datacook/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchFromRows, columnTextReader, fitBatch, parseType, rowsOf, widenType } from '../src/index.js';
import { dataType, intRange, orNull, SEED, typedRows, valuesOfType } from './arbitrary.js';

const schemaOf = (columns: Record<string, string>): Schema => ({
  fields: Object.entries(columns).map(([name, type]) => ({ name, type: parseType(type), nullable: true })),
});

describe('fitBatch', () => {
  it('finds columns by name, and fills missing ones with NULL', () => {
    const batch = batchFromRows([{ b: 'x', a: 1 }], schemaOf({ b: 'utf8', a: 'int64' }));
    const wide = schemaOf({ a: 'int64', new: 'list<int8>', b: 'utf8' });
    const fitted = fitBatch(batch, wide);
    expect(fitted.schema).toBe(wide);
    expect([...rowsOf(fitted)]).toEqual([{ a: 1n, new: null, b: 'x' }]);
    expect(fitted.columns[0]).toBe(batch.columns[1]);
  });

  it('hands on the batch itself if it has the schema already', () => {
    fc.assert(
      fc.property(typedRows, ({ schema, rows }) => {
        const batch = batchFromRows(rows, schema);
        expect(fitBatch(batch, schema)).toBe(batch);
        const copy = structuredClone(schema) as Schema;
        expect([...rowsOf(fitBatch(batch, copy))]).toEqual(rows);
      }),
      SEED,
    );
  });

  it('keeps the number that each value stands for when it widens', () => {
    const number = dataType.filter(
      ({ kind }) => kind === 'int' || kind === 'float' || kind === 'decimal' || kind === 'numeric',
    );
    const input = fc
      .tuple(number, number)
      .chain(([from, other]) =>
        fc.tuple(
          fc.constant(from),
          fc.constant(widenType(from, other)),
          fc.array(orNull(valuesOfType(from))),
        ),
      );
    fc.assert(
      fc.property(input, ([from, to, values]) => {
        if (to === undefined) return;
        const batch = batchFromRows(
          values.map((a) => ({ a })),
          { fields: [{ name: 'a', type: from, nullable: true }] },
        );
        const fitted = fitBatch(batch, { fields: [{ name: 'a', type: to, nullable: true }] });
        const rowsBefore = [...rowsOf(batch)];
        const rowsAfter = [...rowsOf(fitted)];
        const before = columnTextReader(from, batch.columns[0]!);
        const after = columnTextReader(to, fitted.columns[0]!);
        for (let row = 0; row < values.length; row++) {
          if (from.kind === 'float') expect(rowsAfter[row]).toEqual(rowsBefore[row]);
          else expect([from, to, value(after(row))]).toEqual([from, to, value(before(row))]);
        }
      }),
      { ...SEED, numRuns: 1000 },
    );
  });

  it('widens the extremes of integers, inside of lists too', () => {
    const [min, max] = intRange(32, false).map(Number);
    const batch = batchFromRows([{ a: [min, null, max], b: -1 }], schemaOf({ a: 'list<uint32>', b: 'int8' }));
    expect([...rowsOf(fitBatch(batch, schemaOf({ a: 'list<int64>', b: 'int64' })))]).toEqual([
      { a: [0n, null, 4294967295n], b: -1n },
    ]);
    expect([...rowsOf(fitBatch(batch, schemaOf({ a: 'list<float64>', b: 'decimal(5,1)' })))]).toEqual([
      { a: [0, null, 4294967295], b: '-1.0' },
    ]);
  });

  it('refuses what has no place, does not fit, or must not be NULL', () => {
    const batch = batchFromRows([{ a: 1, b: 2 }], schemaOf({ a: 'int64', b: 'int64' }));
    const fits = (schema: Schema) => () => fitBatch(batch, schema);
    expect(fits(schemaOf({ a: 'int64' }))).toThrow('The column "b" has no place in the schema.');
    expect(fits(schemaOf({ a: 'int32', b: 'int64' }))).toThrow("int64 doesn't fit into int32 without loss");
    expect(fits(schemaOf({ a: 'float64', b: 'int64' }))).toThrow(expect.objectContaining({ code: 'SCHEMA' }));
    const { fields } = schemaOf({ a: 'int64', b: 'int64' });
    expect(fits({ fields: [...fields, { name: 'c', type: parseType('bool'), nullable: false }] })).toThrow(
      "can't be NULL",
    );
  });
});

/** A plain number without the zeros that don't count. */
function value(text: string | null): string | null {
  if (text === null || !text.includes('.')) return text;
  return text.replace(/0+$/, '').replace(/\.$/, '');
}
