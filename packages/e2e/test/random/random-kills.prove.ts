import { afterAll, expect, test } from 'vitest';
import { ofRandomKills, record, recordedTable } from '../proof/figures.js';
import { killAtRandom } from './kill-at-random.js';
import { LARGE_SCENES } from './large-place.js';

const KILLS = 200;

afterAll(() => console.log(recordedTable()));

for (const scene of LARGE_SCENES)
  test(`${scene.name} of a million rows: killed at random moments while others write, nothing is lost or doubled`, async () => {
    const kills = KILLS / LARGE_SCENES.length;
    const report = await killAtRandom(scene, { rows: 1_000_000, kills, seed: 12 });
    record(ofRandomKills(report));
    expect(report.wrong).toEqual([]);
    expect(report.kills).toBe(kills);
  });
