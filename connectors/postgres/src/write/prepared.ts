import type { Target } from '@datacook/core';
import type { TableName } from './target-table.js';

/** `swap` where that can be done exactly, else and always `refill`. */
export type ReplaceBy = 'swap' | 'refill';

/** A target that `prepare` made ready. */
export interface Prepared {
  readonly target: Target;
  readonly table: TableName;
  /** Where rows of a merge or replace wait: beside the target, or in the internal schema. */
  readonly staging: TableName;
  /**
   * The columns that rows may fill, in order. In `publish`: those that this load has brought in any of its epochs; a
   * column of the table that isn't among them is left alone by a merge.
   */
  readonly columns: readonly string[];
  /** How a replace puts the staged rows in the place of a table's. */
  readonly replaceBy: ReplaceBy;
  /** The server's `server_version_num`, as 180004 for 18.4. */
  readonly version: number;
}
