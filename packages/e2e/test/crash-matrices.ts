import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RunReport } from '@datacook/engine';
import { LocalStateBackend } from '@datacook/state-local';
import {
  type CrashMatrixOptions,
  type CrashReport,
  compareContents,
  crashMatrix,
  type Trial,
} from '@datacook/testkit';
import { type HeadStateLike, readCrashed, readDatabase, readSource } from './crash-database.js';
import {
  CHILD,
  FIRST_FILES,
  LATER_FILES,
  runUndisturbed,
  writeFirstFiles,
  writeLaterFiles,
  writeRecipe,
} from './crash-workload.js';

const SEED = 8;

/** What is loaded, and into what. */
export interface Scene {
  readonly name: string;
  readonly mode: 'append' | 'replace';
  /** The first files are loaded before anybody is killed. */
  readonly loadedBefore: boolean;
  readonly fullRefresh?: boolean;
}

export const SCENES: readonly Scene[] = [
  { name: 'file > duckdb, first append', mode: 'append', loadedBefore: false },
  { name: 'file > duckdb, append of new files', mode: 'append', loadedBefore: true },
  { name: 'file > duckdb, replace', mode: 'replace', loadedBefore: true },
  { name: 'file > duckdb, full refresh', mode: 'append', loadedBefore: true, fullRefresh: true },
];

/** Kills the runs of a scene; see `crashMatrix`. */
export async function crashScene(
  scene: Scene,
  options: Pick<CrashMatrixOptions, 'boundaries' | 'killsInRecovery'> & { readonly fault?: string },
): Promise<CrashReport> {
  const { boundaries, killsInRecovery, fault } = options;
  const judge = new Judge(scene);
  const args = ['recipe.yaml'];
  if (scene.fullRefresh) args.push('--full-refresh');
  // After a replace a further run would hide what is wrong.
  if (scene.mode === 'append') args.push('--again');
  if (fault !== undefined) args.push(`--fault=${fault}`);
  return crashMatrix({
    name: fault === undefined ? scene.name : `${scene.name}, planted fault ${fault}`,
    seed: SEED,
    boundaries,
    killsInRecovery,
    child: { script: CHILD, args: () => args },
    prepare: async (folder) => {
      writeRecipe(folder, scene.mode);
      writeFirstFiles(folder);
      if (scene.loadedBefore) await runUndisturbed(folder);
      writeLaterFiles(folder);
      await judge.learn(folder);
    },
    contents: async (folder) => (await readDatabase(databaseOf(folder))).rows ?? [],
    checkCrashed: (folder, trial) => judge.checkCrashed(folder, trial),
    check: (folder, trial) => judge.check(folder, trial),
    // The head outranks the state: that may be lost.
    afterCrash: async (folder, { killAt }) => {
      if (killAt % 3 === 0) rmSync(join(folder, 'state'), { recursive: true, force: true });
    },
  });
}

function databaseOf(folder: string): string {
  return join(folder, 'out.duckdb');
}

