import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { compareContents } from '../../src/crash/compare-contents.js';
import { type ZombieMatrixOptions, zombieMatrix } from '../../src/crash/zombie-matrix.js';

const script = fileURLToPath(new URL('children/fenced-mover.mjs', import.meta.url));
const NUMBERS = [1, 2, 3, 4, 4, 5, 6, 7];

interface Target {
  readonly rows: readonly number[];
  readonly position: number;
}

function read(folder: string): Target {
  return JSON.parse(readFileSync(join(folder, 'target.json'), 'utf8')) as Target;
}

function matrix(how: string, options: Partial<ZombieMatrixOptions> = {}) {
  const lines: string[] = [];
  const report = zombieMatrix({
    name: how,
    seed: 1,
    prepare: async (folder) => writeFileSync(join(folder, 'source.json'), JSON.stringify(NUMBERS)),
    child: { script, args: () => [how] },
    boundaries: 'all',
    begins: /^after lease$/,
    expire: async (folder) => rmSync(join(folder, 'lease'), { force: true }),
    isDone: async (folder) => {
      try {
        return read(folder).position >= NUMBERS.length;
      } catch {
        return false;
      }
    },
    contents: async (folder) => read(folder).rows.map(String),
    check: async (folder) => compareContents(NUMBERS.map(String), read(folder).rows.map(String)).complaints,
    print: (line) => lines.push(line),
    ...options,
  });
  return { report, lines };
}

describe('zombieMatrix', () => {
  test('stops a child at every boundary after it has begun, lets another take over, wakes it, and finds nothing wrong', async () => {
    const { report, lines } = matrix('fenced', {
      boundaries: [1, 2, 5, 7, 9, 10, 11, 99],
      wakesMidway: false,
    });
    const { wrong, ...figures } = await report;
    expect(wrong).toEqual([]);
    // Boundaries 1 and 2 lie before the lease; 10 and 11 after the last write; there is no 99.
    expect(figures).toMatchObject({ boundaries: 11, stopPoints: 6, stops: 5, overtaken: 3, finished: 2 });
    expect(figures).toMatchObject({ labels: 7, labelsStopped: 3, wakesMidway: 0, runs: 1 + 5 * 2 + 1 });
    expect(lines).toEqual([
      expect.stringMatching(/^fenced: stop points 6 of 11, stops 5 .*wrong 0 .*seed 1\)$/),
    ]);
  });

  test('wakes a process while its successor stands still, and runs again where both were fenced', async () => {
    // Stopped right after the lease, it claims when it wakes.
    const { wrong, ...figures } = await matrix('fenced', { boundaries: [3, 5], seed: 5 }).report;
    expect(wrong).toEqual([]);
    expect(figures).toMatchObject({ stops: 4, wakesMidway: 2 });
    expect(figures.overtaken).toBeGreaterThanOrEqual(2);
  });

  test('finds what a process doubles that wakes after it was overtaken', async () => {
    const { report, lines } = matrix('unfenced', { boundaries: [5, 7], wakesMidway: false });
    const { wrong } = await report;
    expect(wrong.map(({ stopAt, label }) => [stopAt, label])).toEqual([
      [5, 'before write'],
      [7, 'before write'],
    ]);
    expect(wrong[0]?.complaints[0]).toMatch(/^it changed what is there: \d rows too many/);
    expect(wrong[0]?.complaints.at(-1)).toMatch(
      /^the one that was overtaken didn't end as such: exit code 0/,
    );
    expect(lines).toHaveLength(3);
    expect(lines[1]).toMatch(/^ {2}stopped at 5 \(before write\): /);
  });

  test('finds what is wrong while both are at work', async () => {
    const { wrong } = await matrix('unfenced', { boundaries: [7] }).report;
    expect(wrong[0]?.wakeAt).toBe(undefined);
    expect(wrong.at(-1)?.wakeLabel).toEqual(expect.any(String));
    expect(wrong.at(-1)?.complaints.join()).toMatch(/too many|lost|didn't end as such/);
  });

  test('finds a process that claims when it wakes, and does not look after its lease', async () => {
    const { wrong } = await matrix('unrenewed', { boundaries: [3], wakesMidway: false }).report;
    expect(wrong[0]?.complaints).toEqual([expect.stringContaining("didn't end as such: exit code 0")]);
  });

  test('says so when one that was overtaken ends as if nothing had been', async () => {
    const { wrong } = await matrix('silent', { boundaries: [5], wakesMidway: false }).report;
    expect(wrong[0]?.complaints).toEqual([expect.stringContaining('exit code 0')]);
  });

  test('says so when a process that takes over fails, and when it is refused', async () => {
    const { wrong } = await matrix('broken', { boundaries: [5], wakesMidway: false }).report;
    expect(wrong[0]?.complaints).toEqual([
      expect.stringMatching(/^the run that takes over failed.*somebody was here/s),
    ]);
    const refused = await matrix('fenced', { boundaries: [5], expire: async () => undefined }).report;
    expect(refused.wrong[0]?.complaints).toEqual([expect.stringContaining('another has the lease')]);
  });

  test('refuses a child that never begins', async () => {
    await expect(matrix('fenced', { begins: /^never$/ }).report).rejects.toThrow(
      'fenced: no boundary is /^never$/',
    );
  });
});
