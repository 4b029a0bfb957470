import { expect, test } from 'vitest';
import { cutConnections } from './cut-connections.js';

test.concurrent.each([
  ['append', 3],
  ['merge', 2],
  ['replace', 2],
] as const)(
  '%s: a connection cut at a random byte loses and doubles nothing',
  { timeout: 300_000 },
  async (mode, count) => {
    const { wrong, cuts } = await cutConnections(mode, { rows: 2_000, count, seed: 20 });
    expect(wrong).toEqual([]);
    expect(cuts.source + cuts.target).toBeGreaterThan(0);
  },
);
