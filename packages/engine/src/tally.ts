import type { Json, Merged } from '@datacook/core';
import { addCounts, NO_ROWS, type RowCounts } from './counts.js';
import type { StreamReport } from './report.js';

/** One stage of the pipeline. */
export type Stage = 'read' | 'transform' | 'write' | 'commit';

/** What an epoch brought, once it is durable. */
export interface Epochs {
  readonly rows: RowCounts;
  readonly bytes: number;
  readonly batches: number;
}

/** Adds up what a run has done to one stream. */
export class Tally {
  readonly #stream: string;
  #rows: RowCounts = NO_ROWS;
  #bytes = 0;
  #batches = 0;
  #commits = 0;
  #merged: { inserted: number; updated: number; unchanged: number } | null = null;
  readonly #timings = { read: 0, transform: 0, write: 0, commit: 0 };
  readonly #changes = new Set<string>();
  retries = 0;
  load: StreamReport['load'] = null;
  guarantee: string | null = null;
  position: { before: Json; after: Json } = { before: null, after: null };

  constructor(stream: string) {
    this.#stream = stream;
  }

  get rows(): RowCounts {
    return this.#rows;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get commits(): number {
    return this.#commits;
  }

  /** An epoch is durable. */
  committed(epoch: Epochs, merged: Merged | undefined): void {
    this.#rows = addCounts(this.#rows, epoch.rows);
    this.#bytes += epoch.bytes;
    this.#batches += epoch.batches;
    this.#commits += 1;
    if (merged) {
      const before = this.#merged ?? { inserted: 0, updated: 0, unchanged: 0 };
      this.#merged = {
        inserted: before.inserted + (merged.inserted ?? 0),
        updated: before.updated + (merged.updated ?? 0),
        unchanged: before.unchanged + (merged.unchanged ?? 0),
      };
    }
  }

  /** Notes a change of the table; true the first time. */
  changed(change: string): boolean {
    if (this.#changes.has(change)) return false;
    this.#changes.add(change);
    return true;
  }

  /** Waits for work, and adds the time to a stage. */
  async time<T>(stage: Stage, work: () => Promise<T> | T): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.#timings[stage] += performance.now() - start;
    }
  }

  /** The stream's part of the run report. */
  report(): StreamReport {
    const { read, transform, write, commit } = this.#timings;
    return {
      name: this.#stream,
      load: this.load,
      guarantee: this.guarantee,
      rows: this.#rows,
      merge: this.#merged,
      bytes: this.#bytes,
      batches: this.#batches,
      commits: this.#commits,
      retries: this.retries,
      position: this.position,
      schema_changes: [...this.#changes],
      timings: {
        read: Math.round(read),
        transform: Math.round(transform),
        write: Math.round(write),
        commit: Math.round(commit),
      },
    };
  }
}
