import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareContents } from './compare-contents.js';
import { type CrashReport, crashSummary, describeWrong, type Wrong } from './crash-report.js';
import { type ChildProgram, type ChildRun, describeEnd, runChild } from './run-child.js';
import { type Boundaries, pointsOf, secondKill } from './sample.js';
import { Workplace } from './workplace.js';

/** One trial, as its hooks see it. */
export interface Trial {
  /** The boundary of the first kill. */
  readonly killAt: number;
  /** The boundary of the second kill; absent where the first recovery is left alone. */
  readonly secondKillAt?: number;
}

/** What the child works on outside its folder, as a database: kept and laid out together with the folder. */
export interface Outside {
  /** Keeps what is there under a name, in the place of what that name meant before. */
  readonly putAside: (folder: string, name: string) => Promise<void>;
  /** Brings back what was kept under a name. Nobody works on it any more, but remains of a killed process may. */
  readonly layOut: (folder: string, name: string) => Promise<void>;
}

export interface CrashMatrixOptions {
  /** Begins the line that is printed. */
  readonly name: string;
  readonly seed: number;
  /** Puts into an empty folder what the child works on. Called once for each process that works side by side. */
  readonly prepare: (folder: string) => Promise<void>;
  /** Calls `childBoundaries`; the same command again finishes what was cut short. */
  readonly child: ChildProgram;
  /** Where the first kill falls. */
  readonly boundaries: Boundaries;
  /** Also kill each recovery once, at a seeded boundary of its own. */
  readonly killsInRecovery: boolean;
  /**
   * All rows that the last run left, each as one text made by the system's own means: they must be those of the
   * undisturbed run. Absent where runs differ, as beside a live writer; then `check` has to compare.
   */
  readonly contents?: (folder: string) => Promise<readonly string[]>;
  readonly outside?: Outside;
  /** What is wrong with what a crash has left, as others see it before the recovery: sentences. Changes nothing. */
  readonly checkCrashed?: (folder: string, trial: Trial) => Promise<readonly string[]>;
  /** What else is wrong after the last run: sentences. */
  readonly check?: (folder: string, trial: Trial) => Promise<readonly string[]>;
  /** Does something between the crash and its recovery, as losing a folder. */
  readonly afterCrash?: (folder: string, trial: Trial) => Promise<void>;
  /** Trials side by side. Default 2. */
  readonly parallel?: number;
  /** Default: prints it. */
  readonly print?: (line: string) => void;
}

/**
 * Runs the child once undisturbed and records its boundaries; then, for each chosen one, in a fresh folder: kills it
 * there, runs it again to its end, and compares what is there with what the undisturbed run brought. With
 * `killsInRecovery` also: the same crash, the recovery killed in turn, and run again to its end. Every recovery that
 * isn't killed must end with 0 at the first try.
 *
 * Prints the seed and the figures, and each wrong trial. Any trial is repeated by its number: `boundaries: [57]`.
 *
 * @throws Error if the undisturbed run fails, or has no boundaries.
 */
