import type { Merged, Target } from '@datacook/core';
import type { TableName } from '@datacook/duckdb-engine';

/** A load that is complete, and where it goes. */
export interface MergeLoad {
  readonly target: Target;
  readonly table: TableName;
  readonly staging: TableName;
  readonly file: File;
}

/** What a merge needs of the database beside its transaction. */
export interface File {
  /** Bytes that DuckDB may hold. */
  readonly memoryLimit: number;
  /**
   * The part of it that is used where joins spill to disk anyway. They take up to half as much again beside what
   * DuckDB counts: the peak of the process is 90 MB lower for it, and CPU time the same.
   */
  readonly spilling: number;
  /** Runs something with less. */
  withMemory<T>(bytes: number, action: () => Promise<T>): Promise<T>;
  /** A table's rows as they are now, which the transaction may have begun before. */
  countRows(table: TableName): Promise<number>;
}

/** Where rows of the table share a key, one staged row changes several: it counts once all the same. */
export function counted(rows: number, inserted: number, changed: number): Merged {
  const updated = Math.min(changed, rows - inserted);
  return { inserted, updated, unchanged: rows - inserted - updated };
}
