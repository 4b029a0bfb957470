import { DatacookError } from '@datacook/core';
import { quoteIdentifier } from '@datacook/toolkit';

/** What the server keeps of a name; it would cut off the rest without a word. */
export const MAX_NAME_BYTES = 63;

/** A table's name: as the catalog has it, and quoted. */
export interface TableName {
  readonly schema: string;
  readonly name: string;
  /** Quoted, with its schema. */
  readonly sql: string;
}

export function tableName(schema: string, name: string): TableName {
  return { schema, name, sql: `${quoteIdentifier(schema)}.${quoteIdentifier(name)}` };
}

/**
 * Throws SCHEMA for columns that a table can't have under their names.
 *
 * @param reserved Names that are ours.
 */
export function checkColumnNames(names: readonly string[], table: TableName, reserved: string): void {
  const what = (name: string) => {
    if (name === '') return 'a column without a name';
    if (name.includes('\0')) return `a column ${JSON.stringify(name)}, whose name has a NUL character`;
    if (Buffer.byteLength(name) > MAX_NAME_BYTES)
      return `a column "${name}", whose name has ${Buffer.byteLength(name)} bytes (Postgres keeps ${MAX_NAME_BYTES})`;
    if (name === reserved) return `a column "${name}", a name that datacook needs for itself`;
    return undefined;
  };
  for (const name of names) {
    const fault = what(name);
    if (fault === undefined) continue;
    throw new DatacookError('SCHEMA', `The load for ${table.sql} has ${fault}.`, {
      hint: 'Give it another name with rename_columns.',
      details: { column: name },
    });
  }
}
