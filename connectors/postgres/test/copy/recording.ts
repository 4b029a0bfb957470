import type { Batch } from '@datacook/core';
import type { Client } from 'pg';
import { BatchDecoder } from '../../src/copy/batch-decoder.js';
import { CopyParser } from '../../src/copy/copy-parser.js';
import type { PgColumn } from '../../src/types/pg-column.js';
import { copySql, describeQuery } from './support.js';

/** What the server sent for a COPY, byte by byte, from CopyOutResponse to ReadyForQuery. */
export interface Recording {
  readonly columns: readonly PgColumn[];
  readonly bytes: Buffer;
}

/** Records a COPY on a client that can't be used for anything else afterwards. */
export async function record(client: Client, sql: string): Promise<Recording> {
  const columns = await describeQuery(client, sql);
  const { stream } = client.connection;
  stream.removeAllListeners('data');
  const chunks: Buffer[] = [];
  await new Promise<void>((resolve) => {
    stream.on('data', (chunk: Buffer) => {
      chunks.push(Buffer.from(chunk));
      if (messagesOf(Buffer.concat(chunks)).at(-1)?.[0] === READY) resolve();
    });
    client.connection.query(copySql(sql, columns));
  });
  return { columns, bytes: Buffer.concat(chunks) };
}

export const COPY_DATA = 0x64;
export const READY = 0x5a;

/** The messages that are there in whole. */
export function messagesOf(bytes: Buffer): Buffer[] {
  const messages: Buffer[] = [];
  let at = 0;
  while (at + 5 <= bytes.length && at + 1 + bytes.readInt32BE(at + 1) <= bytes.length) {
    const end = at + 1 + bytes.readInt32BE(at + 1);
    messages.push(bytes.subarray(at, end));
    at = end;
  }
  return messages;
}

/** A message of a type. */
export function message(type: number, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(5);
  header[0] = type;
  header.writeInt32BE(payload.length + 4, 1);
  return Buffer.concat([header, payload]);
}

export interface Replay {
  readonly batches: readonly Batch[];
  readonly messages: readonly string[];
  readonly rows: number;
  readonly isDone: boolean;
  readonly rest: Buffer | undefined;
}

/** Gives pieces to a parser. */
export function replay(
  columns: readonly PgColumn[],
  pieces: Iterable<Uint8Array>,
  { batchRows = 7, batchBytes = 1 << 20 } = {},
): Replay {
  const batches: Batch[] = [];
  const messages: string[] = [];
  let rest: Buffer | undefined;
  const parser = new CopyParser({
    columns: columns.length,
    batchRows,
    batchBytes,
    decoder: new BatchDecoder(columns, { fields: columns }),
    onBatch: (batch) => batches.push(batch),
    onMessage: (bytes) => messages.push(bytes.toString('latin1')),
    onReady: (bytes) => {
      rest = bytes;
    },
  });
  for (const piece of pieces) parser.push(piece);
  return { batches, messages, rows: parser.rows, isDone: parser.isDone, rest };
}

/** Cuts bytes at ascending places. */
export function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  return [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length));
}
