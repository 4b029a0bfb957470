import type { RunReport } from '@datacook/engine';
import { compareContents, type Trial } from '@datacook/testkit';
import { between, complaintsAfterRuns, readReports } from './after-a-run.js';
import type { FileScene } from './file-scenes.js';
import { FIRST_FILES, LATER_FILES, readSource } from './file-workload.js';
import type { HeadStateLike, TargetPlace } from './targets/target.js';

/** Knows what the files bring to the table. */
export class FileJudge {
  readonly #scene: FileScene;
  readonly #target: TargetPlace;
  #before: readonly string[] = [];
  #all: readonly string[] = [];
  /** Rows that the files hold which the load reads. */
  #toLoad = 0;
  /** Loads that were done before anybody was killed. */
  readonly #loadsBefore = new Set<string>();

  constructor(scene: FileScene, target: TargetPlace) {
    this.#scene = scene;
    this.#target = target;
  }

  async learn(folder: string): Promise<void> {
    const isMerged = this.#scene.mode === 'merge';
    this.#all = await readSource(folder, [...FIRST_FILES, ...LATER_FILES], isMerged);
    const loaded = this.#scene.loadedBefore && !this.#isReplaced ? [] : FIRST_FILES;
    this.#toLoad = (await readSource(folder, [...loaded, ...LATER_FILES], false)).length;
    if (!this.#scene.loadedBefore) return;
    this.#before = await readSource(folder, FIRST_FILES, isMerged);
    const { rows, heads } = await this.#target.read();
    const { isEqual, complaints } = compareContents(this.#before, rows ?? []);
    if (!isEqual) throw new Error(`the load before the matrix: ${complaints.join(' | ')}`);
    for (const { state } of heads) if (state) this.#loadsBefore.add(state.load.id);
  }

  /** What a reader sees between crash and recovery: whole epochs under append; else the old table or the new one. */
  async checkCrashed({ secondKillAt }: Trial): Promise<readonly string[]> {
    const { rows = [], heads } = await this.#target.readCrashed();
    const state = heads[0]?.state ?? undefined;
    const load = state && !this.#loadsBefore.has(state.load.id) ? state.load : undefined;
    if (load?.done) return between('done, but', compareContents(this.#all, rows).complaints);
    if (this.#scene.mode === 'merge' || this.#isReplaced) {
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

  /** Whether the head says that the load is done, and it wasn't one of before. */
  async isDone(): Promise<boolean> {
    const load = (await this.#target.read()).heads[0]?.state?.load;
    return load?.done === true && !this.#loadsBefore.has(load.id);
  }

  async check(folder: string, { killAt }: Pick<Trial, 'killAt'>): Promise<readonly string[]> {
    const contents = await this.#target.read();
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
    const written = streams[0]?.load?.rows.written;
    if (written === this.#toLoad || (written === 0 && !this.#isReplaced)) return [];
    return [`the report's load wrote ${written} rows instead of ${this.#toLoad}`];
  }

  get #isReplaced(): boolean {
    return this.#scene.mode === 'replace' || this.#scene.fullRefresh === true;
  }
}
