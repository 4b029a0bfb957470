import { type Batch, DatacookError, isDatacookError, type Schema } from '@datacook/core';
import { BatchBuilder } from './batch-builder.js';
import { inferSchema } from './infer-schema.js';
import { nearest } from './nearest.js';
import { columnReader, structReader } from './readers/column-reader.js';

/**
 * Lays rows out as columns. Values have the form that `ColumnBuilder.append` takes; a column that a row lacks is
 * NULL. Without a schema it is inferred from all rows: booleans; integers as `int64`, or `float64` where one isn't a
 * safe integer; bigints as `int64`, `decimal(38,0)` or `numeric`; strings as `utf8`; Date as `timestamptz`; bytes,
 * arrays, objects as `binary`, lists, structs. Throws SCHEMA for a column that the schema lacks, or whose values have
 * no common type; DATA for a value that doesn't fit, naming column and row.
 */
export function batchFromRows(rows: readonly Record<string, unknown>[], schema?: Schema): Batch {
  const fitting = schema ?? inferSchema(rows);
  const builder = new BatchBuilder(fitting, rows.length);
  const names = fitting.fields.map((field) => field.name);
  const known = new Set(names);
  for (const [index, row] of rows.entries()) {
    if (schema !== undefined) refuseUnknown(row, index, known);
    for (let column = 0; column < names.length; column++) {
      const name = names[column]!;
      try {
        builder.columns[column]!.append(Object.hasOwn(row, name) ? row[name] : null);
      } catch (error) {
        throw inCell(error, name, index);
      }
    }
    builder.endRow();
  }
  return builder.finish();
}

/** A batch's rows as objects, one after another; `columnReader` says in which form. */
export function* rowsOf(batch: Batch): Generator<Record<string, unknown>> {
  const { fields } = batch.schema;
  const read = structReader(
    fields.map((field) => field.name),
    fields.map((field, index) => columnReader(field.type, batch.columns[index]!)),
  );
  for (let row = 0; row < batch.length; row++) yield read(row);
}

function refuseUnknown(row: Record<string, unknown>, index: number, known: ReadonlySet<string>): void {
  const unknown = Object.keys(row).find((name) => !known.has(name));
  if (unknown === undefined) return;
  const near = nearest(unknown, known);
  throw new DatacookError(
    'SCHEMA',
    `Row ${index} has a column ${JSON.stringify(unknown)} that the schema lacks.`,
    {
      hint:
        near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `The schema has: ${[...known].join(', ')}.`,
    },
  );
}

function inCell(error: unknown, name: string, row: number): unknown {
  if (!isDatacookError(error) || error.code !== 'DATA') return error;
  return new DatacookError('DATA', `Column ${JSON.stringify(name)}, row ${row}: ${error.message}`, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    details: { column: name, row },
    cause: error,
  });
}
