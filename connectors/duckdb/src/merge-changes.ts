import { type DuckDBConnection, foldName, type TableName, tableSql } from '@datacook/duckdb-engine';
import { quoteIdentifier } from '@datacook/toolkit';
import type { MergeLoad } from './merge.js';
import { changes, type MergeColumns, matches, type Slice, stagedRows } from './merge-sql.js';
import { isTable, loadIndexes, writableColumns } from './tables.js';

/** What was done to the rows of the table. */
interface Changed {
  readonly rows: number;
  /** They were deleted, and are inserted with the rows whose key the table lacks. */
  readonly areInserted: boolean;
}

/** The part of `memory_limit` that a slice's rows may take in the hash table of a join. */
const SLICE_SHARE = 1 / 3;

/** Where changed rows wait that keep columns of the table. */
const CHANGED = 'temp.main._datacook_changed';

/**
 * Brings into the table's rows what the staged rows of their keys change.
 *
 * Changed rows are deleted, and inserted with the new ones. The figures for 3 million rows of 16 columns merged into
 * 3 million, half of them changed, with `memory_limit` 256mb, in CPU seconds on two shared cores:
 *
 * | way | CPU s | peak MB |
 * | --- | --- | --- |
 * | DELETE of what differs, slice by slice, one INSERT | 3.7–4.0 | 435 |
 * | the same, rows shuffled | 5.5 | 430 |
 * | DELETE of what differs in one go, one INSERT | 7.0 | 412 |
 * | DELETE and INSERT slice by slice | 5.5–6.0 | 505 |
 * | `MERGE INTO`; `UPDATE` + `INSERT` | out of memory; without a limit 4.7, 4.4 | 980 |
 *
 * DuckDB keeps an UPDATE's old and new values in memory until the commit, and writes whole row groups anew for a few
 * updated rows; for a DELETE it does neither. The space of deleted rows is used again from a checkpoint on: the file
 * stays at about two and a half times the table, however often half of it is merged.
 *
 * Under an index it is the other way about: keys taken out of it and put in again cost three to four times an UPDATE
 * of the columns beside them (1 million rows: 4.4 and 1.7 CPU s), and DuckDB doesn't reclaim deleted rows there. So
 * rows are updated where the table has a key or index; other tables' foreign keys forbid a DELETE anyway.
 */
export async function applyChanges(
  session: DuckDBConnection,
  load: MergeLoad,
  columns: MergeColumns,
  rows: number,
): Promise<Changed> {
  if (columns.rest.length === 0) return { rows: 0, areInserted: false };
  const slices = await slicesOf(session, load, columns, rows);
  if (await isUpdatedInPlace(session, load.table, columns))
    return { rows: await updateChanged(session, load, columns, slices), areInserted: false };
  await loadIndexes(session, load.table, columns.rest[0]?.name ?? '');
  const kept = await keptColumns(session, load.table, columns);
  if (kept.length > 0)
    return { rows: await rewriteChanged(session, load, columns, kept, slices), areInserted: false };
  return { rows: await deleteChanged(session, load, columns, slices), areInserted: true };
}

/** Each staged row lies in one slice, and none is so large that a join over it would have to spill. */
async function slicesOf(
  session: DuckDBConnection,
  { staging, memoryLimit }: MergeLoad,
  columns: MergeColumns,
  rows: number,
): Promise<Slice[]> {
  const from = tableSql(staging);
  const width = await rowWidth(session, from, columns, rows);
  const size = Math.max(2048, Math.floor((memoryLimit * SLICE_SHARE) / width));
  if (rows <= size) return [{}];
  const found = await session.rows(
    `SELECT CAST(rowid AS VARCHAR) AS last FROM (SELECT rowid, row_number() OVER () AS place FROM ${from})
     WHERE place % ${size} = 0 ORDER BY rowid`,
    [],
    `count the rows of ${from}`,
  );
  const edges = found.map((row) => row['last'] as string);
  return [...edges, undefined].map((last, at) => ({
    ...(edges[at - 1] === undefined ? {} : { after: edges[at - 1] as string }),
    ...(last === undefined ? {} : { last }),
  }));
}

