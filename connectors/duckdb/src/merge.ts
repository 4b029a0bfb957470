import type { Field, Merged } from '@datacook/core';
import {
  type DuckDBConnection,
  foldName,
  type TableName,
  tableSchema,
  tableSql,
} from '@datacook/duckdb-engine';
import { quoteIdentifier } from '@datacook/toolkit';
import { fitColumns } from './insert.js';
import type { MergeLoad } from './merge-load.js';
import { mergeRows } from './merge-rows.js';
import type { MergeColumns } from './merge-sql.js';
import { canSwap, swap } from './merge-swap.js';
import { loadedFields } from './staging.js';
import { isTable, prepareTable, relationKind } from './tables.js';

/** What a column is called in staging, where it isn't its name. */
type Renamed = ReadonlyMap<string, string>;

/** Merges the staged rows into the table, within the session's transaction, and drops staging. */
export async function mergeStaged(session: DuckDBConnection, load: MergeLoad): Promise<Merged> {
  const { table, staging, file } = load;
  const loaded = await loadedFields(session, staging);
  const renamed = await freeRowid(session, staging);
  const { rows, isReduced } = await file.withMemory(file.spilling, () =>
    reduceToKeys(session, load, renamed),
  );
  if (rows === 0) {
    await dropTable(session, staging);
    return { inserted: 0, updated: 0, unchanged: 0 };
  }
  await makeReady(session, table, loaded);
  const columns = await mergeColumns(session, load, loaded, renamed);
  // DuckDB forgets a DELETE from a table that is renamed in the same transaction when it recovers from its log.
  if (renamed.size === 0 && !isReduced && (await canSwap(session, load, loaded, rows)))
    return swap(session, load, columns, rows);
  const merged = await mergeRows(session, load, columns, rows);
  await dropTable(session, staging);
  return merged;
}

/**
 * A column named `rowid` hides DuckDB's own, which numbers staged rows in the order in which they came: a table that
 * rows are only ever added to keeps that order, through commits, appenders and new columns.
 */
async function freeRowid(session: DuckDBConnection, staging: TableName): Promise<Renamed> {
  const names = (await tableSchema(session, staging)).fields.map((field) => field.name);
  const own = names.find((name) => foldName(name) === 'rowid');
  if (own === undefined) return new Map();
  let free = '_datacook_rowid';
  while (names.some((name) => foldName(name) === free)) free += '_';
  await session.run(
    `ALTER TABLE ${tableSql(staging)} RENAME COLUMN ${quoteIdentifier(own)} TO ${quoteIdentifier(free)}`,
    [],
    `rename a column of ${tableSql(staging)}`,
  );
  return new Map([[own, free]]);
}

/**
 * Leaves one staged row a key: the last that came; with an order the one with the greatest value, of equal ones the
 * last, and one with NULL only where there is no other. Returns how many rows are left, and whether any had to go. Where
 * no key comes twice, to count them is all it costs.
 */
async function reduceToKeys(
  session: DuckDBConnection,
  { target, staging }: MergeLoad,
  renamed: Renamed,
): Promise<{ readonly rows: number; readonly isReduced: boolean }> {
  const from = tableSql(staging);
  const column = (name: string) => quoteIdentifier(renamed.get(name) ?? name);
  const keys = target.mergeKeys.map(column).join(', ');
  const doing = `look for the last rows of each key in ${from}`;
  const [row] = await session.rows(
    `SELECT CAST((SELECT count(*) FROM ${from}) AS VARCHAR) AS rows,
       CAST((SELECT count(*) FROM (SELECT 1 FROM ${from} GROUP BY ${keys})) AS VARCHAR) AS keys`,
    [],
    doing,
  );
  const last =
    target.mergeOrder === undefined
      ? 'max(rowid)'
      : `max({ known: ${column(target.mergeOrder)} IS NOT NULL, value: ${column(target.mergeOrder)}, place: rowid }).place`;
  const isReduced = row?.['rows'] !== row?.['keys'];
  if (isReduced)
    await session.run(
      `DELETE FROM ${from} WHERE rowid NOT IN (SELECT ${last} FROM ${from} GROUP BY ${keys})`,
      [],
      doing,
    );
  return { rows: Number(row?.['keys']), isReduced };
}

/**
 * Makes the table, or columns of it, where they were dropped since `prepare`. Types are left as they are: staged rows
 * are cast to them.
 */
async function makeReady(
  session: DuckDBConnection,
  table: TableName,
  loaded: readonly Field[],
): Promise<void> {
  const isThere = (await relationKind(session, table)) === 'table';
  const current = isThere ? await tableSchema(session, table) : undefined;
  const held = new Set(current?.fields.map((field) => foldName(field.name)));
  const fields = loaded.filter((field) => !held.has(foldName(field.name)));
  if (fields.length > 0) await prepareTable(session, table, { fields }, current);
}

async function mergeColumns(
  session: DuckDBConnection,
  { target, table }: MergeLoad,
  loaded: readonly Field[],
  renamed: Renamed,
): Promise<MergeColumns> {
  const columns = await fitColumns(session, table, loaded, renamed);
  const isKey = ({ name }: { readonly name: string }) => target.mergeKeys.includes(name);
  const order = columns.find((column) => column.name === target.mergeOrder);
  const [condition, values] = isTable(table);
  const [row] = await session.rows(
    `SELECT CAST(contains(sql, ' COLLATE ') AS VARCHAR) AS collated FROM duckdb_tables() WHERE ${condition}`,
    values,
    `look at ${tableSql(table)}`,
  );
  return {
    keys: columns.filter(isKey),
    rest: columns.filter((column) => !isKey(column)),
    ...(order === undefined ? {} : { order }),
    isCollated: row?.['collated'] === 'true',
  };
}

function dropTable(session: DuckDBConnection, name: TableName): Promise<number> {
  return session.run(`DROP TABLE ${tableSql(name)}`, [], `drop ${tableSql(name)}`);
}
