import { afterAll, expect, test } from 'vitest';
import { postgresScene } from '../crash/postgres-scenes.js';
import { ofRaces, record, recordedTable } from '../proof/figures.js';
import { raceScene } from './race-scenes.js';

afterAll(() => console.log(recordedTable()));

test.each([
  ['duckdb', 'append by cursor, first load', 10],
  ['duckdb', 'replace, first load', 5],
  ['postgres', 'append by cursor, first load', 15],
  ['postgres', 'merge by cursor, first load', 10],
  ['postgres', 'replace, first load', 10],
] as const)(
  'two runs of one recipe started together (postgres > %s, %s), %i times: one works, one is refused and names the other, nothing is doubled',
  async (to, name, races) => {
    const report = await raceScene(postgresScene(to, name), { seed: 50, races });
    const { wrong, refused } = report;
    record(ofRaces(report));
    expect(wrong).toEqual([]);
    expect(refused).toBe(races);
  },
);
