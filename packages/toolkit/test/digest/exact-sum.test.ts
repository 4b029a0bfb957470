import { expect, test } from 'vitest';
import { ExactSum } from '../../src/digest/exact-sum.js';

test.each([
  [2 ** 28 - 1, 2 ** 32 - 1],
  [0, 2 ** 32 - 1],
  [2 ** 28 - 1, 1],
  [123_456_789, 987_654_321],
])('a sum of many times (%i, %i) is exact, beyond what numbers hold', (high, low) => {
  const sum = new ExactSum();
  const times = 40_000_001;
  for (let time = 0; time < times; time++) sum.add(high, low);
  expect(String(sum)).toBe(String((BigInt(high) * 2n ** 32n + BigInt(low)) * BigInt(times)));
});
