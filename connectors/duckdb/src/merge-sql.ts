import { quoteIdentifier } from '@datacook/toolkit';
import type { FittedColumn } from './insert.js';

/**
 * What a merge brings: staged columns as those of the table. In the SQL made here `t` is the table, `s` is staging, and
 * `x` staged rows in the columns and types of the table.
 */
export interface MergeColumns {
  readonly keys: readonly FittedColumn[];
  readonly rest: readonly FittedColumn[];
  /** A staged row with a lesser value in it is left out. NULL is less than any value. */
  readonly order?: FittedColumn;
  /** The table has columns with a collation. Rows are compared without. */
  readonly isCollated: boolean;
}

/** Staged rows after one rowid, up to another; without them all. */
export interface Slice {
  readonly after?: string;
  readonly last?: string;
}

/** That a row of the table has the key of a staged row. */
export function matches({ keys, isCollated }: MergeColumns, row: 'x' | 's' = 'x'): string {
  return keys
    .map((key) => {
      const staged = row === 'x' ? of('x', key) : key.value;
      return `${comparable(of('t', key), key, isCollated)} = ${comparable(staged, key, isCollated)}`;
    })
    .join(' AND ');
}

/** That a staged row changes something in the row of its key. */
export function changes({ rest, order, isCollated }: MergeColumns): string {
  if (rest.length === 0) return 'false';
  const differs = `(${rest.map((column) => isChanged(column, isCollated)).join(' OR ')})`;
  if (order === undefined) return differs;
  const [held, staged] = [of('t', order), of('x', order)].map((each) => comparable(each, order, isCollated));
  return `(${held} IS NULL OR ${staged} >= ${held}) AND ${differs}`;
}

/** Staged rows in some of the columns of the table, by the name `x`. */
export function stagedRows(columns: readonly FittedColumn[], staging: string, slice: Slice): string {
  const list = columns.map(({ name, value }) => `${value} AS ${quoteIdentifier(name)}`);
  return `(SELECT ${list.join(', ')} FROM ${staging} s WHERE ${liesIn(slice)}) x`;
}

/** That a row of staging lies in a slice. */
export function liesIn({ after, last }: Slice): string {
  const conditions = [
    ...(after === undefined ? [] : [`s.rowid > ${after}`]),
    ...(last === undefined ? [] : [`s.rowid <= ${last}`]),
  ];
  return conditions.length === 0 ? 'true' : conditions.join(' AND ');
}

function of(row: 't' | 'x', { name }: FittedColumn): string {
  return `${row}.${quoteIdentifier(name)}`;
}

function comparable(value: string, { native }: FittedColumn, isCollated: boolean): string {
  return isCollated && native === 'VARCHAR' ? `encode(${value})` : value;
}

/**
 * DuckDB takes for equal what isn't the same: 0.0 and -0.0, a month and 30 days, and in a struct or list alike. A
 * merge must not leave the old one.
 */
function isChanged(column: FittedColumn, isCollated: boolean): string {
  const [held, staged] = [of('t', column), of('x', column)];
  const differs = `${comparable(held, column, isCollated)} IS DISTINCT FROM ${comparable(staged, column, isCollated)}`;
  if (EXACT.test(column.native)) return differs;
  if (column.native === 'FLOAT' || column.native === 'DOUBLE')
    return `${differs} OR signbit(${held}) IS DISTINCT FROM signbit(${staged})`;
  return `${differs} OR CAST(${held} AS VARCHAR) IS DISTINCT FROM CAST(${staged} AS VARCHAR)`;
}

/** Types whose equal values are the same. */
const EXACT =
  /^(BOOLEAN|U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|DECIMAL\(\d+,\d+\)|VARCHAR|JSON|BLOB|UUID|DATE|TIME|TIME_NS|TIMESTAMP|TIMESTAMP_(S|MS|NS)|TIME(STAMP)? WITH TIME ZONE|ENUM\(.*\))$/s;
