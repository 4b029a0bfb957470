import { sample } from '@datacook/testkit';
import { expect, test } from 'vitest';
import { crashFileScene, type FileScene, fileScenes } from './file-scenes.js';

/** Kill points of each scene; `npm run prove` takes all. */
const CASES: readonly (readonly [FileScene, number])[] = [
  ...fileScenes('duckdb').map((scene) => [scene, scene.mode === 'merge' ? 3 : 6] as const),
  ...fileScenes('postgres').map((scene) => [scene, 3] as const),
];

for (const [scene, points] of CASES) {
  test(`${scene.name}: killed at a sample of its boundaries, and again in recovery, nothing is lost or doubled`, {
    timeout: 300_000,
  }, async () => {
    const { wrong, kills, killPoints, secondKills } = await crashFileScene(scene, {
      boundaries: sample(8, points),
      killsInRecovery: true,
    });
    expect(wrong).toEqual([]);
    expect(kills).toBeGreaterThanOrEqual(killPoints - 1);
    expect(secondKills).toBeGreaterThanOrEqual(killPoints - 1);
  });
}
