import { type Batch, type Column, DatacookError, type Field, type Schema } from '@datacook/core';
import { quoteIdentifier, typeToString } from '@datacook/toolkit';
import type { LogicalType } from './bindings.js';
import { columnWriter } from './column-writer.js';
import type { DuckDBConnection, OpenConnection } from './connection.js';
import { FEED, type Feed, type FeedColumn, type FeedSlice, withFeed } from './feeds.js';
import { knowsStrings } from './strings.js';
import { columnTypes, type TableName, tableSchema, tableSql } from './table.js';
import { checkNames, duckdbType, foldName } from './types.js';

/** DuckDB's row group: what it compresses and writes at once. */
const ROW_GROUP = 122_880;
/** Bytes that wait before they are handed over, where rows are large. */
const FLUSH_BYTES = 32 * 1024 * 1024;

/**
 * Puts batches into a table, within the connection's transaction if it has one: by `INSERT … SELECT` from a function that
 * reads them, a row group or more a statement, so that DuckDB compresses on its own thread while the next batches are
 * made. The connection runs nothing else meanwhile. Must be closed or abandoned.
 */
export interface TableAppender {
  /**
   * Takes a batch. Columns go to the table's columns of the same name; columns of the appender's schema that the batch
   * lacks become NULL, other columns of the table get their default. Waits while DuckDB is behind: with what it has been
   * handed, at most two row groups (or 64 MiB) are held.
   *
   * @throws SCHEMA for a column that isn't there or has another type; and, of this batch or an earlier one, DATA for a
   * value that DuckDB can't hold or a constraint refuses.
   */
  append(batch: Batch): Promise<void>;
  /** Hands over what waits, and ends. After an error roll the transaction back. */
  close(): Promise<void>;
  /** Ends without it: what waits is forgotten, and what is under way fails. Never throws; does nothing after `close`. */
  abandon(): void;
}

/** Whether `knowsStrings`: asked once a process. */
let fastStrings: boolean | undefined;

/**
 * Opens an appender.
 *
 * @param schema The types of the columns that batches will have. The table's column of that name must have just the
 * `duckdbType` of it.
 * @throws SCHEMA where that isn't so.
 */
export async function openAppender(
  connection: DuckDBConnection,
  table: TableName,
  schema: Schema,
): Promise<TableAppender> {
  const open = connection as OpenConnection;
  fastStrings ??= knowsStrings(open.bindings);
  const columns = (await tableSchema(connection, table)).fields;
  const types = await columnTypes(connection, table);
  return new FeedingAppender(open, table, schema, feedColumns(open, table, schema, columns, types));
}

function feedColumns(
  { bindings }: OpenConnection,
  table: TableName,
  schema: Schema,
  columns: readonly Field[],
  types: readonly LogicalType[],
): FeedColumn[] {
  return columns.flatMap((column, at) => {
    const field = schema.fields.find((each) => foldName(each.name) === foldName(column.name));
    if (field === undefined) return [];
    checkType(tableSql(table), field, column);
    const write = columnWriter(bindings, field.name, field.type, fastStrings === true);
    return [{ name: column.name, type: types[at] as LogicalType, write }];
  });
}

class FeedingAppender implements TableAppender {
  readonly #connection: OpenConnection;
  readonly #name: string;
  readonly #schema: Schema;
  readonly #columns: readonly FeedColumn[];
  readonly #insert: string;
  #waiting: FeedSlice[] = [];
  #waitingRows = 0;
  #waitingBytes = 0;
  /** The statement under way, and what it reads. It is told of when the next one begins. */
  #running: Promise<unknown> = Promise.resolve();
  #feed: Feed | undefined;
  #isOpen = true;
  #bound: { readonly schema: Schema; readonly places: readonly number[] } | undefined;

  constructor(connection: OpenConnection, table: TableName, schema: Schema, columns: readonly FeedColumn[]) {
    this.#connection = connection;
    this.#name = tableSql(table);
    this.#schema = schema;
    this.#columns = columns;
    const list = columns.map(({ name }) => quoteIdentifier(name)).join(', ');
    this.#insert = `INSERT INTO ${this.#name}(${list}) SELECT * FROM ${FEED}(?)`;
  }

