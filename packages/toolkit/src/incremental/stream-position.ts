import { DatacookError, type Json } from '@datacook/core';
import type { CursorColumn } from './cursor-system.js';
import { excerpt, isBoundary, isRecord, readVersion } from './stored.js';
import type { SqlIncremental } from './strategy.js';
import type { Boundary } from './window.js';

/** Where the last load of a stream ended. */
export type StreamPosition = {
  readonly version: 1;
  readonly strategy: SqlIncremental['strategy'];
  readonly column: string;
  readonly type: string;
  /** Rows below were read. Absent: so far only NULL rows were. */
  readonly value?: string;
  /** Whether the rows at `value` were read too, those that were there. */
  readonly inclusive?: boolean;
  /** Which ones. Absent: not known; a load that appends can't go on unless the cursor is unique. */
  readonly seen?: Boundary;
  /** NULL rows that were read; `forgotten`: some were, and it isn't known which. Absent: none were. */
  readonly nulls?: Boundary | 'forgotten';
};

/** Reads a stream's position back. Throws DATA for what a newer version has written, or what is damaged. */
export function parseStreamPosition(json: Json | undefined, stream: string): StreamPosition | undefined {
  if (json === undefined || json === null) return undefined;
  const what = `The position of ${stream}`;
  readVersion(json, what);
  if (isStreamPosition(json)) return json;
  throw new DatacookError('DATA', `${what} is damaged: ${excerpt(json)}`, {
    hint: 'Load everything anew with --full-refresh, or set the position with `datacook state set`.',
  });
}

function isStreamPosition(json: unknown): json is StreamPosition {
  if (!isRecord(json)) return false;
  const { strategy, column, type, value, inclusive, seen, nulls } = json;
  return (
    (strategy === 'cursor' || strategy === 'watermark') &&
    typeof column === 'string' &&
    typeof type === 'string' &&
    (value === undefined
      ? inclusive === undefined && seen === undefined
      : typeof value === 'string' && typeof inclusive === 'boolean') &&
    (seen === undefined || isBoundary(seen)) &&
    (nulls === undefined || nulls === 'forgotten' || isBoundary(nulls))
  );
}

/**
 * Sees to it that a position belongs to what is read now. Another strategy or column is another definition: CONFLICT,
 * which the user settles, as with any part of a load's identity. Another type is STALE_POSITION: what a text meant
 * has changed, so that a merge begins anew by itself, and an append stops.
 */
export function checkDefinition(
  position: StreamPosition,
  now: {
    readonly strategy: SqlIncremental['strategy'];
    readonly column: CursorColumn;
    readonly stream: string;
  },
): void {
  const { strategy, column, stream } = now;
  const was = `${position.strategy} over ${position.column}`;
  const is = `${strategy} over ${column.name}`;
  if (was !== is) {
    throw new DatacookError(
      'CONFLICT',
      `The position of ${stream} was made by ${was}; now it is read by ${is}.`,
      {
        hint: 'Undo the change, load everything anew with --full-refresh, or give the recipe another name or state.key.',
      },
    );
  }
  if (position.type === column.type) return;
  throw new DatacookError(
    'STALE_POSITION',
    `The position of ${stream} has type ${position.type}; the cursor ${column.name} has type ${column.type} now.`,
    { hint: 'Load everything anew with --full-refresh.' },
  );
}
