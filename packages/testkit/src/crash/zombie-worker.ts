import { setTimeout as delay } from 'node:timers/promises';
import { compareContents } from './compare-contents.js';
import {
  type ChildRun,
  describeEnd,
  type Fate,
  type RunningChild,
  readTrace,
  startChild,
} from './run-child.js';
import { secondKill } from './sample.js';
import type { Workplace } from './workplace.js';
import type { ZombieMatrixOptions } from './zombie-matrix.js';
import type { WrongStop } from './zombie-report.js';

/** How long one that woke has for itself before its successor goes on: it may wait for what that one holds. */
const AWAKE_ALONE_MS = 1_500;

/** Boundaries after the stop that a complaint shows. */
const LABELS_SHOWN = 60;

type Stopped = Omit<WrongStop, 'complaints'>;

/** Does trials one after another in a workplace of its own. */
export class ZombieWorker {
  readonly stoppedAt: string[] = [];
  readonly wrong: WrongStop[] = [];
  wokenMidway = 0;
  overtaken = 0;
  finished = 0;
  runs = 0;
  readonly #options: ZombieMatrixOptions;
  readonly #place: Workplace;
  readonly #living = new Set<RunningChild>();
  #traces = 0;

  constructor(options: ZombieMatrixOptions, place: Workplace) {
    this.#options = options;
    this.#place = place;
  }

  async prepare(): Promise<void> {
    await this.#options.prepare(this.#place.folder);
    await this.#place.putAside('prepared');
    await this.#options.outside?.putAside(this.#place.folder, 'prepared');
  }

  /** The undisturbed run. */
  async record(): Promise<readonly string[]> {
    const { name, check } = this.#options;
    await this.#layOut();
    const run = await this.#start({}).ended;
    if (run.code !== 0) throw new Error(`${name}: the undisturbed run failed: ${describeEnd(run)}`);
    const complaints = await check(this.#place.folder, { stopAt: 0 });
    if (complaints.length > 0)
      throw new Error(`${name}: after the undisturbed run: ${complaints.join(' | ')}`);
    return run.trace;
  }

  async tryStop(stopAt: number): Promise<void> {
    const { wakesMidway = true, seed } = this.#options;
    try {
      const trace = await this.#wakeAfterwards(stopAt);
      if (trace === undefined || wakesMidway === false) return;
      const wakeAt = wakesMidway === true ? secondKill(seed, stopAt, trace.length) : wakesMidway(trace);
      await this.#wakeMidway(stopAt, wakeAt);
    } finally {
      // Only after an error of a hook: one that stands still would do so for ever.
      for (const child of this.#living) child.kill();
    }
  }

  // The boundaries that the successor passed; undefined: nobody stood still, or it failed.
  async #wakeAfterwards(stopAt: number): Promise<readonly string[] | undefined> {
    const { folder } = this.#place;
    const zombie = await this.#stop(stopAt);
    if (zombie === undefined) return undefined;
    const { trial, isDone } = zombie;
    const successor = await this.#start({}).ended;
    if (successor.code !== 0) {
      this.#complain(trial, [`the run that takes over failed: ${describeEnd(successor)}`]);
      zombie.child.resume();
      await zombie.child.ended;
      return undefined;
    }
    await this.#examine(trial, () => this.#options.check(folder, trial));
    await this.#examine(trial, async () => {
      const before = await this.#options.contents(folder);
      zombie.child.resume();
      const end = await zombie.child.ended;
      const { complaints } = compareContents(before, await this.#options.contents(folder));
      return [
        ...complaints.map((complaint) => `it changed what is there: ${complaint}`),
        ...this.#judgeEnd(end, trial, isDone),
      ];
    });
    return successor.trace;
  }

