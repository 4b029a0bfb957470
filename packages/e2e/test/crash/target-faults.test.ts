import { describe, expect, test } from 'vitest';
import { crashFileScene, fileScene } from './file-scenes.js';
import { crashPostgresScene, postgresScene } from './postgres-scenes.js';
import { stopFileScene, stopPostgresScene } from './zombie-scenes.js';

/** The first boundary with such a label. */
function first(label: RegExp) {
  return (trace: readonly string[]): readonly number[] => {
    const index = trace.findIndex((text) => label.test(text));
    return index < 0 ? [] : [index + 1];
  };
}

const HEAD = /^before pg target update .*_datacook_heads" set version = version \+ 0, state/;
const ONCE = { killsInRecovery: false, parallel: 1 } as const;

// Each of these defects is planted in the child. A suite that lets one pass proves nothing.
describe('into Postgres the suite fails where', () => {
  test.concurrent.each([
    ['append of new files', 'too many'],
    ['replace', 'not done, but'],
  ])(
    'the head is written in a transaction of its own (%s)',
    { timeout: 300_000 },
    async (name, complaint) => {
      const options = { ...ONCE, boundaries: lastOnes(HEAD), fault: 'head-apart' };
      const { wrong, kills } = await crashFileScene(fileScene('postgres', name), options);
      expect(kills).toBeGreaterThan(0);
      expect(wrong.flatMap(({ complaints }) => complaints).join()).toContain(complaint);
    },
  );

  test.concurrent('positions are saved before the rows', { timeout: 300_000 }, async () => {
    const scene = fileScene('postgres', 'append of new files');
    const { wrong } = await crashFileScene(scene, {
      ...ONCE,
      boundaries: lastOnes(HEAD),
      fault: 'position-before',
    });
    expect(wrong.flatMap(({ complaints }) => complaints).join()).toContain('lost');
  });

  test.concurrent.each([
    ['the boundary is kept as a set', 'append without key, later load', 'boundary-as-set'],
    ['a publish is repeated', 'merge by cursor, later load', 'publish-repeated'],
  ])('%s', { timeout: 300_000 }, async (_what, name, fault) => {
    const run = crashPostgresScene(postgresScene('postgres', name), { ...ONCE, boundaries: [], fault });
    await expect(run).rejects.toThrow(/after the undisturbed run: .*rows lost/s);
  });

  test.concurrent.each([
    ['the version is not compared', 'version-unchecked', /^before source\.plan$/],
    ['the lease is not renewed after a claim', 'lease-not-renewed', /^before destination\.claim$/],
  ])('%s', { timeout: 300_000 }, async (_what, fault, label) => {
    const scene = postgresScene('postgres', 'append everything without key, first load');
    const options = { boundaries: first(label), wakesMidway: false, parallel: 1, fault };
    const { wrong, stops } = await stopPostgresScene(scene, options);
    expect(stops).toBe(1);
    expect(wrong.flatMap(({ complaints }) => complaints).join()).toMatch(
      /it changed what is there: \d+ rows too many/,
    );
  });

  test.concurrent('prepare is not fenced', { timeout: 300_000 }, async () => {
    const { wrong, stops } = await stopFileScene(fileScene('postgres', 'first merge'), {
      boundaries: first(/^before destination\.prepare$/),
      wakesMidway: (trace) => first(/^after writer\.close$/)(trace)[0]!,
      parallel: 1,
      fault: 'prepare-unfenced',
    });
    expect(stops).toBe(2);
    expect(wrong.find(({ wakeAt }) => wakeAt !== undefined)?.complaints.join()).toContain(
      'the run that takes over failed',
    );
  });
});

/** The last boundaries with such a label: where effects overlap, a run may have another at the same number. */
function lastOnes(label: RegExp) {
  return (trace: readonly string[]): readonly number[] =>
    trace.flatMap((text, index) => (label.test(text) ? [index + 1] : [])).slice(-3);
}

test('the same boundaries without a fault leave nothing wrong', { timeout: 300_000 }, async () => {
  const stop = { wakesMidway: false, parallel: 1 } as const;
  const crashed = await crashFileScene(fileScene('postgres', 'append of new files'), {
    ...ONCE,
    boundaries: lastOnes(HEAD),
  });
  const stopped = await stopPostgresScene(
    postgresScene('postgres', 'append everything without key, first load'),
    {
      ...stop,
      boundaries: (trace) =>
        [/^before source\.plan$/, /^before destination\.claim$/].flatMap((label) => first(label)(trace)),
    },
  );
  const prepared = await stopFileScene(fileScene('postgres', 'first merge'), {
    boundaries: first(/^before destination\.prepare$/),
    wakesMidway: (trace) => first(/^after writer\.close$/)(trace)[0]!,
    parallel: 1,
  });
  expect([crashed.wrong, stopped.wrong, prepared.wrong]).toEqual([[], [], []]);
  expect(crashed.kills).toBeGreaterThan(1);
  expect([stopped.stops, prepared.stops]).toEqual([2, 2]);
});
