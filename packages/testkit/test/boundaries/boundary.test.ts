import { expect, test } from 'vitest';
import { between } from '../../src/boundaries/boundary.js';
import { iterateBetween } from '../../src/boundaries/iterate.js';

function recorder() {
  const labels: string[] = [];
  return { labels, onBoundary: (label: string) => labels.push(label) };
}

test('a boundary stands before an effect and after its promise has settled', async () => {
  const { labels, onBoundary } = recorder();
  const result = between('save', onBoundary, async () => {
    await Promise.resolve();
    labels.push('saved');
    return 7;
  });
  expect(labels).toEqual(['before save']);
  expect(await result).toBe(7);
  expect(labels).toEqual(['before save', 'saved', 'after save']);
});

test('an effect that returns at once has its boundaries too', () => {
  const { labels, onBoundary } = recorder();
  expect(between('add', onBoundary, () => 3)).toBe(3);
  expect(labels).toEqual(['before add', 'after add']);
});

test('a failure is a boundary, and is thrown on', async () => {
  const { labels, onBoundary } = recorder();
  const fail = () => {
    throw new Error('no');
  };
  expect(() => between('a', onBoundary, fail)).toThrow('no');
  await expect(between('b', onBoundary, async () => fail())).rejects.toThrow('no');
  expect(labels).toEqual(['before a', 'failed a', 'before b', 'failed b']);
});

test('what an effect did is not observed if the boundary before it throws', () => {
  let done = false;
  const stop = () => {
    throw new Error('stop');
  };
  expect(() => between('a', stop, () => (done = true))).toThrow('stop');
  expect(done).toBe(false);
});

test('each item that is read stands between boundaries, and stopping reaches the source', async () => {
  const { labels, onBoundary } = recorder();
  async function* items() {
    try {
      yield 1;
      yield 2;
    } finally {
      labels.push('source stopped');
    }
  }
  for await (const item of iterateBetween('read', onBoundary, items())) {
    labels.push(`got ${item}`);
    break;
  }
  expect(labels).toEqual([
    'before read',
    'after read',
    'got 1',
    'before read (stopped)',
    'source stopped',
    'after read (stopped)',
  ]);
});
