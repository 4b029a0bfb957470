import { type Batch, DatacookError, type Schema } from '@datacook/core';
import type { ColumnBuilder } from './builders/column-builder.js';
import { createColumnBuilder } from './builders/create-column-builder.js';

/** Builds batches of a schema row by row: one append to each of `columns`, then `endRow()`. */
export class BatchBuilder {
  readonly schema: Schema;
  readonly columns: readonly ColumnBuilder[];
  /** Rows ended since the last `finish`. */
  length = 0;

  /** `expectedRows` sizes the first buffers. */
  constructor(schema: Schema, expectedRows = 0) {
    this.schema = schema;
    this.columns = schema.fields.map((field) => createColumnBuilder(field.type, expectedRows));
  }

  /** Bytes that the rows take, about. */
  get byteLength(): number {
    let bytes = 0;
    for (const column of this.columns) bytes += column.byteLength;
    return bytes;
  }

  endRow(): void {
    this.length++;
  }

  /** The rows as a batch; the builder is empty afterwards. Throws INTERNAL if a column has not one value a row. */
  finish(): Batch {
    const { schema, length } = this;
    for (const [index, column] of this.columns.entries()) {
      if (column.length === length) continue;
      const name = JSON.stringify(schema.fields[index]!.name);
      throw new DatacookError(
        'INTERNAL',
        `Column ${name} has ${column.length} values in a batch of ${length} rows.`,
      );
    }
    this.length = 0;
    return { length, schema, columns: this.columns.map((column) => column.finish()) };
  }
}
