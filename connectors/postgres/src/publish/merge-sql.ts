import { DatacookError } from '@datacook/core';
import { quoteIdentifier } from '@datacook/toolkit';
import type { TargetColumn } from '../types/target-column.js';
import type { Prepared } from '../write/prepared.js';
import { columnsOf, type PublishedTable } from './published-table.js';

/** What rows are matched by, and what of them may change. In the SQL made here `t` is the table, `s` is staging. */
export interface MatchColumns {
  readonly keys: readonly TargetColumn[];
  readonly rest: readonly TargetColumn[];
  /** A staged row with a lesser value in it changes nothing. NULL is less than any value. */
  readonly order?: TargetColumn;
}

/**
 * The columns of a merge. Throws SCHEMA where a key, or the order, is missing or can't be compared, or a column can't
 * be written.
 */
export function mergeColumns(table: PublishedTable, { target, columns }: Prepared): MatchColumns {
  const { mergeKeys, mergeOrder } = target;
  for (const name of [...mergeKeys, ...(mergeOrder === undefined ? [] : [mergeOrder])])
    if (!columns.includes(name))
      throw new DatacookError(
        'SCHEMA',
        `The stream doesn't have the column "${name}", by which rows are merged into ${table.sql}.`,
        { hint: 'Names must be the same to the letter: see merge_keys.', details: { column: name } },
      );
  const all = columnsOf(table, columns);
  const keys = columnsOf(table, mergeKeys);
  for (const key of keys)
    if (!key.hasEquality)
      throw new DatacookError(
        'SCHEMA',
        `Column "${key.name}" of ${table.sql} is ${key.typeSql}, whose values Postgres can't compare: it can't be a merge key.`,
        { hint: 'Merge by other columns.', details: { column: key.name } },
      );
  const order = all.find(({ name }) => name === mergeOrder);
  return {
    keys,
    rest: all.filter(({ name }) => !mergeKeys.includes(name)),
    ...(order === undefined ? {} : { order }),
  };
}

export function nameList(columns: readonly { readonly name: string }[], row?: 's' | 't'): string {
  return columns
    .map(({ name }) => `${row === undefined ? '' : `${row}.`}${quoteIdentifier(name)}`)
    .join(', ');
}

/** That a row of the table has the key of a staged row. */
export function matches({ keys }: Pick<MatchColumns, 'keys'>): string {
  return keys.map(({ name }) => `t.${quoteIdentifier(name)} = s.${quoteIdentifier(name)}`).join(' and ');
}

/**
 * That a staged row changes something in the row of its key. Values are compared as they are stored: types without
 * equality (json, xml, point) can be, and what is equal without being the same (1.0 and 1.00, 0 and -0, a month and 30
 * days, `A` and `a` in citext) is a change. Such a comparison may take the same value for another, and then rewrites it.
 */
export function changes({ rest, order }: MatchColumns): string {
  if (rest.length === 0) return 'false';
  const differs = isOther(rest);
  if (order === undefined) return differs;
  const name = quoteIdentifier(order.name);
  return `(t.${name} is null or s.${name} >= t.${name}) and ${differs}`;
}

export function isOther(columns: readonly TargetColumn[]): string {
  return `row(${nameList(columns, 't')})::record operator(pg_catalog.*<>) row(${nameList(columns, 's')})::record`;
}

export function assignments(columns: readonly TargetColumn[]): string {
  return columns.map(({ name }) => `${quoteIdentifier(name)} = s.${quoteIdentifier(name)}`).join(', ');
}