  async #wakeMidway(stopAt: number, wakeAt: number): Promise<void> {
    const zombie = await this.#stop(stopAt);
    if (zombie === undefined) return;
    const { folder } = this.#place;
    const tracePath = this.#nextTrace();
    const successor = this.#start({ stopAt: wakeAt }, tracePath);
    const isMidway = await successor.stopped;
    const trial: Stopped = { ...zombie.trial, wakeAt, wakeLabel: readTrace(tracePath).at(-1) ?? '(none)' };
    if (isMidway) this.wokenMidway += 1;
    zombie.child.resume();
    await Promise.race([zombie.child.ended, delay(AWAKE_ALONE_MS, undefined, { ref: false })]);
    successor.resume();
    // One that woke before the other had claimed anything may still do the last of its work.
    const finished = zombie.child.ended.then(async (end) => ({
      end,
      isDone: zombie.isDone || (end.code === 0 && (await this.#options.isDone(folder))),
    }));
    const [{ end, isDone }, run] = await Promise.all([finished, successor.ended]);
    this.#complain(trial, this.#judgeEnd(end, trial, isDone));
    if (run.code !== 0) {
      if (!this.#wasOvertaken(run))
        return this.#complain(trial, [`the run that takes over failed: ${describeEnd(run)}`]);
      const again = await this.#start({}).ended;
      if (again.code !== 0)
        return this.#complain(trial, [`both were overtaken; run again, it failed: ${describeEnd(again)}`]);
    }
    await this.#examine(trial, () => this.#options.check(folder, trial));
  }

  // Runs the child until it stands still at a boundary, and lets others in.
  async #stop(
    stopAt: number,
  ): Promise<
    { readonly child: RunningChild; readonly trial: Stopped; readonly isDone: boolean } | undefined
  > {
    await this.#layOut();
    const { folder } = this.#place;
    const tracePath = this.#nextTrace();
    const child = this.#start({ stopAt, isOvertaken: true }, tracePath);
    if (!(await child.stopped)) {
      const end = await child.ended;
      const trial = { stopAt, label: end.trace.at(-1) ?? '(none)' };
      if (end.code !== 0) this.#complain(trial, [`the run to be stopped failed: ${describeEnd(end)}`]);
      return undefined;
    }
    const trial = { stopAt, label: readTrace(tracePath).at(-1) ?? '(none)' };
    this.stoppedAt.push(trial.label);
    const isDone = await this.#options.isDone(folder);
    await this.#options.expire(folder);
    return { child, trial, isDone };
  }

  #judgeEnd(end: ChildRun, { stopAt }: Stopped, isDone: boolean): readonly string[] {
    if (end.code === 1 && this.#wasOvertaken(end)) {
      this.overtaken += 1;
      return [];
    }
    if (end.code === 0 && isDone) {
      this.finished += 1;
      return [];
    }
    const after = end.trace.slice(stopAt).slice(0, LABELS_SHOWN).join('; ');
    return [`the one that was overtaken didn't end as such: ${describeEnd(end)}; it went on with: ${after}`];
  }

  #wasOvertaken({ output }: ChildRun): boolean {
    return (this.#options.overtaken ?? /^CONFLICT/m).test(output);
  }

  async #layOut(): Promise<void> {
    await this.#place.layOut('prepared');
    await this.#options.outside?.layOut(this.#place.folder, 'prepared');
  }

  async #examine(trial: Stopped, look: () => Promise<readonly string[]>): Promise<void> {
    try {
      this.#complain(trial, await look());
    } catch (error) {
      this.#complain(trial, [`what is there can't be read: ${(error as Error).message}`]);
    }
  }

  #complain(trial: Stopped, complaints: readonly string[]): void {
    if (complaints.length > 0) this.wrong.push({ ...trial, complaints });
  }

  #nextTrace(): string {
    this.#traces += 1;
    return `${this.#place.tracePath}-${this.#traces % 2}`;
  }

  #start(fate: Fate, tracePath = this.#nextTrace()): RunningChild {
    this.runs += 1;
    const child = startChild(this.#options.child, this.#place.folder, tracePath, fate);
    this.#living.add(child);
    const forget = () => this.#living.delete(child);
    child.ended.then(forget, forget);
    return child;
  }
}
