import { type ChildProgram, type ChildRun, type Fate, startChild } from './run-child.js';

/** How one of several that started together ended. */
export interface Racer {
  readonly pid: number;
  readonly run: ChildRun;
}

/**
 * Runs a command several times at once in one folder: each process stands still at a boundary near its start, and when
 * all do they go on at the same moment.
 *
 * @param startAt For each process, the number of that boundary, from 1. One that ends before it does not stand still.
 */
export async function race(
  program: ChildProgram,
  folder: string,
  startAt: readonly number[],
): Promise<readonly Racer[]> {
  const children = startAt.map((stopAt, index) =>
    startChild(program, folder, `${folder}.trace-${index}`, { stopAt }),
  );
  try {
    await Promise.all(children.map(({ stopped }) => stopped));
    for (const child of children) child.resume();
    return await Promise.all(children.map(async ({ pid, ended }) => ({ pid, run: await ended })));
  } finally {
    for (const child of children) child.kill();
  }
}

/** Runs a command once, alone: to its end, or until it is killed from outside, so long after its first boundary. */
export function runAlone(
  program: ChildProgram,
  folder: string,
  killed: Pick<Fate, 'killAfterMs'> = {},
): Promise<ChildRun> {
  return startChild(program, folder, `${folder}.trace`, killed).ended;
}
