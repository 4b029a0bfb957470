import { parseTableName } from '@datacook/toolkit';
import type { PostgresConfig } from './config.js';

/** A table's name as its parts: schema, if it is said, and name. */
export function tableParts(table: NonNullable<PostgresConfig['table']>): readonly string[] {
  if (typeof table === 'string') return parseTableName(table);
  return table.schema === undefined ? [table.name] : [table.schema, table.name];
}
