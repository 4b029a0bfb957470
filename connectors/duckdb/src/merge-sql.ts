import { quoteIdentifier } from '@datacook/toolkit';
import type { FittedColumn } from './insert.js';

/** What a merge brings: staged columns as those of the table. In the SQL made here `t` is the table, `x` a staged row. */
export interface MergeColumns {
  readonly keys: readonly FittedColumn[];
  readonly rest: readonly FittedColumn[];
  /** A staged row with a lesser value in it is left out. NULL is less than any value. */
  readonly order?: FittedColumn;
  /** The table has columns with a collation. Rows are compared without. */
  readonly isCollated: boolean;
}

/** That a row of the table has the key of a staged row. */
export function matches({ keys, isCollated }: MergeColumns): string {
  return keys
    .map((key) => `${comparable(key, 't', isCollated)} = ${comparable(key, 'x', isCollated)}`)
    .join(' AND ');
}

/** That a staged row changes something in the row of its key. */
export function changes(columns: MergeColumns): string {
  const { rest, order, isCollated } = columns;
  if (rest.length === 0) return 'false';
  const differs = `(${rest.map((column) => isChanged(column, isCollated)).join(' OR ')})`;
  if (order === undefined) return differs;
  const [held, staged] = [comparable(order, 't', isCollated), comparable(order, 'x', isCollated)];
  return `(${held} IS NULL OR ${staged} >= ${held}) AND ${differs}`;
}

/** Staged rows after one rowid, up to another; without them all. */
export interface Slice {
  readonly after?: string;
  readonly last?: string;
}

/** Staged rows in the columns and types of the table. */
export function stagedRows(
  { keys, rest }: MergeColumns,
  staging: string,
  { after, last }: Slice = {},
): string {
  const columns = [...keys, ...rest].map(({ name, value }) => `${value} AS ${quoteIdentifier(name)}`);
  const conditions = [
    ...(after === undefined ? [] : [`rowid > ${after}`]),
    ...(last === undefined ? [] : [`rowid <= ${last}`]),
  ];
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  return `(SELECT ${columns.join(', ')} FROM ${staging}${where})`;
}

export function namesOf(columns: readonly FittedColumn[], prefix = ''): string {
  return columns.map(({ name }) => `${prefix}${quoteIdentifier(name)}`).join(', ');
}

function comparable({ name, native }: FittedColumn, row: 't' | 'x', isCollated: boolean): string {
  const column = `${row}.${quoteIdentifier(name)}`;
  return isCollated && native === 'VARCHAR' ? `encode(${column})` : column;
}

/**
 * DuckDB takes for equal what isn't the same: 0.0 and -0.0, a month and 30 days, and in a struct or list alike. A
 * merge must not leave the old one.
 */
function isChanged(column: FittedColumn, isCollated: boolean): string {
  const name = quoteIdentifier(column.name);
  const differs = `${comparable(column, 't', isCollated)} IS DISTINCT FROM ${comparable(column, 'x', isCollated)}`;
  if (EXACT.test(column.native)) return differs;
  if (column.native === 'FLOAT' || column.native === 'DOUBLE')
    return `${differs} OR signbit(t.${name}) IS DISTINCT FROM signbit(x.${name})`;
  return `${differs} OR CAST(t.${name} AS VARCHAR) IS DISTINCT FROM CAST(x.${name} AS VARCHAR)`;
}

/** Types whose equal values are the same. */
const EXACT =
  /^(BOOLEAN|U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|DECIMAL\(\d+,\d+\)|VARCHAR|JSON|BLOB|UUID|DATE|TIME|TIME_NS|TIMESTAMP|TIMESTAMP_(S|MS|NS)|TIME(STAMP)? WITH TIME ZONE|ENUM\(.*\))$/s;
