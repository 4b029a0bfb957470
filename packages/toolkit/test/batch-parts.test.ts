import type { Batch, Column, DataType } from '@datacook/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  batchByteLength,
  batchFromRows,
  isNull,
  nullColumn,
  parseType,
  rowsOf,
  sliceBatch,
  takeRows,
} from '../src/index.js';
import { dataType, SEED, typedRows } from './arbitrary.js';

/** Every rule of the layout that a receiver relies on. */
function checkLayout(type: DataType, column: Column, length: number): void {
  let nulls = 0;
  for (let row = 0; row < length; row++) if (isNull(column, row)) nulls++;
  expect(column.nullCount).toBe(nulls);
  if (column.offsets !== undefined) {
    expect(column.offsets.length).toBeGreaterThanOrEqual(length + 1);
    expect(column.offsets[0]).toBe(0);
  }
  if (type.kind === 'list') checkLayout(type.item.type, column.children![0]!, column.offsets![length]!);
  if (type.kind === 'struct') {
    for (const [index, field] of type.fields.entries())
      checkLayout(field.type, column.children![index]!, length);
  }
}

function checkBatch(batch: Batch): void {
  expect(batch.columns.length).toBe(batch.schema.fields.length);
  for (const [index, field] of batch.schema.fields.entries())
    checkLayout(field.type, batch.columns[index]!, batch.length);
}

describe('slices and takes', () => {
  it('are the same on rows: any slice', () => {
    fc.assert(
      fc.property(typedRows, fc.nat(40), fc.nat(40), ({ schema, rows }, a, b) => {
        const from = Math.min(a, b, rows.length);
        const to = Math.min(Math.max(a, b), rows.length);
        const slice = sliceBatch(batchFromRows(rows, schema), from, to);
        checkBatch(slice);
        expect(slice.schema).toBe(schema);
        expect([...rowsOf(slice)]).toEqual(rows.slice(from, to));
      }),
      SEED,
    );
  });

  it('are the same on rows: a slice of a slice', () => {
    fc.assert(
      fc.property(typedRows, fc.nat(9), fc.nat(9), ({ schema, rows }, first, second) => {
        const once = sliceBatch(batchFromRows(rows, schema), Math.min(first, rows.length), rows.length);
        const twice = sliceBatch(once, Math.min(second, once.length), once.length);
        checkBatch(twice);
        expect([...rowsOf(twice)]).toEqual(rows.slice(Math.min(first + second, rows.length)));
      }),
      SEED,
    );
  });

  it('are the same on rows: any take, repetitions and none included', () => {
    const input = typedRows.chain(({ schema, rows }) => {
      const index = fc.nat(Math.max(0, rows.length - 1));
      const picks = rows.length === 0 ? fc.constant<number[]>([]) : fc.array(index, { maxLength: 60 });
      return fc.record({ schema: fc.constant(schema), rows: fc.constant(rows), picks });
    });
    fc.assert(
      fc.property(input, fc.boolean(), ({ schema, rows, picks }, typed) => {
        const taken = takeRows(batchFromRows(rows, schema), typed ? Int32Array.from(picks) : picks);
        checkBatch(taken);
        expect([...rowsOf(taken)]).toEqual(picks.map((row) => rows[row]));
        expect([...rowsOf(sliceBatch(taken, taken.length >> 1, taken.length))]).toEqual(
          picks.slice(picks.length >> 1).map((row) => rows[row]),
        );
      }),
      SEED,
    );
  });

  it('carry the operations along', () => {
    const batch = { ...batchFromRows([{ a: 1 }, { a: 2 }, { a: 3 }]), operations: Uint8Array.of(7, 8, 9) };
    expect([...sliceBatch(batch, 1, 3).operations!]).toEqual([8, 9]);
    expect([...takeRows(batch, [2, 0]).operations!]).toEqual([9, 7]);
  });

  it('refuse rows that are not there', () => {
    const batch = batchFromRows([{ a: 1 }]);
    for (const [from, to] of [
      [0, 2],
      [-1, 1],
      [1, 0],
      [0.5, 1],
    ] as const) {
      expect(() => sliceBatch(batch, from, to)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    }
    for (const row of [1, -1]) expect(() => takeRows(batch, [row])).toThrow('batch of 1 rows');
  });
});

describe('nullColumn', () => {
  it('holds NULL in every row, of every type', () => {
    fc.assert(
      fc.property(dataType, fc.nat(20), (type, length) => {
        const column = nullColumn(type, length);
        checkLayout(type, column, length);
        const schema = { fields: [{ name: 'a', type, nullable: true }] };
        expect([...rowsOf({ length, schema, columns: [column] })]).toEqual(
          Array.from({ length }, () => ({ a: null })),
        );
      }),
      SEED,
    );
  });
});

describe('batchByteLength', () => {
  const bytes = (type: string, values: readonly unknown[]) =>
    batchByteLength(
      batchFromRows(
        values.map((a) => ({ a })),
        { fields: [{ name: 'a', type: parseType(type), nullable: true }] },
      ),
    );

  it('counts values, offsets and validity, and no spare room', () => {
    expect(bytes('int32', [1, 2, 3])).toBe(12);
    expect(bytes('int32', [1, null, 3])).toBe(13);
    expect(bytes('bool', Array(9).fill(true))).toBe(2);
    expect(bytes('utf8', ['a', 'ü', null])).toBe(3 + 16 + 1);
    expect(bytes('decimal(38,0)', ['1'])).toBe(16);
    expect(bytes('list<int64>', [[1, 2], []])).toBe(12 + 16);
    expect(bytes('struct<a: int8, b: int16>', [{ a: 1, b: 2 }])).toBe(3);
    expect(bytes('uuid', [])).toBe(0);
  });

  it('is the same for a slice as for its rows alone', () => {
    fc.assert(
      fc.property(typedRows, ({ schema, rows }) => {
        const half = rows.length >> 1;
        const slice = sliceBatch(batchFromRows(rows, schema), half, rows.length);
        expect(batchByteLength(slice)).toBe(batchByteLength(batchFromRows(rows.slice(half), schema)));
      }),
      SEED,
    );
  });
});
