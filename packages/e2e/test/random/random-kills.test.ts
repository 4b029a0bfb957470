import { expect, test } from 'vitest';
import { killAtRandom } from './kill-at-random.js';
import { LARGE_SCENES } from './large-place.js';

const [APPEND, , , MERGE, REPLACE] = LARGE_SCENES;

for (const scene of [APPEND!, MERGE!, REPLACE!])
  test.concurrent(`${scene.name}: killed at random moments while others write, nothing is lost or doubled`, {
    timeout: 300_000,
  }, async () => {
    const { wrong } = await killAtRandom(scene, { rows: 20_000, kills: 3, seed: 11 });
    expect(wrong).toEqual([]);
  });