/** Bytes of a staged row in memory, about: a sample tells how long texts are. */
async function rowWidth(
  session: DuckDBConnection,
  from: string,
  columns: MergeColumns,
  rows: number,
): Promise<number> {
  const all = [...columns.keys, ...columns.rest];
  const lengths = all.flatMap(({ staged, stagedNative }) => {
    if (!/VARCHAR|JSON|BLOB|\[|STRUCT/.test(stagedNative)) return [];
    const length = stagedNative === 'BLOB' ? `octet_length(${staged})` : `strlen(CAST(${staged} AS VARCHAR))`;
    return [`coalesce(${length}, 0)`];
  });
  const fixed = 32 + 12 * all.length;
  if (lengths.length === 0) return fixed;
  const percent = Math.min(100, Math.max(1, Math.ceil(5_000_000 / rows)));
  const [row] = await session.rows(
    `SELECT CAST(CAST(avg(${lengths.join(' + ')}) AS BIGINT) AS VARCHAR) AS width
     FROM ${from} USING SAMPLE ${percent} PERCENT (system, 1)`,
    [],
    `look at ${from}`,
  );
  return fixed + Number(row?.['width'] ?? 0);
}

async function deleteChanged(
  session: DuckDBConnection,
  { table, staging }: MergeLoad,
  columns: MergeColumns,
  slices: readonly Slice[],
): Promise<number> {
  let deleted = 0;
  for (const slice of slices)
    deleted += await session.run(
      `DELETE FROM ${tableSql(table)} AS t USING ${stagedRows(columns, tableSql(staging), slice)} x
       WHERE ${matches(columns)} AND ${changes(columns)}`,
      [],
      `merge into ${tableSql(table)}`,
    );
  return deleted;
}

async function updateChanged(
  session: DuckDBConnection,
  { table, staging }: MergeLoad,
  columns: MergeColumns,
  slices: readonly Slice[],
): Promise<number> {
  const assignments = columns.rest
    .map(({ name }) => quoteIdentifier(name))
    .map((name) => `${name} = x.${name}`);
  let updated = 0;
  for (const slice of slices)
    updated += await session.run(
      `UPDATE ${tableSql(table)} AS t SET ${assignments.join(', ')}
       FROM ${stagedRows(columns, tableSql(staging), slice)} x WHERE ${matches(columns)} AND ${changes(columns)}`,
      [],
      `merge into ${tableSql(table)}`,
    );
  return updated;
}

/** Deletes changed rows and inserts them with their new values, and with those of columns that the load lacks. */
async function rewriteChanged(
  session: DuckDBConnection,
  { table, staging }: MergeLoad,
  columns: MergeColumns,
  kept: readonly string[],
  slices: readonly Slice[],
): Promise<number> {
  const into = tableSql(table);
  const doing = `merge into ${into}`;
  const names = [...columns.keys, ...columns.rest].map(({ name }) => quoteIdentifier(name));
  const keptNames = kept.map((name) => quoteIdentifier(name));
  const select = [...names.map((name) => `x.${name}`), ...keptNames.map((name) => `t.${name}`)].join(', ');
  let rows = 0;
  for (const [at, slice] of slices.entries()) {
    const verb = at === 0 ? `CREATE TEMP TABLE ${CHANGED} AS` : `INSERT INTO ${CHANGED}`;
    await session.run(
      `${verb} SELECT ${select} FROM ${into} t JOIN ${stagedRows(columns, tableSql(staging), slice)} x
       ON ${matches(columns)} WHERE ${changes(columns)}`,
      [],
      doing,
    );
  }
  await session.run(`DELETE FROM ${into} AS t USING ${CHANGED} x WHERE ${matches(columns)}`, [], doing);
  const all = [...names, ...keptNames].join(', ');
  rows = await session.run(`INSERT INTO ${into}(${all}) SELECT ${all} FROM ${CHANGED}`, [], doing);
  await session.run(`DROP TABLE ${CHANGED}`, [], doing);
  return rows;
}

/** The table's columns that the load lacks. Generated ones make themselves. */
async function keptColumns(
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
async function isUpdatedInPlace(
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
