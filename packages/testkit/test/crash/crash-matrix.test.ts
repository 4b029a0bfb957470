import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type CrashMatrixOptions, crashMatrix } from '../../src/crash/crash-matrix.js';
import { sample } from '../../src/crash/sample.js';

const script = fileURLToPath(new URL('children/mover.mjs', import.meta.url));

function matrix(how: string, options: Partial<CrashMatrixOptions> = {}, hasContents = true) {
  const lines: string[] = [];
  const report = crashMatrix({
    name: how,
    seed: 1,
    prepare: async (folder) => writeFileSync(join(folder, 'source.json'), '[1,2,3,4,4,5,6,7]'),
    child: { script, args: () => [how] },
    boundaries: 'all',
    killsInRecovery: false,
    ...(hasContents && { contents: contentsOf }),
    print: (line) => lines.push(line),
    ...options,
  });
  return { report, lines };
}

async function contentsOf(folder: string): Promise<readonly string[]> {
  const { rows } = JSON.parse(readFileSync(join(folder, 'target.json'), 'utf8')) as { rows: number[] };
  return rows.map(String);
}

describe('crashMatrix', () => {
  test('kills a child at every boundary, and again in its recovery, and finds nothing wrong', async () => {
    const { report, lines } = matrix('together', { killsInRecovery: true });
    const { wrong, ...figures } = await report;
    expect(wrong).toEqual([]);
    // 3 renames and the end; each trial: the kill, its recovery, the recovery killed, and the last run.
    expect(figures).toMatchObject({
      boundaries: 7,
      killPoints: 7,
      kills: 7,
      secondKills: 7,
      runs: 1 + 7 * 4,
    });
    expect(figures).toMatchObject({ labels: 3, labelsKilled: 3 });
    expect(lines).toEqual([
      expect.stringMatching(/^together: kill points 7 of 7, kills 7, second kills 7, wrong 0 .*seed 1\)$/),
    ]);
  });

  test('finds rows that a crash between rows and position doubles', async () => {
    const { report, lines } = matrix('rows-first');
    const { wrong } = await report;
    // After the rename of the rows and before that of the position, three times each.
    expect(wrong.map(({ killAt }) => killAt)).toEqual([2, 3, 6, 7, 10, 11]);
    expect(wrong[0]?.complaints).toEqual([expect.stringMatching(/^3 rows too many: 1 \(2 instead of 1\)/)]);
    expect(wrong[0]?.label).toBe('after rename target.json');
    expect(lines).toHaveLength(1 + wrong.length);
  });

  test('finds rows that a crash between position and rows loses', async () => {
    const { wrong } = await matrix('position-first', { boundaries: [2, 3, 4] }).report;
    expect(wrong.map(({ killAt }) => killAt)).toEqual([2, 3]);
    expect(wrong[0]?.complaints).toEqual([expect.stringMatching(/^3 rows lost: 1 \(0 instead of 1\)/)]);
  });

  test('finds what only a second kill brings about', async () => {
    const { wrong } = await matrix('rows-first', { boundaries: [1], killsInRecovery: true, seed: 6 }).report;
    expect(wrong).toEqual([expect.objectContaining({ killAt: 1, secondLabel: 'after rename target.json' })]);
  });

  test('says so when the same command, run again, fails', async () => {
    const { wrong } = await matrix('stubborn', { boundaries: [2] }).report;
    expect(wrong[0]?.complaints).toEqual([expect.stringContaining('there is something already')]);
  });

  test('counts as a kill only what died at the chosen boundary', async () => {
    const { kills, killPoints, wrong } = await matrix('together', { boundaries: [3, 99] }).report;
    expect({ kills, killPoints, wrong }).toEqual({ kills: 1, killPoints: 2, wrong: [] });
  });

  test('takes a sample, lets something be lost between crash and recovery, and adds complaints of its own', async () => {
    const seen: string[] = [];
    const { killPoints, wrong } = await matrix('together', {
      boundaries: sample(3, 2),
      killsInRecovery: true,
      afterCrash: async (folder, { secondKillAt }) => {
        seen.push(dirname(folder));
        if (secondKillAt === undefined) rmSync(join(folder, 'target.json'), { force: true });
      },
      check: async (folder, { killAt }) => {
        expect(existsSync(join(folder, 'target.json'))).toBe(true);
        return killAt === 0 ? [] : ['not nice'];
      },
    }).report;
    expect(killPoints).toBe(2);
    expect(seen).toHaveLength(4);
    expect(wrong.map(({ complaints }) => complaints)).toEqual(Array.from({ length: 4 }, () => ['not nice']));
  });

  test('looks at what a crash has left, and kills at boundaries that are chosen by their labels', async () => {
    const { wrong, killPoints } = await matrix('together', {
      boundaries: (trace) => trace.flatMap((label, index) => (label === 'done' ? [index + 1] : [])),
      killsInRecovery: true,
      checkCrashed: async (folder, { secondKillAt }) => {
        const { rows } = JSON.parse(readFileSync(join(folder, 'target.json'), 'utf8')) as { rows: number[] };
        return [`${rows.length} rows after ${secondKillAt === undefined ? 'one kill' : 'two'}`];
      },
    }).report;
    expect(killPoints).toBe(1);
    expect(wrong.map(({ complaints }) => complaints)).toEqual([
      ['8 rows after one kill'],
      ['8 rows after two'],
    ]);
  });

  test('keeps what lies outside the folder and lays it out with it; without contents, only check judges', async () => {
    const steps: string[] = [];
    const options: Partial<CrashMatrixOptions> = {
      boundaries: [2],
      killsInRecovery: true,
      parallel: 1,
      outside: {
        putAside: async (_, name) => void steps.push(`put aside ${name}`),
        layOut: async (_, name) => void steps.push(`lay out ${name}`),
      },
      afterCrash: async () => void steps.push('crash'),
      check: async () => {
        steps.push('check');
        return [];
      },
    };
    const { wrong } = await matrix('rows-first', options, false).report;
    expect(wrong).toEqual([]);
    const crashes = ['put aside crashed', 'crash', 'check', 'lay out crashed', 'crash', 'check'];
    const prepared = ['put aside prepared', 'lay out prepared', 'check', 'lay out prepared'];
    expect(steps).toEqual([...prepared, ...crashes]);
  });

  test('refuses a child that has no boundaries, or fails by itself', async () => {
    await expect(matrix('silent').report).rejects.toThrow(
      'silent: the child has no boundaries: it must call childBoundaries',
    );
    await expect(matrix('together', { prepare: async () => undefined }).report).rejects.toThrow(
      /the undisturbed run failed: exit code 1/,
    );
  });
});