  async append(batch: Batch): Promise<void> {
    if (this.#bound?.schema !== batch.schema)
      this.#bound = {
        schema: batch.schema,
        places: bindBatch(this.#name, batch.schema, this.#columns, this.#schema),
      };
    if (batch.length === 0) return;
    this.#waiting.push({ batch, places: this.#bound.places, at: 0, end: batch.length });
    this.#waitingRows += batch.length;
    this.#waitingBytes += batchBytes(batch);
    if (this.#waitingBytes >= FLUSH_BYTES) await this.#handOver(this.#waitingRows);
    else if (this.#waitingRows >= ROW_GROUP)
      await this.#handOver(this.#waitingRows - (this.#waitingRows % ROW_GROUP));
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return;
    if (this.#waitingRows > 0) await this.#handOver(this.#waitingRows);
    await this.#running;
    this.#isOpen = false;
  }

  abandon(): void {
    this.#isOpen = false;
    this.#waiting = [];
    this.#running.catch(() => undefined);
    if (this.#feed !== undefined)
      this.#feed.failure ??= new DatacookError('CANCELLED', `DuckDB was stopped: write to ${this.#name}.`);
  }

  /** Begins a statement that inserts so many of the rows that wait, when the one before has ended. */
  async #handOver(rows: number): Promise<void> {
    await this.#running;
    const feed: Feed = { columns: this.#columns, slices: this.#take(rows), failure: undefined };
    this.#feed = feed;
    const connection = this.#connection;
    this.#running = withFeed(feed, async (id) => {
      const written = await connection.run(this.#insert, [id], `write to ${this.#name}`);
      if (written === rows) return;
      throw new DatacookError('INTERNAL', `DuckDB took ${written} of ${rows} rows for ${this.#name}.`, {
        hint: 'Roll the transaction back: nothing of it may be kept. This is a defect: report it.',
      });
    });
    // Whoever comes next is told.
    this.#running.catch(() => undefined);
  }

  #take(rows: number): FeedSlice[] {
    const taken: FeedSlice[] = [];
    let left = rows;
    while (left > 0) {
      const slice = this.#waiting[0] as FeedSlice;
      const count = Math.min(left, slice.end - slice.at);
      taken.push({ ...slice, end: slice.at + count });
      slice.at += count;
      left -= count;
      if (slice.at >= slice.end) this.#waiting.shift();
    }
    this.#waitingRows -= rows;
    this.#waitingBytes = this.#waiting.reduce(
      (sum, { batch, at }) => sum + (batchBytes(batch) * (batch.length - at)) / batch.length,
      0,
    );
    return taken;
  }
}

function checkType(table: string, field: Field, column: Field): void {
  const wanted = duckdbType(field.type);
  if (wanted === column.nativeType) return;
  throw new DatacookError(
    'SCHEMA',
    `Column "${column.name}" of ${table} is ${column.nativeType}, and ${wanted} can't be appended to it directly.`,
    {
      hint: `Cast the batch's column to ${typeToString(column.type)}, or alter the table's to ${wanted}.`,
      details: { column: column.name },
    },
  );
}

/** Where each of the appender's columns lies in the batch; -1: nowhere. */
function bindBatch(table: string, batch: Schema, columns: readonly FeedColumn[], schema: Schema): number[] {
  const names = columns.map(({ name }) => foldName(name));
  const places = columns.map(() => -1);
  checkNames(
    batch.fields.map((field) => field.name),
    `a batch for ${table}`,
  );
  batch.fields.forEach((field, at) => {
    const place = names.indexOf(foldName(field.name));
    const expected = schema.fields.find((each) => foldName(each.name) === foldName(field.name));
    if (place < 0 || expected === undefined)
      throw new DatacookError('SCHEMA', `The table ${table} has no column "${field.name}".`, {
        hint: 'Add the column to the table and to the schema that the appender is opened with, or leave it out of the batch.',
        details: { column: field.name },
      });
    if (typeToString(field.type) !== typeToString(expected.type))
      throw new DatacookError(
        'SCHEMA',
        `Column "${field.name}" of a batch for ${table} is ${typeToString(field.type)}, not ${typeToString(expected.type)}.`,
        {
          hint: 'Lay the batch on the schema that the appender was opened with (fitBatch does).',
          details: { column: field.name },
        },
      );
    places[place] = at;
  });
  return places;
}

function batchBytes(batch: Batch): number {
  const bytes = (column: Column): number =>
    (column.values?.byteLength ?? 0) + (column.children ?? []).reduce((sum, child) => sum + bytes(child), 0);
  return batch.columns.reduce((sum, column) => sum + bytes(column), 0);
}