/** Knows what should be there. */
class Judge {
  readonly #scene: Scene;
  #before: readonly string[] = [];
  #all: readonly string[] = [];
  /** Loads that were done before anybody was killed. */
  readonly #loadsBefore = new Set<string>();

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  async learn(folder: string): Promise<void> {
    this.#all = await readSource(folder, [...FIRST_FILES, ...LATER_FILES]);
    if (!this.#scene.loadedBefore) return;
    this.#before = await readSource(folder, FIRST_FILES);
    const { rows, heads } = await readDatabase(databaseOf(folder));
    const { isEqual, complaints } = compareContents(this.#before, rows ?? []);
    if (!isEqual) throw new Error(`the load before the matrix: ${complaints.join(' | ')}`);
    for (const { state } of heads) if (state) this.#loadsBefore.add(state.load.id);
  }

  /** What a reader sees between crash and recovery: whole epochs under append; the old or the new table under replace. */
  async checkCrashed(folder: string, { secondKillAt }: Trial): Promise<readonly string[]> {
    const { rows = [], heads } = await readCrashed(databaseOf(folder));
    const state = heads[0]?.state ?? undefined;
    const load = state && !this.#loadsBefore.has(state.load.id) ? state.load : undefined;
    if (load?.done) return between('done, but', compareContents(this.#all, rows).complaints);
    if (this.#scene.mode === 'replace' || this.#scene.fullRefresh) {
      // The first kill may have come after the end: then the recovery replaces the new table by its like.
      if (secondKillAt !== undefined && compareContents(this.#all, rows).isEqual) return [];
      return between('not done, but', compareContents(this.#before, rows).complaints);
    }
    return this.#checkEpochs(rows, load);
  }

  #checkEpochs(rows: readonly string[], load: HeadStateLike['load'] | undefined): readonly string[] {
    const expected = this.#before.length + (load?.rows.written ?? 0);
    const count =
      rows.length === expected ? [] : [`the head speaks of ${expected} rows, and there are ${rows.length}`];
    const lost = compareContents(this.#before, rows).lost;
    const { added } = compareContents(this.#all, rows);
    return [
      ...count,
      ...(lost > 0 ? [`${lost} rows that were there before are gone`] : []),
      ...(added > 0 ? [`${added} rows are not the source's, or are doubled`] : []),
    ];
  }

  async check(folder: string, { killAt }: Trial): Promise<readonly string[]> {
    const complaints: string[] = [];
    const expect = (isRight: boolean, what: string) => {
      if (!isRight) complaints.push(what);
    };
    const { rows = [], heads, others } = await readDatabase(databaseOf(folder));
    expect(others.length === 0, `tables are left over: ${others.join(', ')}`);
    expect(heads.length === 1, `there are ${heads.length} heads`);
    expect(heads[0]?.state?.load.done === true, 'the load is not done');
    // The undisturbed run is what all others are compared with: it has to agree with the files.
    if (killAt === 0) complaints.push(...compareContents(this.#all, rows).complaints);
    for await (const key of new LocalStateBackend(join(folder, 'state')).list('leases/')) {
      complaints.push(`the lease was not given back: ${key}`);
    }

    const { first, again } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8')) as {
      first: RunReport;
      again: RunReport | null;
    };
    complaints.push(...this.#checkReport(first));
    if (again === null) expect(this.#scene.mode === 'replace', 'there was no further run');
    else {
      expect(again.exit_code === 0, `a further run ended with ${again.exit_code}`);
      const { read, written } = again.streams[0]!.rows;
      expect(read + written === 0, `a further run moved ${read} rows`);
    }
    return complaints;
  }

  #checkReport({ status, error, streams }: RunReport): readonly string[] {
    const complaints: string[] = [];
    const stream = streams[0];
    if (status !== 'succeeded' || error !== null) complaints.push(`the report says ${status}`);
    if (!stream?.load) return [...complaints, 'the report knows no load'];
    for (const rows of [stream.rows, stream.load.rows]) {
      const { read, generated, written, rejected, filtered, skipped } = rows;
      if (read + generated !== written + rejected + filtered + skipped) {
        complaints.push(`the report doesn't account for its rows: ${JSON.stringify(rows)}`);
      }
    }
    // The whole load, resumed or not; or, when only the end was left to do, another one without a row.
    const isReplaced = this.#scene.mode === 'replace' || this.#scene.fullRefresh === true;
    const whole = isReplaced ? this.#all.length : this.#all.length - this.#before.length;
    const { written } = stream.load.rows;
    if (written !== whole && !(written === 0 && !isReplaced)) {
      complaints.push(`the report's load wrote ${written} rows instead of ${whole}`);
    }
    if (stream.rows.written > written) complaints.push('the run wrote more rows than its load');
    if (stream.guarantee !== 'exactly_once') complaints.push(`the guarantee is ${stream.guarantee}`);
    return complaints;
  }
}

function between(what: string, complaints: readonly string[]): readonly string[] {
  return complaints.map((complaint) => `${what} ${complaint}`);
}
