import { type Batch, DatacookError } from '@datacook/core';
import type { TargetColumn } from '../types/target-column.js';

/** Throws INTERNAL if the batch has a column that isn't among those that are filled: its values would be lost. */
export function checkFields({ schema }: Batch, columns: readonly TargetColumn[]): void {
  const extra = schema.fields.find((field) => !columns.some(({ name }) => name === field.name));
  if (extra !== undefined)
    throw new DatacookError('INTERNAL', `The column "${extra.name}" was not prepared, but rows have it.`, {
      details: { column: extra.name },
    });
}

/** Throws DATA if a row has NULL in one of the keys. */
export function checkKeys(batch: Batch, keys: readonly string[]): void {
  for (const key of keys) {
    const column = batch.columns[batch.schema.fields.findIndex(({ name }) => name === key)];
    const nulls = column === undefined ? batch.length : column.nullCount;
    if (nulls === 0) continue;
    throw new DatacookError('DATA', `The merge key "${key}" is NULL in ${nulls} of ${batch.length} rows.`, {
      hint: 'None of them was written. A key tells rows apart, so it must have a value: leave such rows out, or merge by other columns.',
      details: { column: key, rows: nulls },
    });
  }
}
