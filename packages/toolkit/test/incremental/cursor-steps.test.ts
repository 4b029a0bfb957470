import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CursorSteps } from '../../src/index.js';
import { SEED } from '../arbitrary.js';

function stepsOf(...batches: (readonly string[])[]) {
  const steps = new CursorSteps();
  return batches.map((batch) => steps.next(batch.length, (row) => batch[row]!));
}

test('a batch is cut before its last tie', () => {
  expect(stepsOf(['1', '2', '2'])).toEqual([{ rows: 1, at: '1' }]);
  expect(stepsOf(['1', '2', '3'])).toEqual([{ rows: 2, at: '2' }]);
});

test('a batch within one tie has no position, and neither has one of a single row', () => {
  expect(stepsOf(['7', '7'], ['7'], ['7', '7'])).toEqual([{ rows: 0 }, { rows: 0 }, { rows: 0 }]);
});

test('that a tie has ended is known with the next batch, and said before it', () => {
  expect(stepsOf(['7', '7'], ['7', '8'], ['9'])).toEqual([
    { rows: 0 },
    { rows: 1, at: '7' },
    { before: '8', rows: 0 },
  ]);
});

test('an empty batch changes nothing', () => {
  expect(stepsOf(['7'], [], ['8'])).toEqual([{ rows: 0 }, { rows: 0 }, { before: '7', rows: 0 }]);
});

test('no value ever lies on both sides of a position', () => {
  const cursors = fc.array(fc.nat(6), { maxLength: 40 }).map((all) => all.sort((a, b) => a - b));
  fc.assert(
    fc.property(cursors, fc.integer({ min: 1, max: 5 }), (all, batchRows) => {
      const steps = new CursorSteps();
      let positions = 0;
      for (let start = 0; start < all.length; start += batchRows) {
        const batch = all.slice(start, start + batchRows);
        const { before, rows, at } = steps.next(batch.length, (row) => String(batch[row]!));
        for (const [value, index] of [
          [before, start],
          [at, start + rows],
        ] as const) {
          if (value === undefined) continue;
          positions++;
          expect(all.slice(0, index).every((one) => one <= Number(value))).toBe(true);
          expect(all.slice(index).every((one) => one > Number(value))).toBe(true);
        }
      }
      // Each batch that begins or holds a new value leads to one.
      if (new Set(all).size > 1) expect(positions).toBeGreaterThan(0);
    }),
    SEED,
  );
});
