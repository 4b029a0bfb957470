import type { CrashReport } from '@datacook/testkit';
import { afterAll, expect, test } from 'vitest';
import { ofCrash, record, recordedTable } from '../proof/figures.js';
import { crashFileScene, fileScenes } from './file-scenes.js';
import { crashPostgresScene, postgresScenes } from './postgres-scenes.js';
import type { TargetSystem } from './targets/target.js';

const TARGETS: readonly TargetSystem[] = ['duckdb', 'postgres'];
const EVERYWHERE = { boundaries: 'all', killsInRecovery: true } as const;

afterAll(() => console.log(recordedTable()));

function judge(report: CrashReport): void {
  record(ofCrash(report));
  const { wrong, kills, killPoints, boundaries, secondKills } = report;
  expect(wrong).toEqual([]);
  expect(killPoints).toBe(boundaries);
  // Where effects overlap a run may pass a boundary less than the recorded one.
  expect(kills).toBeGreaterThan(boundaries * 0.97);
  expect(secondKills).toBeGreaterThan(boundaries * 0.97);
}

for (const scene of TARGETS.flatMap(fileScenes))
  test(`${scene.name}: killed at every boundary, and again in recovery, nothing is lost or doubled`, async () => {
    judge(await crashFileScene(scene, EVERYWHERE));
  });

for (const scene of TARGETS.flatMap(postgresScenes))
  test(`${scene.name}, while others write: killed at every boundary, and again in recovery, nothing is lost or doubled`, async () => {
    judge(await crashPostgresScene(scene, EVERYWHERE));
  });
