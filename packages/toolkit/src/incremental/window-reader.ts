import { type Batch, type Column, DatacookError, type Json } from '@datacook/core';
import { takeRows } from '../batch-parts.js';
import { textReader } from '../readers/column-reader.js';
import { isNull } from '../readers/is-null.js';
import { type PartitionPosition, parsePartitionPosition } from './partition-position.js';
import { RowCounts } from './row-counts.js';
import { FORMAT } from './stored.js';
import type { Boundary, Window, WindowPart } from './window.js';

/**
 * The hashes of a batch's rows as columns of texts (up to some 32 characters), as `windowEdges` asks for them; NULL
 * where a row isn't at that edge.
 */
export interface RowHashes {
  readonly atLow?: Column;
  readonly atHigh?: Column;
}

/**
 * Stands between a partition's rows and the load: leaves out what earlier loads have read, each row as often as it
 * was read, and remembers what lies at the window's upper edge. Rows that are equal in all hashed columns must lie in
 * one partition: where they may not, a window with `seen` is read as one.
 */
export class WindowReader {
  readonly #part: WindowPart;
  readonly #seen: Boundary['rows'] | undefined;
  /** What is still to be skipped. */
  readonly #left: RowCounts;
  readonly #skipped: RowCounts;
  readonly #remembers: boolean;
  readonly #remembered: RowCounts;
  /** Where the source goes on: what `position` was given; undefined: from the start. */
  readonly from: Json | undefined;
  /** The position says that all rows were read: there is nothing left, not even a position to yield. */
  readonly isDone: boolean;

  /** `from`: a position of this partition that an earlier read of it yielded. Throws DATA if it can't be read. */
  constructor(window: Window, part: WindowPart, from?: Json) {
    const isNulls = part === 'nulls';
    const position = from === undefined ? undefined : parsePartitionPosition(from);
    this.#part = part;
    this.#seen = (isNulls ? window.seenNulls : window.seen)?.rows;
    this.#remembers = isNulls ? window.rememberNulls : window.remember;
    const skipped = (position?.skipped === true ? this.#seen : position?.skipped) ?? {};
    this.#skipped = new RowCounts(skipped);
    this.#left = leftOf(this.#seen ?? {}, skipped);
    this.#remembered = new RowCounts(position?.remembered);
    this.from = position?.at;
    this.isDone = position?.done === true;
  }

  /**
   * The rows of a batch that are new; the batch itself where all are. `skipped` counts the others. Every row must
   * come by here once, in the order of reading, before a position behind it is made.
   */
  take(batch: Batch, hashes: RowHashes): { readonly batch: Batch; readonly skipped: number } {
    if (this.#remembers) this.#remember(batch.length, demand(hashes.atHigh, 'high'));
    if (this.#seen === undefined) return { batch, skipped: 0 };
    const column = demand(hashes.atLow, 'low');
    if (column.nullCount === batch.length || this.#left.isEmpty) return { batch, skipped: 0 };
    const kept = new Int32Array(batch.length);
    let rows = 0;
    const read = textReader(column);
    for (let row = 0; row < batch.length; row++) {
      if (isNull(column, row) || !this.#skips(read(row))) kept[rows++] = row;
    }
    const skipped = batch.length - rows;
    return skipped === 0 ? { batch, skipped } : { batch: takeRows(batch, kept.subarray(0, rows)), skipped };
  }

  /** The partition's position when all rows taken so far lie before it, and reading can go on from `at`. */
  position(at: Json): Json {
    return this.#position({ at });
  }

  /** The position to yield when all rows were taken, also where there was none: `finishWindow` asks for it. */
  end(): Json {
    return this.#position({ done: true });
  }

  #position(where: Pick<PartitionPosition, 'at' | 'done'>): PartitionPosition {
    const skipped = this.#left.isEmpty ? true : this.#skipped.toJson();
    return {
      version: FORMAT,
      part: this.#part,
      ...where,
      ...(this.#skipped.isEmpty ? {} : { skipped }),
      ...(this.#remembered.isEmpty ? {} : { remembered: this.#remembered.toJson() }),
    };
  }

  #skips(hash: string): boolean {
    if (!this.#left.takeOne(hash)) return false;
    this.#skipped.add(hash);
    return true;
  }

  #remember(length: number, column: Column): void {
    if (column.nullCount === length) return;
    const read = textReader(column);
    for (let row = 0; row < length; row++) {
      if (!isNull(column, row)) this.#remembered.add(read(row));
    }
  }
}

function leftOf(seen: Boundary['rows'], skipped: Boundary['rows']): RowCounts {
  const left = new RowCounts();
  const gone = new RowCounts(skipped);
  for (const [hash, count] of Object.entries(seen)) {
    const rest = count - gone.count(hash);
    if (rest > 0) left.add(hash, rest);
  }
  return left;
}

function demand(column: Column | undefined, edge: string): Column {
  if (column !== undefined) return column;
  throw new DatacookError('INTERNAL', `Rows came without their hashes at the window's ${edge} edge.`, {
    hint: 'This is a defect of the source: report it.',
  });
}
