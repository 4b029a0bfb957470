import { type DuckDBConnection, tableSql } from '@datacook/duckdb-engine';
import type { FittedColumn } from './insert.js';
import type { MergeLoad } from './merge-load.js';
import { changes, type MergeColumns, matches, type Slice, stagedRows } from './merge-sql.js';

/** The part of memory that a slice's rows may take in the hash table of a join. */
const SLICE_SHARE = 1 / 3;

/** Each staged row lies in one slice, and none is so large that a join over these columns of it would have to spill. */
export async function slicesOf(
  session: DuckDBConnection,
  { staging, file }: MergeLoad,
  columns: readonly FittedColumn[],
  rows: number,
): Promise<Slice[]> {
  const from = tableSql(staging);
  const width = await rowWidth(session, from, columns, rows);
  const size = Math.max(2048, Math.floor((file.spilling * SLICE_SHARE) / width));
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
  columns: readonly FittedColumn[],
  rows: number,
): Promise<number> {
  const lengths = columns.flatMap(({ staged, stagedNative }) => {
    if (!/VARCHAR|JSON|BLOB|\[|STRUCT/.test(stagedNative)) return [];
    const length = stagedNative === 'BLOB' ? `octet_length(${staged})` : `strlen(CAST(${staged} AS VARCHAR))`;
    return [`coalesce(${length}, 0)`];
  });
  const fixed = 32 + 12 * columns.length;
  if (lengths.length === 0) return fixed;
  const percent = Math.min(100, Math.max(1, Math.ceil(5_000_000 / rows)));
  const [row] = await session.rows(
    `SELECT CAST(CAST(avg(${lengths.join(' + ')}) AS BIGINT) AS VARCHAR) AS width
     FROM ${from} s USING SAMPLE ${percent} PERCENT (system, 1)`,
    [],
    `look at ${from}`,
  );
  return fixed + Number(row?.['width'] ?? 0);
}

/**
 * The staged rows `x`, slice by slice, and the condition that one changes a row of the table `t`. None where a load
 * has nothing but keys.
 */
export async function changingRows(
  session: DuckDBConnection,
  load: MergeLoad,
  columns: MergeColumns,
  rows: number,
): Promise<{ readonly x: string; readonly where: string }[]> {
  if (columns.rest.length === 0) return [];
  const all = [...columns.keys, ...columns.rest];
  const where = `${matches(columns)} AND ${changes(columns)}`;
  return (await slicesOf(session, load, all, rows)).map((slice) => ({
    x: stagedRows(all, tableSql(load.staging), slice),
    where,
  }));
}
