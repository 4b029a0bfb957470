import type { Batch, Schema } from './data.js';

/** A file that can be read at any place. `path` is given where it lies on a local disk. */
export interface RandomAccess {
  readonly size: number;
  readonly path?: string;
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** How a file is decoded. */
export interface DecodeOptions {
  /** Rows of a batch, at most. */
  readonly batchRows: number;
  /** Bytes of a batch, about. */
  readonly batchBytes?: number;
  /** Rows at the beginning that are not wanted; they are still checked for their form. */
  readonly skipRows?: number;
  /** The names and types of the columns that come out, in this order. Absent: inferred from the beginning of the file. */
  readonly schema?: Schema;
}

/** Bytes to batches and back. Errors are DATA, and `details.line` says where; the caller adds the file. */
export interface Format {
  /** Decodes a stream of bytes. A value that its type can't hold, or a row of another shape, is DATA. */
  decode(bytes: AsyncIterable<Uint8Array>, options: DecodeOptions): AsyncIterable<Batch>;
  /** For formats that must be read out of order. */
  decodeFile?(
    file: RandomAccess,
    options: DecodeOptions & { readonly columns?: readonly string[] },
  ): AsyncIterable<Batch>;
  encode(batches: AsyncIterable<Batch>, schema: Schema): AsyncIterable<Uint8Array>;
}
