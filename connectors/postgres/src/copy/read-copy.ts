import { type Batch, DatacookError, type Schema } from '@datacook/core';
import type { Client } from 'pg';
import type { PgColumn } from '../types/pg-column.js';

export interface CopyOptions {
  /** The schema object that every batch bears; one field a column, in their order. */
  readonly schema: Schema;
  /** Rows of a batch, at most. */
  readonly batchRows: number;
  /** Bytes of a batch, about; a single greater row still travels. */
  readonly batchBytes: number;
  readonly signal: AbortSignal;
}

/**
 * Runs a `COPY … TO STDOUT (FORMAT BINARY)` on a connected client, which is usable again afterwards.
 */
export function readCopy(
  _client: Client,
  _sql: string,
  _columns: readonly PgColumn[],
  _options: CopyOptions,
): AsyncIterable<Batch> {
  throw new DatacookError('UNSUPPORTED', 'COPY is not read yet.');
}
