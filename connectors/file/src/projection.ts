import type { Batch, Schema } from '@datacook/core';
import { fileField } from './memory.js';

/** How files are decoded where not all columns are wanted. */
export interface Projection {
  /** What the format is asked for: all columns, those that nobody wants as text, so that none of them can fail. */
  readonly decoded: Schema;
  apply(batch: Batch): Batch;
}

/** Only `columns`, in this order; all of them if that is undefined. */
export function projectionOf(schema: Schema, columns: readonly string[] | undefined): Projection {
  if (columns === undefined) return { decoded: schema, apply: (batch) => batch };
  const wanted = new Set(columns);
  const places = columns.map((name) => schema.fields.findIndex((field) => field.name === name));
  const projected: Schema = { fields: places.map((place) => schema.fields[place]!) };
  return {
    decoded: {
      fields: schema.fields.map((field) =>
        wanted.has(field.name) ? field : fileField(field.name, { kind: 'utf8' }),
      ),
    },
    apply: ({ length, columns: all }) => ({
      length,
      schema: projected,
      columns: places.map((place) => all[place]!),
    }),
  };
}
