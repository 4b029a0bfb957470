import type { Batch } from '@datacook/core';
import type { Client } from 'pg';
import type { PgColumn } from '../types/pg-column.js';
import { type CopyOptions, CopyReader } from './copy-reader.js';

/**
 * Runs a `COPY … TO STDOUT (FORMAT BINARY)` on a connected client and yields its rows: at most `batchRows` of them or
 * about `batchBytes` a batch, all `columns` in order. Nothing is sent before the first batch is asked for; the server
 * is read one batch ahead at most. The client has to have an `error` listener, and `client_encoding` UTF8.
 *
 * The client can be used again when the iteration ends, also if the consumer leaves early or the signal is aborted:
 * the statement is then cancelled on the server (a transaction has failed by it). Where that can't be had within
 * seconds, the connection is ended.
 *
 * Throws what the server says as `pg`'s own DatabaseError, with its SQLSTATE; CONNECTION if the connection is lost, the
 * stream makes no sense or lacks rows; DATA for a value that its column can't hold; CANCELLED for the signal.
 */
export function readCopy(
  client: Client,
  sql: string,
  columns: readonly PgColumn[],
  options: CopyOptions,
): AsyncIterable<Batch> {
  return { [Symbol.asyncIterator]: () => new CopyReader(client, sql, columns, options) };
}
