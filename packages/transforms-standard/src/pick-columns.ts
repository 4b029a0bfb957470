import type { BoundTransform, Schema } from '@datacook/core';
import { withFields } from './columns.js';

/** Hands on the columns with these indexes, in this order. No data is touched. */
export function pickColumns(input: Schema, indexes: readonly number[]): BoundTransform {
  const fields = indexes.map((index) => input.fields[index]!);
  const names = new Set(fields.map((field) => field.name));
  const schema = withFields(input, fields, (name) => (names.has(name) ? name : undefined));
  return {
    schema,
    apply: (batch) => ({
      batch: { ...batch, schema, columns: indexes.map((index) => batch.columns[index]!) },
    }),
  };
}
