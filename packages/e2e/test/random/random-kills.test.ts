import { expect, test } from 'vitest';
import { killAtRandom } from './kill-at-random.js';
import { LARGE_SCENES } from './large-place.js';

const [APPEND, , , MERGE, REPLACE] = LARGE_SCENES;

test.concurrent.each([
  [APPEND!, 3],
  [MERGE!, 3],
  [REPLACE!, 3],
])(
  '$name: killed at random moments while others write, nothing is lost or doubled',
  { timeout: 300_000 },
  async (scene, kills) => {
    const { wrong } = await killAtRandom(scene, { rows: 20_000, kills, seed: 11 });
    expect(wrong).toEqual([]);
  },
);
