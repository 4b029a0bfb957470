import type { CrashReport } from '@datacook/testkit';
import { afterAll, expect, test } from 'vitest';
import { figures } from './figures.js';
import { crashPostgresScene, postgresScenes } from './postgres-scenes.js';

const reports: CrashReport[] = [];

afterAll(() => console.log(figures(reports)));

for (const scene of postgresScenes('duckdb')) {
  test(`${scene.name}, while others write: killed at every boundary, and again in recovery, nothing is lost or doubled`, async () => {
    const report = await crashPostgresScene(scene, { boundaries: 'all', killsInRecovery: true });
    reports.push(report);
    const { wrong, kills, killPoints, boundaries, secondKills } = report;
    expect(wrong).toEqual([]);
    expect(killPoints).toBe(boundaries);
    // Where effects overlap a run may pass a boundary less than the recorded one.
    expect(kills).toBeGreaterThan(boundaries * 0.97);
    expect(secondKills).toBeGreaterThan(boundaries * 0.97);
  });
}
