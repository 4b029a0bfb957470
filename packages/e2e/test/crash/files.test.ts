import { sample } from '@datacook/testkit';
import { expect, test } from 'vitest';
import { crashFileScene, fileScenes } from './file-scenes.js';

/** Kill points of each scene; `npm run prove` takes all. */
const POINTS = 8;

for (const scene of fileScenes('duckdb')) {
  test(`${scene.name}: killed at a sample of its boundaries, and again in recovery, nothing is lost or doubled`, {
    timeout: 300_000,
  }, async () => {
    const { wrong, kills, killPoints, secondKills } = await crashFileScene(scene, {
      boundaries: sample(8, POINTS),
      killsInRecovery: true,
    });
    expect(wrong).toEqual([]);
    expect(kills).toBeGreaterThanOrEqual(killPoints - 1);
    expect(secondKills).toBeGreaterThanOrEqual(killPoints - 1);
  });
}
