import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Outside } from './crash-matrix.js';
import type { ChildProgram } from './run-child.js';
import { type Boundaries, pointsOf } from './sample.js';
import { Workplace } from './workplace.js';
import { describeWrongStop, type ZombieReport, zombieSummary } from './zombie-report.js';
import { ZombieWorker } from './zombie-worker.js';

/** One trial, as its hooks see it. */
export interface StopTrial {
  /** The boundary at which the first process stands still. 0: nobody does. */
  readonly stopAt: number;
  /** The boundary of its successor at which the first one wakes; absent: after the end. */
  readonly wakeAt?: number;
}

export interface ZombieMatrixOptions {
  /** Begins the line that is printed. */
  readonly name: string;
  readonly seed: number;
  /** Puts into an empty folder what the child works on. Called once for each trial that works side by side. */
  readonly prepare: (folder: string) => Promise<void>;
  /** Calls `childBoundaries`; prints a line that `overtaken` knows when it ends because of another run. */
  readonly child: ChildProgram;
  /** Where the first process stands still. */
  readonly boundaries: Boundaries;
  /** Known when the process has begun: whoever stands still before this boundary is merely a later run, and left out. */
  readonly begins: RegExp;
  /** Makes a successor be let in, although the first process still lives, as when its lease ends. */
  readonly expire: (folder: string) => Promise<void>;
  /**
   * Whether all that the first process has to do is done. Asked when it stands still, and again where it goes on beside
   * the other and ends with 0: only then may it.
   */
  readonly isDone: (folder: string) => Promise<boolean>;
  /** All that is there, each thing as one text: the one that was overtaken must change nothing of it. */
  readonly contents: (folder: string) => Promise<readonly string[]>;
  /** What is wrong after the successor's run: sentences. */
  readonly check: (folder: string, trial: StopTrial) => Promise<readonly string[]>;
  readonly outside?: Outside;
  /** What a process prints that was overtaken. Default: a line that begins with `CONFLICT`. */
  readonly overtaken?: RegExp;
  /**
   * Also wake each one while its successor stands still: at a seeded boundary (true, the default), or at the one that
   * is chosen from the successor's trace, from 1.
   */
  readonly wakesMidway?: boolean | ((trace: readonly string[]) => number);
  /** Trials side by side. Default 2. */
  readonly parallel?: number;
  /** Default: prints it. */
  readonly print?: (line: string) => void;
}

/**
 * Runs the child once undisturbed and records its boundaries; then, for each chosen one, in a fresh folder: stops it
 * there by SIGSTOP, runs another process of the same command to its end, and looks at what is there; then lets the
 * first go on, which must change nothing and end with 1, saying that it was overtaken, unless it had nothing left to
 * do. With `wakesMidway` also: the first goes on while the other stands still in its middle. Then the other must
 * succeed, or the two have fenced each other, and the same command run again must.
 *
 * Prints the seed and the figures, and each wrong trial. Any trial is repeated by its number: `boundaries: [57]`.
 *
 * @throws Error if the undisturbed run fails, or has no boundaries.
 */
export async function zombieMatrix(options: ZombieMatrixOptions): Promise<ZombieReport> {
  const print = options.print ?? ((line: string) => console.log(line));
  const root = mkdtempSync(join(tmpdir(), 'datacook-zombies-'));
  try {
    const workers = Array.from(
      { length: options.parallel ?? 2 },
      (_, index) => new ZombieWorker(options, new Workplace(join(root, String(index)))),
    );
    await Promise.all(workers.map((worker) => worker.prepare()));
    const [first] = workers as [ZombieWorker, ...ZombieWorker[]];
    const trace = await first.record();
    const begun = trace.findIndex((label) => options.begins.test(label)) + 1;
    if (begun === 0) throw new Error(`${options.name}: no boundary is ${options.begins}`);
    const points = pointsOf(options.boundaries, trace).filter((number) => number >= begun);
    const queue = points.values();
    await Promise.all(
      workers.map(async (worker) => {
        for (const stopAt of queue) await worker.tryStop(stopAt);
      }),
    );
    const report = summarise(options, trace, points.length, workers);
    print(zombieSummary(report));
    for (const wrong of report.wrong) print(`  ${describeWrongStop(wrong)}`);
    return report;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function summarise(
  { name, seed }: ZombieMatrixOptions,
  trace: readonly string[],
  stopPoints: number,
  workers: readonly ZombieWorker[],
): ZombieReport {
  const sum = (count: (worker: ZombieWorker) => number) =>
    workers.reduce((total, worker) => total + count(worker), 0);
  const stoppedAt = workers.flatMap((worker) => worker.stoppedAt);
  return {
    name,
    seed,
    boundaries: trace.length,
    stopPoints,
    stops: stoppedAt.length,
    wakesMidway: sum((worker) => worker.wokenMidway),
    overtaken: sum((worker) => worker.overtaken),
    finished: sum((worker) => worker.finished),
    labels: new Set(trace).size,
    labelsStopped: new Set(stoppedAt).size,
    runs: sum((worker) => worker.runs),
    wrong: workers.flatMap((worker) => worker.wrong).sort((a, b) => a.stopAt - b.stopAt),
  };
}
