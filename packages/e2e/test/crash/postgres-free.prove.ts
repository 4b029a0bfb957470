import { sample } from '@datacook/testkit';
import { expect, test } from 'vitest';
import { crashPostgresScene, postgresScenes } from './postgres-scenes.js';

/** Kill points of each scene. No two runs are alike: some may end before the boundary. */
const POINTS = 20;

for (const scene of postgresScenes('duckdb')) {
  test(`${scene.name}, beside a writer that goes by itself: killed at a sample of boundaries, and again in recovery, nothing is lost or doubled`, async () => {
    const { wrong, kills } = await crashPostgresScene(scene, {
      boundaries: sample(3, POINTS),
      killsInRecovery: true,
      isFree: true,
    });
    expect(wrong).toEqual([]);
    expect(kills).toBeGreaterThan(POINTS / 2);
  });
}
