import { sample } from '@datacook/testkit';
import { afterAll, expect, test } from 'vitest';
import { ofCrash, record, recordedTable } from '../proof/figures.js';
import { crashPostgresScene, postgresScenes } from './postgres-scenes.js';

/** Kill points of each scene. No two runs are alike: some may end before the boundary. */
const POINTS = 20;

afterAll(() => console.log(recordedTable()));

for (const scene of [...postgresScenes('duckdb'), ...postgresScenes('postgres')]) {
  test(`${scene.name}, beside a writer that goes by itself: killed at a sample of boundaries, and again in recovery, nothing is lost or doubled`, async () => {
    const report = await crashPostgresScene(scene, {
      boundaries: sample(3, POINTS),
      killsInRecovery: true,
      isFree: true,
    });
    record(ofCrash(report));
    expect(report.wrong).toEqual([]);
    expect(report.kills).toBeGreaterThan(POINTS / 2);
  });
}
