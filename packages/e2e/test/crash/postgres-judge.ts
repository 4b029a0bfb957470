import { compareContents, type Trial } from '@datacook/testkit';
import { between, complaintsAfterRuns, readReports } from './after-a-run.js';
import type { PostgresPlace } from './postgres-place.js';
import type { PostgresScene } from './postgres-scenes.js';
import type { TargetPlace } from './targets/target.js';

/** Knows what a table that is written to while it is loaded may bring to the target, and must have brought in the end. */
export class PostgresJudge {
  readonly #scene: PostgresScene;
  readonly #place: PostgresPlace;
  readonly #target: TargetPlace;
  #before: readonly string[] = [];
  #loadBefore: string | undefined;

  constructor(scene: PostgresScene, place: PostgresPlace, target: TargetPlace) {
    this.#scene = scene;
    this.#place = place;
    this.#target = target;
  }

  /** Takes note of what was loaded before anybody is killed. */
  async learn(): Promise<void> {
    const { rows = [], heads } = await this.#target.read();
    this.#before = rows;
    this.#loadBefore = heads[0]?.state?.load.id;
  }

  /**
   * What a reader sees between crash and recovery: under append what was there and whole epochs; under merge and
   * replace what was there before, or all of the load. Never what the table didn't hold at some time, nor that twice.
   */
  async checkCrashed({ secondKillAt }: Trial): Promise<readonly string[]> {
    const { rows = [], heads } = await this.#target.readCrashed();
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

  /** Whether the head says that the load is done, and it isn't the one of before. */
  async isDone(): Promise<boolean> {
    const load = (await this.#target.read()).heads[0]?.state?.load;
    return load?.done === true && load.id !== this.#loadBefore;
  }

  /** After the last, quiet runs. */
  async check(folder: string): Promise<readonly string[]> {
    const contents = await this.#target.read();
    const complaints = await complaintsAfterRuns(folder, contents);
    const { mode, incremental } = this.#scene.load;
    if (mode !== 'append') complaints.push(...(await this.#checkTable(contents.rows ?? [])));
    else if (incremental) complaints.push(...(await this.#checkVersions(contents.rows ?? [])));
    else complaints.push(...(await this.#checkCopies(folder, contents.rows ?? [])));
    const last = readReports(folder).at(-1)?.streams[0]?.rows;
    if (incremental && last?.written !== 0)
      complaints.push(`a run with nothing new wrote ${last?.written} rows`);
    return complaints;
  }

  async #checkTable(rows: readonly string[]): Promise<readonly string[]> {
    return between('than the table has:', compareContents(await this.#place.rows(), rows).complaints);
  }

  // The last version of each row, and of the others none that never was, nor any twice.
  async #checkVersions(rows: readonly string[]): Promise<readonly string[]> {
    const { lost, complaints } = compareContents(await this.#place.rows(), rows);
    const missing = lost > 0 ? between('of the table:', complaints.slice(0, 1)) : [];
    return [...missing, ...(await this.#complaintsOfVersions(rows))];
  }

  // Each load has added the table as it was: the quiet ones as it is now.
  async #checkCopies(folder: string, rows: readonly string[]): Promise<readonly string[]> {
    const [first, ...quiet] = readReports(folder);
    const table = await this.#place.rows();
    const expected = [...this.#before, ...quiet.flatMap(() => table)];
    const { lost, complaints } = compareContents(expected, rows);
    const missing = lost > 0 ? between('of the copies:', complaints.slice(0, 1)) : [];
    const others = rows.length - expected.length;
    const written = first?.streams[0]?.load?.rows.written ?? 0;
    // A kill after the end of a load lets the next run be another load, of as many rows or more.
    const isWhole = others === written || (others > written && others <= 2 * written);
    const count = isWhole ? [] : [`the first load wrote ${written} rows, and ${others} are there`];
    return [...missing, ...count, ...(await this.#complaintsOfVersions(rows))];
  }

  async #complaintsOfVersions(rows: readonly string[]): Promise<readonly string[]> {
    const history = await this.#place.history();
    const { load, loadedBefore } = this.#scene;
    // Loads that add the whole table again.
    const times = load.mode === 'append' && !load.incremental ? (loadedBefore ? 5 : 4) : 1;
    const known = Array.from({ length: times }, () => history).flat();
    const { added, complaints } = compareContents(known, rows);
    return added > 0 ? between('of the history:', complaints.slice(-1)) : [];
  }
}
