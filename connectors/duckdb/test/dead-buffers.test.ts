import { expect, test } from 'vitest';
import { freeDeadBuffers } from '../src/dead-buffers.js';

const MEGABYTE = 1024 * 1024;

test('buffers that nobody holds any more are freed, others stay', async () => {
  const held = new Uint8Array(8 * MEGABYTE).fill(7);
  let dead: Uint8Array[] | undefined = Array.from({ length: 32 }, () => new Uint8Array(8 * MEGABYTE));
  const before = process.memoryUsage().arrayBuffers;
  expect(dead.length).toBe(32);
  dead = undefined;
  freeDeadBuffers();
  // The collector gives the memory back on a thread of its own, soon after it has found it to be free.
  await expect
    .poll(() => process.memoryUsage().arrayBuffers, { timeout: 10_000 })
    .toBeLessThan(before - 128 * MEGABYTE);
  expect(held.every((byte) => byte === 7)).toBe(true);
});
