import { DatacookError, type Field, type Merged } from '@datacook/core';
import { type DuckDBConnection, type TableName, tableSchema, tableSql } from '@datacook/duckdb-engine';
import { counted, type File, type MergeLoad } from './merge-load.js';
import { changingRows, slicesOf } from './merge-slices.js';
import { type MergeColumns, matches, stagedRows } from './merge-sql.js';
import { adopt, countRows, hasOwn } from './tables.js';

/** How many rows a load must have, of those in the table, for its staging table to take the table's place. */
const LARGE_SHARE = 3 / 4;

/**
 * Whether the staging table may become the table. It then has to be given the rows of the table that the load lacks:
 * that is worth while where these are few, and possible where nothing of the table would be lost.
 *
 * With 3 million rows merged into 3 million, half of them changed, this costs 1.8 CPU seconds, 1.3 of them to count
 * what changes, where `mergeRows` costs 5 with its checkpoint; and the file doesn't grow.
 *
 * @param rows Staged rows, one a key.
 */
export async function canSwap(
  session: DuckDBConnection,
  { target, table, staging }: MergeLoad,
  loaded: readonly Field[],
  rows: number,
): Promise<boolean> {
  const held = await countRows(session, table);
  if (held > 0) {
    if (target.mergeOrder !== undefined || rows < held * LARGE_SHARE) return false;
    if (loaded.length < (await tableSchema(session, table)).fields.length) return false;
  }
  if (await hasOwn(session, table)) return false;
  return (await describe(session, table)) === (await describe(session, staging));
}

/** Gives the staging table the rows of the table whose keys it lacks, and puts it in the table's place. */
export async function swap(
  session: DuckDBConnection,
  load: MergeLoad,
  columns: MergeColumns,
  rows: number,
): Promise<Merged> {
  const { file, table, staging } = load;
  const held = await countRows(session, table);
  await requireSame(file, table, held);
  if (held === 0) {
    await adopt(session, table, staging);
    return counted(rows, rows, 0);
  }
  return file.withMemory(file.spilling, async () => {
    const changed = await countChanged(session, load, columns, rows);
    const matched = await dropReplaced(session, load, columns, rows);
    await session.run(
      `INSERT INTO ${tableSql(staging)} SELECT * FROM ${tableSql(table)}`,
      [],
      `merge into ${tableSql(table)}`,
    );
    await requireSame(file, table, held);
    await adopt(session, table, staging);
    return counted(rows, Math.max(0, rows - matched), changed);
  });
}

/** How many rows of the table differ from the staged rows of their keys. */
async function countChanged(
  session: DuckDBConnection,
  load: MergeLoad,
  columns: MergeColumns,
  rows: number,
): Promise<number> {
  const from = tableSql(load.table);
  let changed = 0;
  for (const { x, where } of await changingRows(session, load, columns, rows)) {
    const [row] = await session.rows(
      `SELECT CAST(count(*) AS VARCHAR) AS rows FROM ${from} t JOIN ${x} ON (${where})`,
      [],
      `merge into ${from}`,
    );
    changed += Number(row?.['rows']);
  }
  return changed;
}

/** Deletes the rows of the table that staged ones take the place of. Returns how many. */
async function dropReplaced(
  session: DuckDBConnection,
  load: MergeLoad,
  columns: MergeColumns,
  rows: number,
): Promise<number> {
  const from = tableSql(load.table);
  let deleted = 0;
  for (const slice of await slicesOf(session, load, columns.keys, rows))
    deleted += await session.run(
      `DELETE FROM ${from} AS t USING ${stagedRows(columns.keys, tableSql(load.staging), slice)}
       WHERE ${matches(columns)}`,
      [],
      `merge into ${from}`,
    );
  return deleted;
}

/**
 * DuckDB drops a table with rows in it that the transaction doesn't see. Other heads are kept out (`keepOutOthers`), but
 * not what the program itself writes to the file.
 */
async function requireSame(file: File, table: TableName, held: number): Promise<void> {
  if ((await file.countRows(table)) === held) return;
  throw new DatacookError(
    'CONNECTION',
    `Rows of ${tableSql(table)} were added or deleted by this process while a load was merged into it.`,
    { hint: 'Nothing was written by this attempt; it is made again.', retry: true },
  );
}

/** A table's columns and types, in order, as one text. */
async function describe(session: DuckDBConnection, table: TableName): Promise<string> {
  const { fields } = await tableSchema(session, table);
  return JSON.stringify(fields.map((field) => [field.name, field.nativeType]));
}
