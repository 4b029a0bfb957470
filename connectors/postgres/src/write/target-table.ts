import type { TargetColumn } from '../types/target-column.js';

/** A table's name: as the catalog has it, and quoted. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
  /** Quoted, with its schema. */
  readonly sql: string;
}

/** A table that rows are written to, as the session's transaction sees it. */
export interface TargetTable extends TableName {
  readonly oid: number;
  readonly kind: 'table' | 'partitioned table';
  /** In the table's order, generated ones included. */
  readonly columns: readonly TargetColumn[];
}
