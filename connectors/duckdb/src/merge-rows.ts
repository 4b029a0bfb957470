import type { Merged } from '@datacook/core';
import { type DuckDBConnection, tableSql } from '@datacook/duckdb-engine';
import { quoteIdentifier } from '@datacook/toolkit';
import { insertFitted } from './insert.js';
import { counted, type MergeLoad } from './merge-load.js';
import { changingRows, slicesOf } from './merge-slices.js';
import { liesIn, type MergeColumns, matches } from './merge-sql.js';
import { isUpdatedInPlace, keptColumns } from './merge-way.js';
import { loadIndexes } from './tables.js';

/** Where changed rows wait that keep columns of the table. */
const CHANGED = 'temp.main._datacook_changed';

/**
 * Merges staged rows, one a key, into a table that stays (see `canSwap`).
 *
 * Rows that change are deleted, slice by slice; then staged rows whose key the table still has are, since they change
 * nothing; what is left of them is inserted. No join holds more than a slice, and the INSERT joins nothing: it all works
 * with 96 MB. The figures for 3 million rows of 16 columns merged into 3 million, half of them changed, in CPU seconds
 * on two shared cores, the 0.4 to see that no key comes twice and 1.6 for the next checkpoint not counted:
 *
 * | way | limit | CPU s | peak MB |
 * | --- | --- | --- | --- |
 * | as here (rows in no order: 6.5) | 160 MB | 3.3 | 360 |
 * | INSERT of what an ANTI JOIN finds missing | 256 MB; 160 MB: runs out of memory, sometimes | 3.5 | 430 |
 * | the same, DELETE in one go | 256 MB | 6.3 | 412 |
 * | DELETE and INSERT slice by slice | 256 MB | 5.0–5.4 | 505 |
 * | DELETE of all that match, INSERT of all (rewrites what is unchanged) | 256 MB | 3.1 | 290 |
 * | `MERGE INTO`, and `UPDATE` + `INSERT` | 256 MB: out of memory; none | 4.7, 4.4 | 980 |
 *
 * DuckDB keeps an UPDATE's old and new values in memory until the commit, and writes whole row groups anew for a few
 * updated rows; for a DELETE it does neither. The space of deleted rows is used again from the next checkpoint on: the
 * file stays at about two and a half times the table, however often half of it is merged.
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
  const { file, table, staging } = load;
  const inPlace = await isUpdatedInPlace(session, table, columns);
  const insertRest = async () => {
    await dropMatched(session, load, columns, rows);
    return insertFitted(session, table, staging, [...columns.keys, ...columns.rest]);
  };
  if (inPlace) {
    const updated = await updateChanged(session, load, columns, rows);
    return counted(rows, await insertRest(), updated);
  }
  return file.withMemory(file.spilling, async () => {
    await loadIndexes(session, table, columns.keys[0]?.name ?? '');
    const kept = await keptColumns(session, table, columns);
    if (kept.length > 0) {
      const rewritten = await rewriteChanged(session, load, columns, kept, rows);
      return counted(rows, await insertRest(), rewritten);
    }
    const deleted = await deleteChanged(session, load, columns, rows);
    const written = await insertRest();
    return counted(rows, written - Math.min(deleted, written), deleted);
  });
}

/** Deletes the staged rows whose key the table has. */
async function dropMatched(
  session: DuckDBConnection,
  load: MergeLoad,
  columns: MergeColumns,
  rows: number,
): Promise<void> {
  for (const slice of await slicesOf(session, load, columns.keys, rows))
    await session.run(
      `DELETE FROM ${tableSql(load.staging)} AS s USING ${tableSql(load.table)} t
       WHERE ${liesIn(slice)} AND ${matches(columns, 's')}`,
      [],
      `merge into ${tableSql(load.table)}`,
    );
}

async function deleteChanged(
  session: DuckDBConnection,
  load: MergeLoad,
  columns: MergeColumns,
  rows: number,
): Promise<number> {
  const into = tableSql(load.table);
  let deleted = 0;
  for (const { x, where } of await changingRows(session, load, columns, rows))
    deleted += await session.run(
      `DELETE FROM ${into} AS t USING ${x} WHERE ${where}`,
      [],
      `merge into ${into}`,
    );
  return deleted;
}

async function updateChanged(
  session: DuckDBConnection,
  load: MergeLoad,
  columns: MergeColumns,
  rows: number,
): Promise<number> {
  const into = tableSql(load.table);
  const names = columns.rest.map(({ name }) => quoteIdentifier(name));
  const assignments = names.map((name) => `${name} = x.${name}`).join(', ');
  let updated = 0;
  for (const { x, where } of await changingRows(session, load, columns, rows))
    updated += await session.run(
      `UPDATE ${into} AS t SET ${assignments} FROM ${x} WHERE ${where}`,
      [],
      `merge into ${into}`,
    );
  return updated;
}

/** Deletes changed rows and inserts them with their new values, and with those of columns that the load lacks. */
async function rewriteChanged(
  session: DuckDBConnection,
  load: MergeLoad,
  columns: MergeColumns,
  kept: readonly string[],
  rows: number,
): Promise<number> {
  const into = tableSql(load.table);
  const doing = `merge into ${into}`;
  const names = [...columns.keys, ...columns.rest].map(({ name }) => quoteIdentifier(name));
  const keptNames = kept.map((name) => quoteIdentifier(name));
  const select = [...names.map((name) => `x.${name}`), ...keptNames.map((name) => `t.${name}`)].join(', ');
  const all = [...names, ...keptNames].join(', ');
  const slices = await changingRows(session, load, columns, rows);
  for (const [at, { x, where }] of slices.entries()) {
    const verb = at === 0 ? `CREATE TEMP TABLE ${CHANGED} AS` : `INSERT INTO ${CHANGED}`;
    await session.run(`${verb} SELECT ${select} FROM ${into} t JOIN ${x} ON (${where})`, [], doing);
    await session.run(`DELETE FROM ${into} AS t USING ${x} WHERE ${where}`, [], doing);
  }
  if (slices.length === 0) return 0;
  const changed = await session.run(`INSERT INTO ${into}(${all}) SELECT ${all} FROM ${CHANGED}`, [], doing);
  await session.run(`DROP TABLE ${CHANGED}`, [], doing);
  return changed;
}
