import { expect, test } from 'vitest';
import { crashPostgresScene, postgresScene } from './postgres-scenes.js';

const scene = (name: string) => postgresScene('duckdb', name);

// Each of these defects is planted in the child. A suite that lets one pass proves nothing. These need no crash: the
// writer alone brings them out, so that already the undisturbed run is found wrong.
test.each([
  ['the boundary is kept as a set', 'append without key, later load', 'boundary-as-set'],
  [
    'the watermark is taken after the snapshot',
    'append by watermark, first load',
    'watermark-after-snapshot',
  ],
  ['the watermark is taken after the snapshot', 'merge by watermark, later load', 'watermark-after-snapshot'],
  ['the greatest cursor is taken after the rows', 'append by cursor, first load', 'greatest-after-rows'],
  ['the greatest cursor is taken after the rows', 'merge by cursor, later load', 'greatest-after-rows'],
] as const)('the suite fails where %s (%s)', { timeout: 120_000 }, async (_what, name, fault) => {
  const run = crashPostgresScene(scene(name), { boundaries: [], killsInRecovery: false, parallel: 1, fault });
  await expect(run).rejects.toThrow(/after the undisturbed run: .*rows lost/s);
});

test('the suite fails where positions are saved before the rows', { timeout: 120_000 }, async () => {
  const { wrong, kills } = await crashPostgresScene(scene('append by cursor, first load'), {
    boundaries: (trace) =>
      trace
        .flatMap((label, index) =>
          /^before duckdb UPDATE .*_datacook_heads.* state/.test(label) ? [index + 1] : [],
        )
        .slice(0, 2),
    killsInRecovery: false,
    parallel: 1,
    fault: 'position-before',
  });
  expect(kills).toBe(2);
  expect(wrong.flatMap(({ complaints }) => complaints).join()).toContain('lost');
});
