import { sample } from '@datacook/testkit';
import { expect, test } from 'vitest';
import { crashPostgresScene, postgresScene, postgresScenes } from './postgres-scenes.js';

/** Kill points of each scene; `npm run prove` takes all. */
const POINTS = 1;

/** Into Postgres every second one: a first load of one mode, a later one of the next. */
const SCENES = [
  ...postgresScenes('duckdb'),
  ...postgresScenes('postgres').filter((_, index) => index % 4 === 0 || index % 4 === 3),
];

for (const [index, scene] of SCENES.entries()) {
  test.concurrent(`${scene.name}, while others write: killed at a sample of its boundaries, and again in recovery, nothing is lost or doubled`, {
    timeout: 300_000,
  }, async () => {
    const { wrong, killPoints } = await crashPostgresScene(scene, {
      boundaries: sample(9 + index, POINTS),
      killsInRecovery: true,
      parallel: POINTS,
    });
    expect(wrong).toEqual([]);
    expect(killPoints).toBe(POINTS);
  });
}

test.each([
  { name: 'append by cursor, first load', parts: 'keys', commits: 3 },
  // What nothing survives is committed once.
  { name: 'append everything without key, first load', parts: 'blocks', commits: 1 },
])('the scene $name reads several ranges of $parts', { timeout: 120_000 }, async ({ name, commits }) => {
  let labels: readonly string[] = [];
  await crashPostgresScene(postgresScene('duckdb', name), {
    boundaries: (trace) => {
      labels = trace;
      return [];
    },
    killsInRecovery: false,
    parallel: 1,
  });
  const count = (label: string) => labels.filter((each) => each === label).length;
  expect(count('before pg CopyQuery')).toBeGreaterThanOrEqual(3);
  expect(count('before writer.write')).toBeGreaterThanOrEqual(9);
  expect(count('before writer.commit')).toBeGreaterThanOrEqual(commits);
  expect(commits > 1 || count('before writer.commit') === 1).toBe(true);
});
