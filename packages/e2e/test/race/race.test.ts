import { expect, test } from 'vitest';
import { postgresScene } from '../crash/postgres-scenes.js';
import { raceScene } from './race-scenes.js';

test.concurrent.each([
  ['duckdb', 'append by cursor, first load', 1],
  ['postgres', 'append by cursor, first load', 2],
  ['postgres', 'merge by cursor, first load', 1],
  ['postgres', 'replace, first load', 1],
] as const)(
  'two runs of one recipe started together (postgres > %s, %s): one works, one is refused and names the other, nothing is doubled',
  {
    timeout: 300_000,
  },
  async (to, name, races) => {
    const { wrong, refused } = await raceScene(postgresScene(to, name), { seed: 5, races });
    expect(wrong).toEqual([]);
    expect(refused).toBe(races);
  },
);
