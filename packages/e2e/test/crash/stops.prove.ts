import type { ZombieReport } from '@datacook/testkit';
import { afterAll, expect, test } from 'vitest';
import { ofStops, record, recordedTable } from '../proof/figures.js';
import { fileScenes } from './file-scenes.js';
import { postgresScenes } from './postgres-scenes.js';
import { stopFileScene, stopPostgresScene } from './zombie-scenes.js';

afterAll(() => console.log(recordedTable()));

function judge(report: ZombieReport): void {
  record(ofStops(report));
  expect(report.wrong).toEqual([]);
  // Each one wakes after the other's end, and once more while that stands still.
  expect(report.stops).toBeGreaterThan(report.stopPoints * 2 * 0.95);
}

for (const scene of fileScenes('postgres'))
  test(`${scene.name}: stopped at every boundary and overtaken, it changes nothing when it wakes`, async () => {
    judge(await stopFileScene(scene, { boundaries: 'all' }));
  });

for (const scene of postgresScenes('postgres'))
  test(`${scene.name}, while others write: stopped at every boundary and overtaken, it changes nothing when it wakes`, async () => {
    judge(await stopPostgresScene(scene, { boundaries: 'all' }));
  });
