import type { Batch, DecodeOptions, Schema } from '@datacook/core';
import { isDatacookError } from '@datacook/core';
import { columnTextReader, parseType } from '@datacook/toolkit';
import type { CsvOptions } from '../src/config.js';
import { createCsvFormat } from '../src/csv-format.js';

export type Rows = (string | null)[][];

/** The bytes in pieces of `size`. */
export async function* pieces(data: string | Uint8Array, size = 1 << 16): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(data);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export interface Decoded {
  readonly schema: Schema | undefined;
  /** The canonical text of each value. */
  readonly rows: Rows;
  readonly batches: readonly Batch[];
}

export async function decode(
  data: string | Uint8Array,
  options: CsvOptions = {},
  decoding: Partial<DecodeOptions> & { readonly size?: number } = {},
): Promise<Decoded> {
  const { size, ...rest } = decoding;
  const batches: Batch[] = [];
  for await (const batch of createCsvFormat(options).decode(pieces(data, size), {
    batchRows: 1000,
    ...rest,
  })) {
    batches.push(batch);
  }
  return { schema: batches[0]?.schema, rows: batches.flatMap(rowsOfBatch), batches };
}

export function rowsOfBatch(batch: Batch): Rows {
  const readers = batch.schema.fields.map(({ type }, index) => columnTextReader(type, batch.columns[index]!));
  return Array.from({ length: batch.length }, (_, row) => readers.map((read) => read(row)));
}

export async function encode(
  batches: Iterable<Batch>,
  schema: Schema,
  options: CsvOptions = {},
): Promise<string> {
  async function* all() {
    yield* batches;
  }
  const parts: Uint8Array[] = [];
  for await (const part of createCsvFormat(options).encode(all(), schema)) parts.push(part);
  return Buffer.concat(parts).toString();
}

/** `{ id: 'int64', name: 'utf8' }`, all nullable. */
export function schemaOf(types: { readonly [name: string]: string }): Schema {
  return {
    fields: Object.entries(types).map(([name, type]) => ({ name, type: parseType(type), nullable: true })),
  };
}

/** What is thrown, as facts. */
export async function failure(action: Promise<unknown>): Promise<{ readonly [fact: string]: unknown }> {
  try {
    await action;
  } catch (error) {
    if (!isDatacookError(error)) throw error;
    const { code, message, hint, details } = error;
    return { code, message, hint, ...details };
  }
  throw new Error('Nothing was thrown.');
}
