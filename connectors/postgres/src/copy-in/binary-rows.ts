import { type Batch, DatacookError, type Schema } from '@datacook/core';
import type { TargetColumn } from '../types/target-column.js';
import type { CopyRows, RowsOptions } from './copy-rows.js';
import { type ColumnEncoder, NullEncoder, OrderEncoder } from './encoders/column-encoder.js';
import { createEncoder } from './encoders/create-encoder.js';
import { FULL, type OutgoingSlab } from './outgoing-slab.js';

/** What a binary COPY begins with (PostgreSQL, "COPY", "Binary Format"): signature, int32 flags, int32 length of more. */
const HEADER = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
/** In the place of a row's number of fields: there are no more rows. */
const TRAILER = Buffer.from([0xff, 0xff]);

const MOST_ROWS_AT_ONCE = 2048;
/** Rows that turn out to take more than this are taken fewer at once. */
const MOST_BYTES_AT_ONCE = 1 << 22;

/** Where a batch's columns are written, in the order of the target's. */
interface Plan {
  readonly encoders: readonly ColumnEncoder[];
  /** The batch's column for each; -1 for what it lacks. */
  readonly sources: readonly number[];
}

/** Makes tuples in the binary format out of columns. */
export class BinaryRows implements CopyRows {
  readonly format = 'binary';
  private readonly columns: readonly TargetColumn[];
  private readonly server: number;
  private readonly order: OrderEncoder | undefined;
  private readonly plans = new WeakMap<Schema, Plan>();
  private encoders: readonly ColumnEncoder[] = [];
  private readonly sizes = new Int32Array(MOST_ROWS_AT_ONCE);
  private readonly positions = new Int32Array(MOST_ROWS_AT_ONCE);
  /** What a row took lately, about. */
  private rowBytes = 256;

  constructor({ columns, order, server }: RowsOptions) {
    this.columns = columns;
    this.server = server;
    this.order = order && new OrderEncoder(order.column, order.first);
  }

  begin(slab: OutgoingSlab): void {
    slab.append(HEADER);
  }

  bind(batch: Batch): void {
    const { encoders, sources } = this.planFor(batch.schema);
    sources.forEach((source, index) => {
      if (source >= 0) encoders[index]!.bind(batch.columns[source]!, batch.length);
    });
    this.encoders = encoders;
  }

  append(slab: OutgoingSlab, first: number, end: number): number {
    const room = Math.max(1, Math.floor((FULL - slab.end) / this.rowBytes));
    let count = Math.min(end - first, room, MOST_ROWS_AT_ONCE);
    let size = this.measure(first, count);
    while (size > MOST_BYTES_AT_ONCE && count > 1) {
      count = Math.max(1, count >> 2);
      size = this.measure(first, count);
    }
    if (!slab.fits(size)) throw rowTooLong(size);
    slab.reserve(size);
    this.encode(slab, first, count);
    this.rowBytes = Math.max(1, size / count);
    return count;
  }

  finish(slab: OutgoingSlab): void {
    slab.append(TRAILER);
  }

  /** Notes in `positions` where each row begins, the slab's end being 0; returns what all take. */
  private measure(first: number, count: number): number {
    const { sizes, positions, encoders } = this;
    sizes.fill(0, 0, count);
    let common = 2;
    for (let index = 0; index < encoders.length; index++)
      common += encoders[index]!.measure(sizes, first, count);
    let at = 0;
    for (let n = 0; n < count; n++) {
      positions[n] = at;
      at += common + sizes[n]!;
    }
    return at;
  }

  private encode(slab: OutgoingSlab, first: number, count: number): void {
    const { positions, encoders } = this;
    const { view, end } = slab;
    for (let n = 0; n < count; n++) {
      const at = positions[n]! + end;
      view.setInt16(at, encoders.length);
      positions[n] = at + 2;
    }
    for (let index = 0; index < encoders.length; index++)
      encoders[index]!.encode(slab, positions, first, count);
    slab.end = positions[count - 1]!;
  }

  private planFor(schema: Schema): Plan {
    const known = this.plans.get(schema);
    if (known !== undefined) return known;
    const sources = this.columns.map(({ name }) => schema.fields.findIndex((field) => field.name === name));
    const encoders: ColumnEncoder[] = this.columns.map((column, index) => {
      const field = schema.fields[sources[index]!];
      return field === undefined
        ? new NullEncoder(column.name)
        : createEncoder(column, field.type, this.server);
    });
    if (this.order !== undefined) encoders.push(this.order);
    const plan = { encoders, sources };
    this.plans.set(schema, plan);
    return plan;
  }
}

function rowTooLong(size: number): DatacookError {
  return new DatacookError('DATA', `A row takes ${size} bytes, but Postgres takes none of 1 GiB or more.`, {
    hint: 'Leave out or shorten its longest value.',
  });
}
