import type { DataType } from '@datacook/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseType, sameType, typeToString, widenType } from '../src/index.js';
import { dataType, SEED } from './arbitrary.js';

const widen = (a: string, b: string) => {
  const type = widenType(parseType(a), parseType(b));
  return type && typeToString(type);
};

describe('sameType', () => {
  it('is true of a copy, and of no two types with different text', () => {
    fc.assert(
      fc.property(dataType, dataType, (a, b) => {
        expect(sameType(a, structuredClone(a) as DataType)).toBe(true);
        expect(sameType(a, b)).toBe(typeToString(a) === typeToString(b));
      }),
      SEED,
    );
  });
});

describe('widenType', () => {
  it('does not depend on the order, and holds both: widened with either it stays what it is', () => {
    fc.assert(
      fc.property(dataType, dataType, (a, b) => {
        const wide = widenType(a, b);
        const other = widenType(b, a);
        expect(wide && typeToString(wide)).toBe(other && typeToString(other));
        if (wide === undefined) return;
        expect(sameType(widenType(wide, a)!, wide)).toBe(true);
        expect(sameType(widenType(wide, b)!, wide)).toBe(true);
      }),
      { ...SEED, numRuns: 3000 },
    );
  });

  it('finds the narrowest type of numbers', () => {
    expect(widen('int8', 'int32')).toBe('int32');
    expect(widen('uint8', 'int8')).toBe('int16');
    expect(widen('uint8', 'int64')).toBe('int64');
    expect(widen('uint32', 'int32')).toBe('int64');
    expect(widen('uint64', 'int8')).toBe('decimal(20,0)');
    expect(widen('float32', 'float64')).toBe('float64');
    expect(widen('int32', 'float32')).toBe('float64');
    expect(widen('decimal(10,2)', 'decimal(8,5)')).toBe('decimal(13,5)');
    expect(widen('int32', 'decimal(12,2)')).toBe('decimal(12,2)');
    expect(widen('int64', 'decimal(12,2)')).toBe('decimal(21,2)');
    expect(widen('uint64', 'numeric')).toBe('numeric');
    expect(widen('list<int8>', 'list<int16 not null>')).toBe('list<int16>');
    expect(widen('struct<a: int8>', 'struct<a: float32>')).toBe('struct<a: float64>');
  });

  it('finds none where something would be lost, or the meaning changed', () => {
    const pairs = [
      ['int64', 'float64'],
      ['decimal(5,2)', 'float64'],
      ['numeric', 'float32'],
      ['int8', 'utf8'],
      ['date', 'timestamp'],
      ['timestamp', 'timestamptz'],
      ['timestamp', 'timestamp_ns'],
      ['json', 'utf8'],
      ['bool', 'int8'],
      ['list<int8>', 'int8'],
      ['struct<a: int8>', 'struct<b: int8>'],
      ['struct<a: int8>', 'struct<a: int8, b: int8>'],
    ] as const;
    for (const [a, b] of pairs) expect([a, b, widen(a, b)]).toEqual([a, b, undefined]);
  });
});
