import { type Batch, DatacookError } from '@datacook/core';
import { isNull } from '@datacook/toolkit';
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
    const index = batch.schema.fields.findIndex(({ name }) => name === key);
    const column = batch.columns[index];
    if (column !== undefined && column.nullCount === 0) continue;
    for (let row = 0; row < batch.length; row++)
      if (column === undefined || isNull(column, row)) throw nullKey(key);
  }
}

function nullKey(key: string): DatacookError {
  return new DatacookError('DATA', `A row has NULL in "${key}", by which rows are merged.`, {
    hint: 'Name keys that are never NULL, or leave out such rows with filter_rows.',
    details: { column: key },
  });
}
