import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chooseBoundaries, sample, secondKill, seededRandom } from '../../src/crash/sample.js';

const traces = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1, maxLength: 30 });

test('a sample holds each label before it holds any twice, and is the same for the same seed', () => {
  fc.assert(
    fc.property(traces, fc.nat(40), fc.nat(), (trace, count, seed) => {
      const chosen = chooseBoundaries(trace, sample(seed, count));
      expect(chosen).toEqual(chooseBoundaries(trace, sample(seed, count)));
      expect(chosen.length).toBe(Math.min(count, trace.length));
      expect(new Set(chosen).size).toBe(chosen.length);
      const labels = new Set(chosen.map((number) => trace[number - 1]));
      expect(labels.size).toBe(Math.min(count, new Set(trace).size));
    }),
    { seed: 8 },
  );
});

test('other seeds choose others', () => {
  const trace = Array.from({ length: 100 }, () => 'a');
  expect(chooseBoundaries(trace, sample(1, 10))).not.toEqual(chooseBoundaries(trace, sample(2, 10)));
});

test('second kills fall on every boundary of a recovery over the matrix', () => {
  const length = 40;
  const hit = new Set(Array.from({ length: 120 }, (_, index) => secondKill(7, index + 1, length)));
  expect([...hit].sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, index) => index + 1));
});

test('random numbers lie in [0, 1), and repeat with the seed', () => {
  const [one, two] = [seededRandom(5), seededRandom(5)];
  for (let index = 0; index < 1_000; index++) {
    const number = one();
    expect(number).toBe(two());
    expect(number >= 0 && number < 1).toBe(true);
  }
});
