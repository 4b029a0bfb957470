import fc from 'fast-check';
import { expect, test } from 'vitest';
import { drawCutPoints } from '../../src/proxy/cut-points.js';

const TRAFFIC = [
  { to_server: 1_000, to_client: 20 },
  { to_server: 300, to_client: 0 },
];

test('cuts lie within what passed, and are the same for the same seed', () => {
  const traffic = fc.array(fc.record({ to_server: fc.nat(5_000), to_client: fc.nat(5_000) }), {
    minLength: 1,
  });
  fc.assert(
    fc.property(traffic, fc.integer(), fc.nat(40), (passed, seed, count) => {
      const points = drawCutPoints(passed, { seed, count });
      const isSilent = passed.every(({ to_server, to_client }) => to_server + to_client === 0);
      expect(points).toHaveLength(isSilent ? 0 : count);
      for (const { connection, direction, afterBytes } of points) {
        expect(afterBytes).toBeGreaterThanOrEqual(0);
        expect(afterBytes).toBeLessThan(passed[connection - 1]![direction]);
      }
      expect(drawCutPoints(passed, { seed, count })).toEqual(points);
    }),
    { seed: 10, numRuns: 200 },
  );
});

test('each direction of each connection is cut once before any is cut twice, in each way in turn', () => {
  const points = drawCutPoints(TRAFFIC, { seed: 1, count: 6 }, ['reset', 'half_open']);
  const lanes = points.map(({ connection, direction }) => `${connection} ${direction}`);
  expect(new Set(lanes.slice(0, 3))).toEqual(new Set(['1 to_server', '1 to_client', '2 to_server']));
  expect(new Set(lanes.slice(3)).size).toBe(3);
  expect(points.map(({ kind }) => kind)).toEqual(
    Array.from({ length: 3 }, () => ['reset', 'half_open']).flat(),
  );
  expect(drawCutPoints(TRAFFIC, { seed: 2, count: 6 })).not.toEqual(
    drawCutPoints(TRAFFIC, { seed: 1, count: 6 }),
  );
});
