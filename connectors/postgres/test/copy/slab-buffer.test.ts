import fc from 'fast-check';
import { expect, test } from 'vitest';
import { SlabBuffer } from '../../src/copy/slab-buffer.js';

test('a slab keeps what is not done with, in order, and room for a word behind it', () => {
  const step = fc.record({
    add: fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 300_000 })),
    take: fc.nat(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const slab = new SlabBuffer();
      let kept = Buffer.alloc(0);
      let byte = 0;
      for (const { add, take } of steps) {
        const chunk = Buffer.alloc(add, byte++);
        slab.append(chunk);
        kept = Buffer.concat([kept, chunk]);
        expect(slab.bytes.length - slab.end).toBeGreaterThanOrEqual(8);
        expect(slab.view.byteLength).toBe(slab.bytes.length);
        expect(slab.bytes.subarray(slab.start, slab.end).equals(kept)).toBe(true);
        const done = take % (kept.length + 1);
        slab.start += done;
        kept = kept.subarray(done);
      }
    }),
    { seed: 20261124, numRuns: 300 },
  );
});

test.each([262_144, 262_143, 262_137, 262_136])(
  'a slab that is filled to the brim (%i bytes) has that room, too',
  (size) => {
    const slab = new SlabBuffer();
    slab.append(Buffer.alloc(size));
    expect(slab.bytes.length - slab.end).toBeGreaterThanOrEqual(8);
  },
);

test('a slab that grew for one great row is small again afterwards', () => {
  const slab = new SlabBuffer();
  slab.append(Buffer.alloc(50_000_000));
  slab.start = slab.end;
  slab.append(Buffer.alloc(1000));
  expect(slab.bytes.length).toBeLessThan(1_000_000);
});
