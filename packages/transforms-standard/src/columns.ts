import { DatacookError, type Field, type Schema } from '@datacook/core';
import { nearest } from '@datacook/toolkit';

const MOST_LISTED = 20;

/** The index of a column that a step names. Throws SCHEMA with near misses. */
export function columnIndex(step: string, schema: Schema, name: string): number {
  const index = schema.fields.findIndex((field) => field.name === name);
  if (index >= 0) return index;
  const names = schema.fields.map((field) => field.name);
  const near = nearest(name, names);
  throw new DatacookError('SCHEMA', `${step}: there is no column ${JSON.stringify(name)}.`, {
    hint: near.length > 0 ? `Did you mean ${list(near)}?` : `The columns here are: ${list(names)}.`,
    details: { step, column: name },
  });
}

/** Names for a message. */
function list(names: readonly string[]): string {
  const shown = names.slice(0, MOST_LISTED).map((name) => JSON.stringify(name));
  if (names.length > MOST_LISTED) shown.push(`… (${names.length} in all)`);
  return shown.join(', ');
}

/** The schema with other fields; without its primary key, unless `rename` still finds each of the key's columns. */
export function withFields(
  schema: Schema,
  fields: readonly Field[],
  rename: (name: string) => string | undefined = (name) => name,
): Schema {
  const key: string[] = [];
  for (const name of schema.primaryKey ?? []) {
    const renamed = rename(name);
    if (renamed === undefined) return { fields };
    key.push(renamed);
  }
  return schema.primaryKey === undefined ? { fields } : { fields, primaryKey: key };
}