export async function crashMatrix(options: CrashMatrixOptions): Promise<CrashReport> {
  const print = options.print ?? ((line: string) => console.log(line));
  const root = mkdtempSync(join(tmpdir(), 'datacook-crash-'));
  try {
    const workers = Array.from(
      { length: options.parallel ?? 2 },
      (_, index) => new CrashWorker(options, new Workplace(join(root, String(index)))),
    );
    await Promise.all(workers.map((worker) => worker.prepare()));
    const [first] = workers as [CrashWorker, ...CrashWorker[]];
    const { trace, contents } = await first.record();
    const points = [...pointsOf(options.boundaries, trace)];
    const { length } = points;
    const queue = points.values();
    await Promise.all(
      workers.map(async (worker) => {
        for (const killAt of queue) await worker.tryKill(killAt, contents);
      }),
    );
    const report = summarise(options, trace, length, workers);
    print(crashSummary(report));
    for (const wrong of report.wrong) print(`  ${describeWrong(wrong)}`);
    return report;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

function summarise(
  { name, seed }: CrashMatrixOptions,
  trace: readonly string[],
  killPoints: number,
  workers: readonly CrashWorker[],
): CrashReport {
  const kills = workers.flatMap((worker) => worker.killedAt);
  const secondKills = workers.flatMap((worker) => worker.killedInRecoveryAt);
  return {
    name,
    seed,
    boundaries: trace.length,
    killPoints,
    kills: kills.length,
    secondKills: secondKills.length,
    labels: new Set(trace).size,
    labelsKilled: new Set(kills).size,
    labelsKilledInRecovery: new Set(secondKills).size,
    runs: workers.reduce((sum, worker) => sum + worker.runs, 0),
    wrong: workers.flatMap((worker) => worker.wrong).sort((a, b) => a.killAt - b.killAt),
  };
}

/** Does trials one after another in a workplace of its own. */
class CrashWorker {
  readonly killedAt: string[] = [];
  readonly killedInRecoveryAt: string[] = [];
  readonly wrong: Wrong[] = [];
  runs = 0;
  readonly #options: CrashMatrixOptions;
  readonly #place: Workplace;

  constructor(options: CrashMatrixOptions, place: Workplace) {
    this.#options = options;
    this.#place = place;
  }

  async prepare(): Promise<void> {
    await this.#options.prepare(this.#place.folder);
    await this.#putAside('prepared');
  }

  /** The undisturbed run. */
  async record(): Promise<{ readonly trace: readonly string[]; readonly contents: readonly string[] }> {
    const { name } = this.#options;
    // As every trial will find it.
    await this.#layOut('prepared');
    const run = await this.#run(undefined);
    if (run.code !== 0) throw new Error(`${name}: the undisturbed run failed: ${describeEnd(run)}`);
    if (run.trace.length === 0)
      throw new Error(`${name}: the child has no boundaries: it must call childBoundaries`);
    const contents = (await this.#options.contents?.(this.#place.folder)) ?? [];
    const complaints = (await this.#options.check?.(this.#place.folder, { killAt: 0 })) ?? [];
    if (complaints.length > 0)
      throw new Error(`${name}: after the undisturbed run: ${complaints.join(' | ')}`);
    return { trace: run.trace, contents };
  }

  async tryKill(killAt: number, expected: readonly string[]): Promise<void> {
    const { seed, killsInRecovery } = this.#options;
    await this.#layOut('prepared');
    const run = await this.#run(killAt);
    const trial = { killAt, label: run.trace.at(-1) ?? '(none)' };
    if (!isKilledAt(run, killAt)) return this.#judgeUnkilled(trial, run, expected);
    this.killedAt.push(trial.label);
    if (killsInRecovery) await this.#putAside('crashed');
    await this.#lookAtCrash(trial);

    const recovery = await this.#recover(trial, trial, expected);
    if (!killsInRecovery || recovery === undefined) return;
    await this.#layOut('crashed');
    const secondKillAt = secondKill(seed, killAt, recovery.trace.length);
    await this.#options.afterCrash?.(this.#place.folder, { killAt, secondKillAt });
    const second = await this.#run(secondKillAt);
    const both = { ...trial, secondKillAt, secondLabel: second.trace.at(-1) ?? '(none)' };
    if (!isKilledAt(second, secondKillAt)) return this.#judgeUnkilled(both, second, expected);
    this.killedInRecoveryAt.push(both.secondLabel);
    await this.#lookAtCrash(both);
    await this.#recover(both, undefined, expected);
  }

  async #putAside(name: string): Promise<void> {
    await this.#place.putAside(name);
    await this.#options.outside?.putAside(this.#place.folder, name);
  }

  async #layOut(name: string): Promise<void> {
    await this.#place.layOut(name);
    await this.#options.outside?.layOut(this.#place.folder, name);
  }

  async #lookAtCrash(trial: Omit<Wrong, 'complaints'>): Promise<void> {
    const { checkCrashed } = this.#options;
    await this.#examine(trial, async () => (await checkCrashed?.(this.#place.folder, trial)) ?? []);
  }

  // Runs the child to its end and compares. `crashed` is the trial whose crash is recovered from just now.
  async #recover(
    trial: Omit<Wrong, 'complaints'>,
    crashed: Trial | undefined,
    expected: readonly string[],
  ): Promise<ChildRun | undefined> {
    if (crashed) await this.#options.afterCrash?.(this.#place.folder, { killAt: crashed.killAt });
    const run = await this.#run(undefined);
    if (run.code !== 0) {
      this.#complain(trial, [`run again, it failed: ${describeEnd(run)}`]);
      return undefined;
    }
    await this.#judge(trial, expected);
    return run;
  }

  // It passed fewer boundaries than the recorded run did, and came to its end.
  async #judgeUnkilled(
    trial: Omit<Wrong, 'complaints'>,
    run: ChildRun,
    expected: readonly string[],
  ): Promise<void> {
    if (run.code === 0) await this.#judge(trial, expected);
    else this.#complain(trial, [`the run to be killed failed: ${describeEnd(run)}`]);
  }

  async #judge(trial: Omit<Wrong, 'complaints'>, expected: readonly string[]): Promise<void> {
    const { contents, check } = this.#options;
    const { folder } = this.#place;
    await this.#examine(trial, async () => {
      const differences = contents ? compareContents(expected, await contents(folder)).complaints : [];
      return [...differences, ...((await check?.(folder, trial)) ?? [])];
    });
  }

  async #examine(trial: Omit<Wrong, 'complaints'>, look: () => Promise<readonly string[]>): Promise<void> {
    try {
      this.#complain(trial, await look());
    } catch (error) {
      this.#complain(trial, [`what is there can't be read: ${(error as Error).message}`]);
    }
  }

  #complain(trial: Omit<Wrong, 'complaints'>, complaints: readonly string[]): void {
    if (complaints.length > 0) this.wrong.push({ ...trial, complaints });
  }

  #run(killAt: number | undefined): Promise<ChildRun> {
    this.runs += 1;
    return runChild(this.#options.child, this.#place.folder, this.#place.tracePath, {
      ...(killAt === undefined ? {} : { killAt }),
    });
  }
}

function isKilledAt(run: ChildRun, killAt: number): boolean {
  return run.signal === 'SIGKILL' && !run.timedOut && run.trace.length === killAt;
}
