import type { ResolvedRecipe, Writer } from '@datacook/core';
import { addCounts, NO_ROWS, type RowCounts } from './counts.js';
import type { PartitionProgress } from './head-state.js';

type Checkpoint = ResolvedRecipe['runtime']['checkpoint'];

/** The rows between two commits of a lane. */
export class Epoch {
  writer: Writer | undefined;
  rows: RowCounts = NO_ROWS;
  bytes = 0;
  batches = 0;
  /** How far each partition has come with these rows. */
  readonly progress = new Map<string, PartitionProgress>();
  readonly #startedMs = performance.now();

  add(rows: RowCounts, bytes: number): void {
    this.rows = addCounts(this.rows, rows);
    this.bytes += bytes;
    this.batches += 1;
  }

  /** Whether there is something that a commit would make durable. */
  get isEmpty(): boolean {
    return this.writer === undefined && this.progress.size === 0 && this.rows.read === 0;
  }

  /** Rows, bytes or seconds, whichever comes first. */
  isDue(checkpoint: Checkpoint): boolean {
    const { rows, bytes, seconds } = checkpoint;
    return (
      (rows !== undefined && this.rows.read >= rows) ||
      (bytes !== undefined && this.bytes >= bytes) ||
      (seconds !== undefined && performance.now() - this.#startedMs >= seconds * 1000)
    );
  }

  /** Gives up what was not committed. */
  async close(): Promise<void> {
    const writer = this.writer;
    this.writer = undefined;
    await writer?.close();
  }
}
