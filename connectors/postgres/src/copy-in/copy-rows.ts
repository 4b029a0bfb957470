import type { Batch } from '@datacook/core';
import type { TargetColumn } from '../types/target-column.js';
import type { OutgoingSlab } from './outgoing-slab.js';

export interface RowsOptions {
  readonly columns: readonly TargetColumn[];
  readonly order?: { readonly column: string; readonly first: bigint };
  /** As 180004. */
  readonly server: number;
}

/** Writes rows in a format of COPY. */
export interface CopyRows {
  readonly format: 'binary' | 'text';
  /** Writes what comes before the first row. */
  begin(slab: OutgoingSlab): void;
  /** Takes a batch whose rows come next. Throws DATA, or SCHEMA for a type that its column can't hold. */
  bind(batch: Batch): void;
  /** Writes rows from `first` on, before `end`, until the slab is full; one at least. Returns how many. Throws DATA. */
  append(slab: OutgoingSlab, first: number, end: number): number;
  /** Writes what comes after the last row. */
  finish(slab: OutgoingSlab): void;
}
