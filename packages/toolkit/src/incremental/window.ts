import { DatacookError, type Json } from '@datacook/core';
import { isBoundary, isRecord, readVersion } from './stored.js';

/** A column that a row's hash covers. */
export type HashedColumn = {
  readonly name: string;
  /** The native type, so far as a value's text depends on it: of `varchar(10)` and `varchar(20)` just `varchar`. */
  readonly type: string;
};

/** A multiset of rows that were read: how often each hash occurred, and what the hash is over. */
export type Boundary = {
  readonly columns: readonly HashedColumn[];
  readonly rows: { readonly [hash: string]: number };
};

/**
 * What a load reads, fixed before it is read. JSON, to be kept in `ReadPlan.spec`; read it back with `parseWindow`.
 * Bounds are the database's own texts.
 */
export type Window = {
  readonly version: 1;
  readonly strategy: 'cursor' | 'watermark' | 'backfill';
  readonly column: string;
  readonly type: string;
  /** Rows with a cursor value are read, in partitions of the source's choice. False: only NULL rows are. */
  readonly values: boolean;
  /** Absent: from the least value. */
  readonly low?: string;
  readonly lowInclusive: boolean;
  /** Absent only if no values are read. */
  readonly high?: string;
  readonly highInclusive: boolean;
  /**
   * Rows with NULL are read too, in one partition of their own. A resumed load may meet a row in it and in another
   * partition: then `ReadPlan.keysDisjoint` is false.
   */
  readonly nulls: boolean;
  /** Rows at `low` that earlier loads have read: to be skipped, each as often as it was read. */
  readonly seen?: Boundary;
  /** The same for NULL rows. */
  readonly seenNulls?: Boundary;
  /** Rows at `high` are remembered for the next window. */
  readonly remember: boolean;
  /** NULL rows are. */
  readonly rememberNulls: boolean;
  /** What the hash of a remembered row is over. */
  readonly columns: readonly HashedColumn[];
};

/** Which rows of a window a partition reads: those with a cursor value, or those with NULL. */
export type WindowPart = 'values' | 'nulls';

/** Rows at an edge of a window need a hash: those with this cursor value, over these columns. */
export interface Edge {
  /** Absent: all rows of the part, whose cursor is NULL. */
  readonly value?: string;
  /** Names, in the order in which they are hashed. */
  readonly columns: readonly string[];
}

/**
 * The hashes that a partition's rows must bring to `WindowReader.take`. Where both are asked for with the same value
 * and columns, one hash serves for both.
 */
export function windowEdges(
  window: Window,
  part: WindowPart,
): { readonly atLow?: Edge; readonly atHigh?: Edge } {
  const isNulls = part === 'nulls';
  const seen = isNulls ? window.seenNulls : window.seen;
  const remember = isNulls ? window.rememberNulls : window.remember;
  const names = (columns: readonly HashedColumn[]) => columns.map(({ name }) => name);
  const at = (value: string | undefined) => (isNulls || value === undefined ? {} : { value });
  return {
    ...(seen && { atLow: { ...at(window.low), columns: names(seen.columns) } }),
    ...(remember && { atHigh: { ...at(window.high), columns: names(window.columns) } }),
  };
}

/**
 * The SQL conditions of a part of a window. `column` is the cursor as it stands in SQL, qualified by its table;
 * `literal` makes a text a literal of the cursor's type. Throws INTERNAL for the values of a window that has none.
 */
export function windowConditions(
  window: Window,
  part: WindowPart,
  column: string,
  literal: (text: string) => string,
): readonly string[] {
  if (part === 'nulls') return [`${column} is null`];
  if (!window.values) {
    throw new DatacookError(
      'INTERNAL',
      'A window of NULL rows alone was read for rows with a cursor value.',
      {
        hint: 'This is a defect of the source: report it.',
      },
    );
  }
  const { low, lowInclusive, high, highInclusive } = window;
  return [
    ...(low === undefined ? [] : [`${column} ${lowInclusive ? '>=' : '>'} ${literal(low)}`]),
    ...(high === undefined ? [] : [`${column} ${highInclusive ? '<=' : '<'} ${literal(high)}`]),
  ];
}

/** Reads a window back from a plan. Throws DATA for what a newer version has written, or what is damaged. */
export function parseWindow(json: Json | undefined): Window {
  const what = 'The window of a load';
  readVersion(json, what);
  if (!isWindow(json)) throw damagedWindow(what);
  return json;
}

function damagedWindow(what: string): DatacookError {
  return new DatacookError('DATA', `${what} that was begun is damaged.`, {
    hint: 'Load everything anew with --full-refresh.',
  });
}

function isWindow(json: unknown): json is Window {
  if (!isRecord(json)) return false;
  const { low, high, seen, seenNulls } = json;
  return (
    ['cursor', 'watermark', 'backfill'].includes(json['strategy'] as string) &&
    ['column', 'type'].every((key) => typeof json[key] === 'string') &&
    ['values', 'lowInclusive', 'highInclusive', 'nulls', 'remember', 'rememberNulls'].every(
      (key) => typeof json[key] === 'boolean',
    ) &&
    (low === undefined || typeof low === 'string') &&
    (json['values'] === true ? typeof high === 'string' : high === undefined) &&
    (seen === undefined || isBoundary(seen)) &&
    (seenNulls === undefined || isBoundary(seenNulls)) &&
    isBoundary({ columns: json['columns'], rows: {} })
  );
}
