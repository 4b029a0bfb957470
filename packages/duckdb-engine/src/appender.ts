import { type Batch, type Column, DatacookError, type Field, type Schema } from '@datacook/core';
import { typeToString } from '@datacook/toolkit';
import type { Bindings, LogicalType, Vector } from './bindings.js';
import { columnWriter } from './column-writer.js';
import type { DuckDBConnection, OpenConnection } from './connection.js';
import { duckdbError } from './errors.js';
import { knowsStrings } from './strings.js';
import { type TableName, tableSchema, tableSql } from './table.js';
import { checkNames, duckdbType, foldName } from './types.js';
import { VECTOR_ROWS, type WriteColumn } from './vectors.js';

/** Bytes that wait in the appender before they are handed to the table. DuckDB itself flushes by rows alone. */
const FLUSH_BYTES = 32 * 1024 * 1024;

/** Puts batches into a table, within the connection's transaction if it has one. Must be closed or abandoned. */
export interface TableAppender {
  /**
   * Appends a batch. Columns go to the table's columns of the same name; columns of the table that the batch lacks
   * become NULL, not their default. Blocks the thread while it copies.
   *
   * @throws DATA for a value that DuckDB can't hold or a constraint refuses, SCHEMA for a column that isn't there or
   * has another type.
   */
  append(batch: Batch): void;
  /** Hands what waits to the table. */
  flush(): void;
  /** Flushes and ends. After an error what waited is lost; roll the transaction back. */
  close(): void;
  /** Ends without a flush: what waits is forgotten. Never throws; does nothing after `close`. */
  abandon(): void;
}

/** A column of the table, and how values get into it; without a writer it is not among the batches' columns. */
interface Slot {
  readonly name: string;
  readonly type: LogicalType;
  readonly write?: WriteColumn;
}

/** Whether `knowsStrings`: asked once a process. */
let fastStrings: boolean | undefined;

/**
 * Opens an appender.
 *
 * @param schema The types of the columns that batches will have. The table's column of that name must have just the
 * `duckdbType` of it; no column of the table may be generated.
 * @throws SCHEMA where that isn't so.
 */
export async function openAppender(
  connection: DuckDBConnection,
  table: TableName,
  schema: Schema,
): Promise<TableAppender> {
  const { bindings, handle, failed } = connection as OpenConnection;
  const name = tableSql(table);
  const columns = (await tableSchema(connection, table)).fields;
  const guarded = <T>(action: () => T): T => {
    try {
      return action();
    } catch (error) {
      failed(error);
      throw duckdbError(error, `write to ${name}`);
    }
  };
  fastStrings ??= knowsStrings(bindings);
  const fast = fastStrings;
  const appender = guarded(() =>
    bindings.appender_create_ext(handle, table.catalog, table.schema, table.table),
  );
  if (bindings.appender_column_count(appender) !== columns.length)
    throw new DatacookError(
      'SCHEMA',
      `The table ${name} has generated columns; it can't be appended to directly.`,
      { hint: 'Write to it with INSERT, or append to a table without them.' },
    );
  const slots = columns.map((column, at) => {
    const type = bindings.appender_column_type(appender, at);
    const field = schema.fields.find((each) => foldName(each.name) === foldName(column.name));
    return field === undefined
      ? { name: column.name, type }
      : { name: column.name, type, write: writerFor(bindings, name, field, column, fast) };
  });
  const chunk = guarded(() => bindings.create_data_chunk(slots.map((slot) => slot.type)));
  const fillNull = nullWriter(bindings);
  let waiting = 0;
  let open = true;
  let bound: { readonly schema: Schema; readonly places: readonly number[] } | undefined;

  const appendRows = (batch: Batch, places: readonly number[], from: number, count: number) => {
    bindings.data_chunk_reset(chunk);
    slots.forEach((slot, at) => {
      const vector = bindings.data_chunk_get_vector(chunk, at);
      const column = batch.columns[places[at] as number];
      if (slot.write === undefined || column === undefined) fillNull(vector, slot.type, count);
      else slot.write(vector, column, from, count);
    });
    bindings.data_chunk_set_size(chunk, count);
    bindings.append_data_chunk(appender, chunk);
  };

  return {
    append: (batch) =>
      guarded(() => {
        if (bound?.schema !== batch.schema)
          bound = { schema: batch.schema, places: bindBatch(name, batch.schema, slots, schema) };
        for (let from = 0; from < batch.length; from += VECTOR_ROWS)
          appendRows(batch, bound.places, from, Math.min(VECTOR_ROWS, batch.length - from));
        waiting += batchBytes(batch);
        if (waiting < FLUSH_BYTES) return;
        bindings.appender_flush_sync(appender);
        waiting = 0;
      }),
    flush: () => guarded(() => bindings.appender_flush_sync(appender)),
    close: () =>
      guarded(() => {
        open = false;
        try {
          bindings.appender_close_sync(appender);
        } catch (error) {
          // Else DuckDB would try again when the appender is collected, perhaps outside of the transaction.
          bindings.appender_clear(appender);
          throw error;
        }
      }),
    abandon: () => {
      if (!open) return;
      open = false;
      try {
        bindings.appender_clear(appender);
        bindings.appender_close_sync(appender);
      } catch {
        // An appender that has failed can't be cleared; it holds nothing any more.
      }
    },
  };
}

function writerFor(
  bindings: Bindings,
  table: string,
  field: Field,
  column: Field,
  fast: boolean,
): WriteColumn {
  const wanted = duckdbType(field.type);
  if (wanted !== column.nativeType)
    throw new DatacookError(
      'SCHEMA',
      `Column "${column.name}" of ${table} is ${column.nativeType}, and ${wanted} can't be appended to it directly.`,
      {
        hint: `Cast the batch's column to ${typeToString(column.type)}, or alter the table's to ${wanted}.`,
        details: { column: column.name },
      },
    );
  return columnWriter(bindings, field.name, field.type, fast);
}

/** Where each of the table's columns lies in the batch; -1: nowhere. */
function bindBatch(table: string, batch: Schema, slots: readonly Slot[], schema: Schema): number[] {
  const names = slots.map((slot) => foldName(slot.name));
  const places = slots.map(() => -1);
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

/** Makes values NULL, and those inside of structs too, whose memory DuckDB would read. */
function nullWriter(bindings: Bindings) {
  const none = new Uint8Array(VECTOR_ROWS / 8);
  return function fillNull(vector: Vector, type: LogicalType, count: number): void {
    bindings.vector_ensure_validity_writable(vector);
    bindings.copy_data_to_vector_validity(vector, 0, none.buffer, 0, Math.ceil(count / 64) * 8);
    if (bindings.get_type_id(type) !== bindings.Type.STRUCT) return;
    for (let at = 0; at < bindings.struct_type_child_count(type); at++)
      fillNull(
        bindings.struct_vector_get_child(vector, at),
        bindings.struct_type_child_type(type, at),
        count,
      );
  };
}

function batchBytes(batch: Batch): number {
  const bytes = (column: Column): number =>
    (column.values?.byteLength ?? 0) + (column.children ?? []).reduce((sum, child) => sum + bytes(child), 0);
  return batch.columns.reduce((sum, column) => sum + bytes(column), 0);
}
