import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareContents } from '../../src/crash/compare-contents.js';

const rows = fc.array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 20 });

test('the same rows in any order are equal', () => {
  fc.assert(
    fc.property(
      rows.chain((some) =>
        fc.tuple(fc.constant(some), fc.shuffledSubarray(some, { minLength: some.length })),
      ),
      ([some, shuffled]) => {
        expect(compareContents(some, shuffled)).toEqual({ isEqual: true, lost: 0, added: 0, complaints: [] });
      },
    ),
    { seed: 8 },
  );
});

test('counts what is lost and what is too many, also where their numbers are the same', () => {
  fc.assert(
    fc.property(rows, rows, rows, (common, lost, added) => {
      const difference = compareContents([...common, ...lost], [...added, ...common]);
      expect(difference.lost - difference.added).toBe(lost.length - added.length);
      expect(difference.isEqual).toBe([...lost].sort().join() === [...added].sort().join());
    }),
    { seed: 8 },
  );
});

test('shows the rows', () => {
  expect(compareContents(['x', 'x', 'y'], ['x', 'y', 'y', 'y']).complaints).toEqual([
    '1 rows lost: x (1 instead of 2)',
    '2 rows too many: y (3 instead of 1)',
  ]);
});
