import { type Batch, DatacookError } from '@datacook/core';
import type { Session } from '../connection/session.js';
import type { TargetColumn } from '../types/target-column.js';

export interface CopyInOptions {
  /** The table, quoted. */
  readonly into: string;
  /** All that are to be filled, in order. */
  readonly columns: readonly TargetColumn[];
  /** NULL in these columns is DATA. */
  readonly keys?: readonly string[];
  /** One more column, a bigint: the first row gets `first`, each further one 1 more than the one before. */
  readonly order?: { readonly column: string; readonly first: bigint };
}

/** A COPY FROM STDIN on a session that is inside a transaction. */
export class CopyIn {
  static async begin(_session: Session, _options: CopyInOptions): Promise<CopyIn> {
    throw new DatacookError('INTERNAL', 'COPY is not there yet.');
  }

  /** Takes rows. Columns by name; one that the batch lacks is NULL. Waits while the socket is full. */
  async write(_batch: Batch): Promise<void> {
    throw new DatacookError('INTERNAL', 'COPY is not there yet.');
  }

  /** Ends it: all rows are in the table, within the transaction. Returns how many the server took. */
  async end(): Promise<number> {
    throw new DatacookError('INTERNAL', 'COPY is not there yet.');
  }

  /** Gives up: the transaction is then aborted. Never fails. */
  async abort(): Promise<void> {}
}
