import { expect, test } from 'vitest';
import { crashFileScene, fileScenes } from './file-scenes.js';

for (const scene of fileScenes('duckdb')) {
  test(`${scene.name}: killed at every boundary, and again in recovery, nothing is lost or doubled`, async () => {
    const { wrong, kills, killPoints, boundaries, secondKills } = await crashFileScene(scene, {
      boundaries: 'all',
      killsInRecovery: true,
    });
    expect(wrong).toEqual([]);
    expect(killPoints).toBe(boundaries);
    // Where effects overlap a run may pass a boundary less than the recorded one.
    expect(kills).toBeGreaterThan(boundaries * 0.97);
    expect(secondKills).toBeGreaterThan(boundaries * 0.97);
  });
}
