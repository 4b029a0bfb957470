import { compareContents, type Trial } from '@datacook/testkit';
import { between, complaintsAfterRuns, readReports } from './after-a-run.js';
import type { PostgresPlace } from './postgres-place.js';
import type { PostgresScene } from './postgres-scenes.js';
import { readCrashed, readTarget } from './target.js';

/** Knows what a table that is written to while it is loaded may bring to the target, and must have brought in the end. */
export class PostgresJudge {
  readonly #scene: PostgresScene;
  readonly #place: PostgresPlace;
  #before: readonly string[] = [];
  #loadBefore: string | undefined;

  constructor(scene: PostgresScene, place: PostgresPlace) {
    this.#scene = scene;
    this.#place = place;
  }

  /** Takes note of what was loaded before anybody is killed. */
  async learn(folder: string): Promise<void> {
    const { rows = [], heads } = await readTarget(folder, this.#scene.table.target);
    this.#before = rows;
    this.#loadBefore = heads[0]?.state?.load.id;
  }

  /**
   * What a reader sees between crash and recovery: under append what was there and whole epochs; under merge and
   * replace what was there before, or all of the load. Never what the table didn't hold at some time, nor that twice.
   */
  async checkCrashed(folder: string, { secondKillAt }: Trial): Promise<readonly string[]> {
    const { rows = [], heads } = await readCrashed(folder, this.#scene.table.target);
    const complaints = [...between('crashed:', await this.#complaintsOfVersions(rows))];
    const load = heads[0]?.state?.load;
    const isNew = load !== undefined && load.id !== this.#loadBefore;
    const lost = compareContents(this.#before, rows).lost;
    if (this.#scene.load.mode === 'append') {
      if (lost > 0) complaints.push(`crashed: ${lost} rows that were there before are gone`);
      // With the second kill, an earlier load may have been completed that the head doesn't speak of any more.
      const expected = this.#before.length + (isNew ? load.rows.written : 0);
      if (secondKillAt === undefined && rows.length !== expected)
        complaints.push(`crashed: the head speaks of ${expected} rows, and there are ${rows.length}`);
    } else if (!(isNew && load.done) && secondKillAt === undefined) {
      complaints.push(...between('crashed, not done, but', compareContents(this.#before, rows).complaints));
    }
    return complaints;
  }

  /** After the last, quiet run. */
  async check(folder: string): Promise<readonly string[]> {
    const contents = await readTarget(folder, this.#scene.table.target);
    const { rows = [] } = contents;
    const complaints = await complaintsAfterRuns(folder, contents);
    const table = await this.#place.rows();
    if (this.#scene.load.mode === 'append') {
      const { lost, complaints: differences } = compareContents(table, rows);
      if (lost > 0) complaints.push(...between('of the table:', differences.slice(0, 1)));
      complaints.push(...(await this.#complaintsOfVersions(rows)));
    } else {
      complaints.push(...between('than the table has:', compareContents(table, rows).complaints));
    }
    const last = readReports(folder).at(-1)?.streams[0]?.rows;
    if (this.#scene.load.mode !== 'replace' && last?.written !== 0)
      complaints.push(`a run with nothing new wrote ${last?.written} rows`);
    return complaints;
  }

  async #complaintsOfVersions(rows: readonly string[]): Promise<readonly string[]> {
    const { added, complaints } = compareContents(await this.#place.history(), rows);
    return added > 0 ? between('of the history:', complaints.slice(-1)) : [];
  }
}
