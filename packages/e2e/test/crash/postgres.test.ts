import { sample } from '@datacook/testkit';
import { expect, test } from 'vitest';
import { crashPostgresScene, POSTGRES_SCENES } from './postgres-scenes.js';

/** Kill points of each scene; `npm run prove` takes all. */
const POINTS = 2;

test.each(POSTGRES_SCENES.map((scene, index) => ({ scene, index, name: scene.name })))(
  '$name, while others write: killed at a sample of its boundaries, and again in recovery, nothing is lost or doubled',
  { timeout: 300_000 },
  async ({ scene, index }) => {
    const { wrong, killPoints } = await crashPostgresScene(scene, {
      boundaries: sample(9 + index, POINTS),
      killsInRecovery: true,
    });
    expect(wrong).toEqual([]);
    expect(killPoints).toBe(POINTS);
  },
);
