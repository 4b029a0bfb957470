import { DatacookError, type Json } from '@datacook/core';
import { excerpt, isRecord, isRowCounts, readVersion } from './stored.js';
import type { Boundary, WindowPart } from './window.js';

/** How far a partition has come, with what it has skipped and remembered until there. */
export type PartitionPosition = {
  readonly version: 1;
  readonly part: WindowPart;
  /** The source's own. */
  readonly at?: Json;
  /** All rows were read. */
  readonly done?: true;
  /** What was skipped of the rows that earlier loads have read; true: all of them. */
  readonly skipped?: true | Boundary['rows'];
  /** Rows at `high`, or with NULL. */
  readonly remembered?: Boundary['rows'];
};

/** Reads a partition's position back. Throws DATA for what a newer version has written, or what is damaged. */
export function parsePartitionPosition(json: Json): PartitionPosition {
  const what = 'The position of a partition';
  readVersion(json, what);
  if (isPartitionPosition(json)) return json;
  throw new DatacookError('DATA', `${what} is damaged: ${excerpt(json)}`, {
    hint: 'Load everything anew with --full-refresh.',
  });
}

function isPartitionPosition(json: unknown): json is PartitionPosition {
  if (!isRecord(json)) return false;
  const { part, at, done, skipped, remembered } = json;
  return (
    (part === 'values' || part === 'nulls') &&
    (done === undefined ? at !== undefined : done === true) &&
    (skipped === undefined || skipped === true || isRowCounts(skipped)) &&
    (remembered === undefined || isRowCounts(remembered))
  );
}
