import { DatacookError, type Field, type Schema } from '@datacook/core';
import {
  type DuckDBConnection,
  foldName,
  type TableName,
  tableSchema,
  tableSql,
} from '@datacook/duckdb-engine';
import { quoteLiteral, sha256 } from '@datacook/toolkit';
import { isTable, relationKind } from './tables.js';

const stagingPrefix = (key: string) => `_datacook_staging_${sha256(key).slice(0, 16)}_`;

/** Where the rows of a load wait: beside the target, since a table can't be moved into another schema. */
export function stagingTable(target: TableName, key: string, load: string): TableName {
  return { ...target, table: `${stagingPrefix(key)}${sha256(load).slice(0, 16)}` };
}

/** Drops all staging of this key, but the one that is kept. */
export async function dropStaging(
  session: DuckDBConnection,
  catalog: string,
  key: string,
  keep?: TableName,
): Promise<void> {
  const found = await session.rows(
    'SELECT schema_name AS schema, table_name AS "table" FROM duckdb_tables() WHERE database_name = ? AND starts_with(table_name, ?)',
    [catalog, stagingPrefix(key)],
    'look for staging',
  );
  for (const row of found) {
    const name = { catalog, schema: row['schema'] ?? '', table: row['table'] ?? '' };
    const kept =
      keep !== undefined && foldName(name.schema) === foldName(keep.schema) && name.table === keep.table;
    if (!kept)
      await session.run(`DROP TABLE ${tableSql(name)}`, [], `drop the staging table ${tableSql(name)}`);
  }
}

/** The columns of staging; undefined if there is none. */
export async function stagedSchema(
  session: DuckDBConnection,
  staging: TableName,
): Promise<Schema | undefined> {
  return (await relationKind(session, staging)) === undefined ? undefined : tableSchema(session, staging);
}

/** Throws DATA if the rows that a load has staged are gone. */
export async function requireStaged(
  session: DuckDBConnection,
  target: TableName,
  staging: TableName,
): Promise<void> {
  if ((await relationKind(session, staging)) === 'table') return;
  throw new DatacookError(
    'DATA',
    `The staged rows of ${tableSql(target)} are gone: there is no table ${tableSql(staging)}.`,
    {
      hint: 'It was dropped, by hand or by another load. Run with --full-refresh to load again; the old rows are untouched.',
    },
  );
}

/**
 * Remembers which columns a load has brought so far, beside its staged rows and in their transaction: a column of
 * the table that it never brings is left alone by a merge, one that is NULL in all its rows is not.
 */
export async function noteLoaded(
  session: DuckDBConnection,
  staging: TableName,
  names: Iterable<string>,
): Promise<void> {
  const text = quoteLiteral(JSON.stringify([...names]));
  await session.run(`COMMENT ON TABLE ${tableSql(staging)} IS ${text}`, [], `write to ${tableSql(staging)}`);
}

/** The columns that a load has brought so far, in the order of staging. */
export async function loadedFields(session: DuckDBConnection, staging: TableName): Promise<readonly Field[]> {
  const [condition, values] = isTable(staging);
  const [row] = await session.rows(
    `SELECT comment FROM duckdb_tables() WHERE ${condition}`,
    values,
    `look at ${tableSql(staging)}`,
  );
  const names = new Set(JSON.parse(row?.['comment'] ?? '[]') as string[]);
  return (await tableSchema(session, staging)).fields.filter((field) => names.has(field.name));
}
