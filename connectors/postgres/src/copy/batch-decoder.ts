import { type Batch, DatacookError, type Schema } from '@datacook/core';
import type { PgColumn } from '../types/pg-column.js';
import type { ColumnDecoder, Slab } from './decoders/column-decoder.js';
import { createDecoder } from './decoders/create-decoder.js';

/** Makes batches out of rows of which it is known where their fields begin. */
export class BatchDecoder {
  /** Rows of the batch that is being made. */
  rows = 0;
  private readonly columns: readonly PgColumn[];
  private readonly schema: Schema;
  private readonly decoders: readonly ColumnDecoder[];

  constructor(columns: readonly PgColumn[], schema: Schema) {
    this.columns = columns;
    this.schema = schema;
    this.decoders = columns.map(createDecoder);
  }

  /** Appends rows: the fields of column c begin at `starts[c * stride …]`. */
  append(slab: Slab, starts: Int32Array, stride: number, count: number): void {
    const { decoders } = this;
    for (let column = 0; column < decoders.length; column++)
      decoders[column]!.decode(slab, starts, column * stride, count);
    this.rows += count;
  }

  /** The batch of all rows since the last call. */
  take(): Batch {
    const columns = this.decoders.map((decoder) => decoder.finish());
    columns.forEach(({ nullCount }, index) => {
      const { name, nullable } = this.columns[index]!;
      if (nullCount > 0 && !nullable) throw unexpectedNull(name);
    });
    const batch = { length: this.rows, schema: this.schema, columns };
    this.rows = 0;
    return batch;
  }
}

function unexpectedNull(column: string): DatacookError {
  return new DatacookError('DATA', `The column "${column}" is NOT NULL, but a row has NULL in it.`, {
    hint: 'The constraint was not validated, or has been dropped since the load was planned. Run again, or correct the rows.',
    details: { column },
  });
}
