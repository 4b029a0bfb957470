import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseCuts, keyRanges, wantedPartitions } from '../../src/index.js';
import { SEED } from '../arbitrary.js';

test('a table is cut into parts of 250,000 rows or more, a handful a reader, 64 at most', () => {
  expect(wantedPartitions(3_000_000, 4)).toBe(12);
  expect(wantedPartitions(100_000_000, 4)).toBe(16);
  expect(wantedPartitions(1e12, 32)).toBe(64);
  expect(wantedPartitions(499_999, 4)).toBe(1);
  expect(wantedPartitions(500_000, 4)).toBe(2);
});

test('a single reader, an empty table and one of unknown size are not cut', () => {
  expect([
    wantedPartitions(1e9, 1),
    wantedPartitions(0, 4),
    wantedPartitions(-1, 4),
    wantedPartitions(Number.NaN, 4),
  ]).toEqual([1, 1, 1, 1]);
});

test('cuts lie evenly between the bounds of the histogram', () => {
  const bounds = Array.from({ length: 101 }, (_, index) => String(index * 10));
  expect(chooseCuts(bounds, 4)).toEqual(['250', '500', '750']);
  expect(chooseCuts(bounds, 1)).toEqual([]);
  expect(chooseCuts(bounds, 1000)).toHaveLength(99);
});

test('without a histogram, or with too small a one, there are fewer parts', () => {
  expect(chooseCuts([], 4)).toEqual([]);
  expect(chooseCuts(['5'], 4)).toEqual([]);
  expect(chooseCuts(['1', '9'], 4)).toEqual([]);
  expect(chooseCuts(['1', '5', '9'], 4)).toEqual(['5']);
});

test('a value that fills several buckets is one cut', () => {
  expect(chooseCuts(['1', '1', '1', '7', '7', '7', '7', '9'], 7)).toEqual(['7']);
});

test('ranges cover every key once, from the least to the greatest', () => {
  const numbers = fc.array(fc.integer({ min: -50, max: 50 }), { maxLength: 40 });
  fc.assert(
    fc.property(numbers, fc.integer({ min: 1, max: 12 }), (all, wanted) => {
      const bounds = all.sort((a, b) => a - b).map(String);
      const ranges = keyRanges(chooseCuts(bounds, wanted));
      expect(ranges.length).toBeLessThanOrEqual(wanted);
      expect(new Set(ranges.map(({ id }) => id)).size).toBe(ranges.length);
      for (const key of [-1000, ...all, 1000]) {
        const inside = ranges.filter(
          ({ from, below }) =>
            (from === undefined || key >= Number(from)) && (below === undefined || key < Number(below)),
        );
        expect(inside).toHaveLength(1);
      }
    }),
    SEED,
  );
});

test('without a cut there is one range, of everything', () => {
  expect(keyRanges([])).toEqual([{ id: 'keys-1' }]);
  expect(keyRanges(['m'])).toEqual([
    { id: 'keys-1', below: 'm' },
    { id: 'keys-2', from: 'm' },
  ]);
});
