import type { RunReport } from '@datacook/engine';
import { compareContents, type Trial } from '@datacook/testkit';
import { between, complaintsAfterRuns, readReports } from './after-a-run.js';
import type { FileScene } from './file-scenes.js';
import { EVENTS, FIRST_FILES, LATER_FILES, readSource } from './file-workload.js';
import { type HeadStateLike, readCrashed, readTarget } from './target.js';

/** Knows what the files bring to the table. */
export class FileJudge {
  readonly #scene: FileScene;
  #before: readonly string[] = [];
  #all: readonly string[] = [];
  /** Loads that were done before anybody was killed. */
  readonly #loadsBefore = new Set<string>();

  constructor(scene: FileScene) {
    this.#scene = scene;
  }

  async learn(folder: string): Promise<void> {
    this.#all = await readSource(folder, [...FIRST_FILES, ...LATER_FILES]);
    if (!this.#scene.loadedBefore) return;
    this.#before = await readSource(folder, FIRST_FILES);
    const { rows, heads } = await readTarget(folder, EVENTS);
    const { isEqual, complaints } = compareContents(this.#before, rows ?? []);
    if (!isEqual) throw new Error(`the load before the matrix: ${complaints.join(' | ')}`);
    for (const { state } of heads) if (state) this.#loadsBefore.add(state.load.id);
  }

  /** What a reader sees between crash and recovery: whole epochs under append; the old or the new table under replace. */
  async checkCrashed(folder: string, { secondKillAt }: Trial): Promise<readonly string[]> {
    const { rows = [], heads } = await readCrashed(folder, EVENTS);
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
    const contents = await readTarget(folder, EVENTS);
    const complaints = await complaintsAfterRuns(folder, contents);
    // The undisturbed run is what all others are compared with: it has to agree with the files.
    if (killAt === 0) complaints.push(...compareContents(this.#all, contents.rows ?? []).complaints);
    const [first, again] = readReports(folder);
    complaints.push(...this.#checkLoad(first!));
    if (again) {
      const { read, written } = again.streams[0]!.rows;
      if (read + written > 0) complaints.push(`a further run moved ${read} rows`);
    } else if (this.#scene.mode !== 'replace') complaints.push('there was no further run');
    return complaints;
  }

  // The whole load, resumed or not; or, when only the end was left to do, another one without a row.
  #checkLoad({ streams }: RunReport): readonly string[] {
    const isReplaced = this.#scene.mode === 'replace' || this.#scene.fullRefresh === true;
    const whole = isReplaced ? this.#all.length : this.#all.length - this.#before.length;
    const written = streams[0]?.load?.rows.written;
    if (written === whole || (written === 0 && !isReplaced)) return [];
    return [`the report's load wrote ${written} rows instead of ${whole}`];
  }
}
