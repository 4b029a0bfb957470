import type { Merged } from '@datacook/core';
import { type DuckDBConnection, tableSql } from '@datacook/duckdb-engine';
import { quoteIdentifier } from '@datacook/toolkit';
import { counted, type MergeLoad } from './merge-load.js';
import { slicesOf } from './merge-slices.js';
import { changes, type MergeColumns, matches, namesOf, type Slice, stagedRows } from './merge-sql.js';
import { isUpdatedInPlace, keptColumns } from './merge-way.js';
import { loadIndexes } from './tables.js';

/** Where changed rows wait that keep columns of the table. */
const CHANGED = 'temp.main._datacook_changed';

/**
 * Merges staged rows, one a key, into a table that stays (see `canSwap`).
 *
 * Changed rows are deleted, and inserted with the new ones. The figures for 3 million rows of 16 columns merged into
 * 3 million, half of them changed, with `memory_limit` 256mb, in CPU seconds on two shared cores, without the second
 * half second that it takes to see that no key comes twice:
 *
 * | way | CPU s | peak MB |
 * | --- | --- | --- |
 * | DELETE of what differs, slice by slice, then one INSERT | 3.5 | 430 |
 * | the same with 160mb | 3.4–3.8 | 320 |
 * | the same with 160mb, rows in no order | 6.0 | 330 |
 * | DELETE of what differs in one go, one INSERT | 6.3 | 412 |
 * | DELETE and INSERT slice by slice | 5.0–5.4 | 505 |
 * | DELETE of all that match, INSERT of all (rewrites what is unchanged) | 3.1 | 290 |
 * | `MERGE INTO`, and `UPDATE` + `INSERT` | out of memory; without a limit 4.7, 4.4 | 980 |
 *
 * DuckDB keeps an UPDATE's old and new values in memory until the commit, and writes whole row groups anew for a few
 * updated rows; for a DELETE it does neither. The space of deleted rows is used again from the next checkpoint on, which
 * costs 1.6: the file stays at about two and a half times the table, however often half of it is merged.
 *
 * Under an index it is the other way about: keys taken out of it and put in again cost three times an UPDATE of the
 * columns beside them (1 million rows: 4.4 and 1.7 CPU s; 3 million: no end, and 4.3), and DuckDB doesn't reclaim
 * deleted rows there. So rows are updated where the table has a key or index; other tables' foreign keys forbid a
 * DELETE anyway.
 */
export async function mergeRows(
  session: DuckDBConnection,
  load: MergeLoad,
  columns: MergeColumns,
  rows: number,
): Promise<Merged> {
  const { memory, table } = load;
  if (columns.rest.length === 0) return counted(rows, await insertMissing(session, load, columns), 0);
  if (await isUpdatedInPlace(session, table, columns)) {
    const changed = await updateChanged(session, load, columns, await slicesOf(session, load, columns, rows));
    return counted(rows, await insertMissing(session, load, columns), changed);
  }
  return memory.withMemory(memory.spilling, async () => {
    await loadIndexes(session, table, columns.keys[0]?.name ?? '');
    const slices = await slicesOf(session, load, columns, rows);
    const kept = await keptColumns(session, table, columns);
    if (kept.length > 0) {
      const changed = await rewriteChanged(session, load, columns, kept, slices);
      return counted(rows, await insertMissing(session, load, columns), changed);
    }
    const deleted = await deleteChanged(session, load, columns, slices);
    const written = await insertMissing(session, load, columns);
    return counted(rows, written - Math.min(deleted, written), deleted);
  });
}

/** Inserts the staged rows whose key the table doesn't have, or has no more. */
function insertMissing(
  session: DuckDBConnection,
  { table, staging }: MergeLoad,
  columns: MergeColumns,
): Promise<number> {
  const all = [...columns.keys, ...columns.rest];
  return session.run(
    `INSERT INTO ${tableSql(table)}(${namesOf(all)}) SELECT ${namesOf(all, 'x.')}
     FROM ${stagedRows(columns, tableSql(staging))} x ANTI JOIN ${tableSql(table)} t ON (${matches(columns)})`,
    [],
    `merge into ${tableSql(table)}`,
  );
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
  for (const [at, slice] of slices.entries()) {
    const verb = at === 0 ? `CREATE TEMP TABLE ${CHANGED} AS` : `INSERT INTO ${CHANGED}`;
    await session.run(
      `${verb} SELECT ${select} FROM ${into} t JOIN ${stagedRows(columns, tableSql(staging), slice)} x
       ON ${matches(columns)} WHERE ${changes(columns)}`,
      [],
      doing,
    );
  }
  await session.run(
    `DELETE FROM ${into} AS t USING ${CHANGED} x WHERE ${matches(columns)} AND ${changes(columns)}`,
    [],
    doing,
  );
  const all = [...names, ...keptNames].join(', ');
  const rows = await session.run(`INSERT INTO ${into}(${all}) SELECT ${all} FROM ${CHANGED}`, [], doing);
  await session.run(`DROP TABLE ${CHANGED}`, [], doing);
  return rows;
}
