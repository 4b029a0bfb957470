import type { TargetColumn } from '../types/target-column.js';
import type { TableName } from './names.js';

export type { TableName } from './names.js';

/** A table that rows are written to, as the session's transaction sees it. */
export interface TargetTable extends TableName {
  readonly oid: number;
  readonly kind: 'table' | 'partitioned table';
  /** In the table's order, generated ones included. */
  readonly columns: readonly TargetColumn[];
}
