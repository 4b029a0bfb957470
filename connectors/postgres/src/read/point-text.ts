import type { Column, DataType } from '@datacook/core';
import { columnTextReader } from '@datacook/toolkit';
import type { PgColumn } from '../types/pg-column.js';
import { serverTime } from '../types/server-time.js';

/** Built-in types whose values, as they are read, tell the server's own text: bool, bytea, integers, oid, text and its like, floats, numeric, uuid. */
const PLAIN = new Set([16, 17, 19, 20, 21, 23, 25, 26, 700, 701, 1042, 1043, 1700, 2950]);
/** date, timestamp, timestamptz: but for infinities and years before Christ. */
const TEMPORAL = new Set([1082, 1114, 1184]);
/** Types whose equal values have equal texts; and of text only under collations that we don't ask about. */
const ONE_TEXT = new Set([16, 17, 20, 21, 23, 26, 1082, 1114, 1184, 2950]);

/** Whether the exact text of a restart point can be told from the column as it is read. */
export function tellsText({ oid, cast }: PgColumn): boolean {
  return cast === 'text' || PLAIN.has(oid) || TEMPORAL.has(oid);
}

/** Whether two values that the server takes for equal can differ in their text, as 1.0 and 1.00 do. */
export function mayHaveSeveralTexts({ oid }: PgColumn): boolean {
  return !ONE_TEXT.has(oid);
}

/** Reads a value as a text that the server takes for exactly that value. Not for NULL. */
export function pointText(type: DataType, { oid }: PgColumn, column: Column): (row: number) => string {
  const read = columnTextReader(type, column) as (row: number) => string;
  return TEMPORAL.has(oid) && type.kind !== 'utf8' ? (row) => serverTime(read(row)) : read;
}
