import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prefetch } from '../src/prefetch.js';

async function* numbers(count: number, log: string[] = [], failAt = -1) {
  try {
    for (let next = 0; next < count; next += 1) {
      if (next === failAt) throw new Error(`failed at ${next}`);
      log.push(`made ${next}`);
      yield next;
    }
  } finally {
    log.push('closed');
  }
}

async function take(source: AsyncIterable<number>, most = Number.POSITIVE_INFINITY) {
  const taken: number[] = [];
  for await (const item of source) {
    taken.push(item);
    if (taken.length >= most) break;
  }
  return taken;
}

describe('prefetch', () => {
  it('yields what the source yields, in order, whatever the depth', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(50), fc.integer({ min: 1, max: 5 }), async (count, depth) => {
        expect(await take(prefetch(numbers(count), depth))).toEqual(await take(numbers(count)));
      }),
      { seed: 1 },
    );
  });

  it('reads at most `depth` items ahead', async () => {
    const log: string[] = [];
    const iterator = prefetch(numbers(100, log), 3);
    await iterator.next();
    await new Promise((resolve) => setImmediate(resolve));
    expect(log).toEqual(['made 0', 'made 1', 'made 2', 'made 3']);
    await iterator.return();
    expect(log.at(-1)).toBe('closed');
  });

  it('throws an error after the items that came before it', async () => {
    const taken: number[] = [];
    const reading = async () => {
      for await (const item of prefetch(numbers(9, [], 4), 2)) taken.push(item);
    };
    await expect(reading()).rejects.toThrow('failed at 4');
    expect(taken).toEqual([0, 1, 2, 3]);
  });

  it('closes the source when the loop is left', async () => {
    const log: string[] = [];
    expect(await take(prefetch(numbers(9, log), 2), 2)).toEqual([0, 1]);
    expect(log.at(-1)).toBe('closed');
  });
});
