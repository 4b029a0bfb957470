import { type DuckDBConnection, foldName, type TableName, tableSql } from '@datacook/duckdb-engine';
import type { MergeColumns } from './merge-sql.js';
import { isTable, writableColumns } from './tables.js';

/** The table's columns that the load lacks. Generated ones make themselves. */
export async function keptColumns(
  session: DuckDBConnection,
  table: TableName,
  columns: MergeColumns,
): Promise<string[]> {
  const loaded = new Set([...columns.keys, ...columns.rest].map(({ name }) => foldName(name)));
  return (await writableColumns(session, table))
    .map(({ field }) => field.name)
    .filter((name) => !loaded.has(foldName(name)));
}

/**
 * Whether changed rows are updated rather than deleted and inserted. Not where a column beside the keys is under a
 * unique index: DuckDB looks at each row by itself, and refuses values that two rows exchange.
 */
export async function isUpdatedInPlace(
  session: DuckDBConnection,
  table: TableName,
  { keys }: MergeColumns,
): Promise<boolean> {
  const [condition, values] = isTable(table);
  const [referenced] = isTable(table, 'referenced_table');
  const found = await session.rows(
    `SELECT 'unique' AS kind, CAST(unnest(constraint_column_names) AS VARCHAR) AS columns
     FROM duckdb_constraints() WHERE constraint_type IN ('PRIMARY KEY', 'UNIQUE') AND ${condition}
     UNION ALL SELECT 'other', '' FROM duckdb_constraints() WHERE constraint_type = 'FOREIGN KEY' AND ${condition}
     UNION ALL SELECT 'referenced', ''
     FROM (SELECT database_name, schema_name, referenced_table FROM duckdb_constraints()) WHERE ${referenced}
     UNION ALL SELECT CASE WHEN is_unique THEN 'unique' ELSE 'other' END, CAST(expressions AS VARCHAR)
     FROM duckdb_indexes() WHERE ${condition}`,
    [...values, ...values, ...values, ...values],
    `look at ${tableSql(table)}`,
  );
  if (found.some((row) => row['kind'] === 'referenced')) return true;
  // An index says its columns in one text: [id, '"other name"'].
  const plain = (text: string) => foldName(text.replace(/[[\]'" ]/g, ''));
  const names = new Set(keys.map(({ name }) => plain(name)));
  const isOfKeys = (text: string) => text.split(',').every((name) => names.has(plain(name)));
  return found.length > 0 && found.every((row) => row['kind'] !== 'unique' || isOfKeys(row['columns'] ?? ''));
}
