import { type Window, windowConditions } from '@datacook/toolkit';
import type { Stream, StreamColumn } from '../catalog/describe.js';
import { columnSql, findColumn, literal } from '../catalog/stream-columns.js';
import type { PartitionSpec } from '../plan/read-spec.js';

/** Behind which row reading goes on: the texts of the columns of its restart point. */
export interface Point {
  readonly columns: readonly StreamColumn[];
  readonly texts: readonly string[];
}

/**
 * The rows of a partition, behind a point: a WHERE clause with a blank before it, or nothing. `leading` is the column
 * of key ranges.
 */
export function conditions(
  stream: Stream,
  window: Window | undefined,
  { part, from, below, firstBlock, endBlock }: PartitionSpec,
  where: { readonly leading?: StreamColumn | undefined; readonly point?: Point | undefined } = {},
): string {
  const all = stream.where === undefined ? [] : [stream.where];
  if (window !== undefined) {
    const cursor = findColumn(stream, window.column, 'cursor_column');
    const value = (text: string) => literal(text, cursor);
    all.push(...windowConditions(window, part, columnSql(cursor.name), value));
  }
  const { leading, point } = where;
  if (leading !== undefined && from !== undefined)
    all.push(`${columnSql(leading.name)} >= ${literal(from, leading)}`);
  if (leading !== undefined && below !== undefined)
    all.push(`${columnSql(leading.name)} < ${literal(below, leading)}`);
  if (firstBlock !== undefined) all.push(`t.ctid >= '(${firstBlock},0)'::tid`);
  if (endBlock !== undefined) all.push(`t.ctid < '(${endBlock},0)'::tid`);
  if (point !== undefined) all.push(behind(point));
  return all.length === 0 ? '' : ` where ${all.join(' and ')}`;
}

function behind({ columns, texts }: Point): string {
  const names = columns.map(({ name }) => columnSql(name));
  const values = columns.map((column, index) => literal(texts[index]!, column));
  if (columns.length === 1) return `${names[0]} > ${values[0]}`;
  return `(${names.join(', ')}) > (${values.join(', ')})`;
}
