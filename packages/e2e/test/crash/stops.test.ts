import { sample } from '@datacook/testkit';
import { expect, test } from 'vitest';
import { fileScene } from './file-scenes.js';
import { postgresScene } from './postgres-scenes.js';
import { stopFileScene, stopPostgresScene } from './zombie-scenes.js';

/** Stop points of each scene; `npm run prove` takes all. A sample may also name one before the run has begun. */
const POINTS = 2;

const options = (seed: number) => ({ boundaries: sample(seed, POINTS), parallel: POINTS });

test.concurrent.each([
  ['first append', 1],
  ['merge of new files', 2],
  ['replace', 3],
])(
  'file > postgres, %s: stopped at a sample of its boundaries and overtaken, it changes nothing when it wakes',
  {
    timeout: 300_000,
  },
  async (name, seed) => {
    const { wrong, stops } = await stopFileScene(fileScene('postgres', name), options(seed));
    expect(wrong).toEqual([]);
    expect(stops).toBeGreaterThan(0);
  },
);

test.concurrent.each([
  ['append everything without key, first load', 4],
  ['merge by watermark, later load', 5],
])(
  'postgres > postgres, %s, while others write: stopped at a sample of its boundaries and overtaken, it changes nothing when it wakes',
  {
    timeout: 300_000,
  },
  async (name, seed) => {
    const { wrong, stops } = await stopPostgresScene(postgresScene('postgres', name), options(seed));
    expect(wrong).toEqual([]);
    expect(stops).toBeGreaterThan(0);
  },
);
