import { expect, test } from 'vitest';
import { freeDeadBuffers } from '../src/dead-buffers.js';

const MEGABYTE = 1024 * 1024;

test('buffers that nobody holds any more are freed, others stay', () => {
  const held = new Uint8Array(8 * MEGABYTE).fill(7);
  let dead: Uint8Array[] | undefined = Array.from({ length: 32 }, () => new Uint8Array(8 * MEGABYTE));
  const before = process.memoryUsage().arrayBuffers;
  expect(dead.length).toBe(32);
  dead = undefined;
  freeDeadBuffers();
  expect(process.memoryUsage().arrayBuffers).toBeLessThan(before - 128 * MEGABYTE);
  expect(held.every((byte) => byte === 7)).toBe(true);
});
