import { DatacookError } from '@datacook/core';
import type { CursorColumn, CursorSystem } from './cursor-system.js';
import { usableMemory } from './memory.js';
import type { OnNull } from './strategy.js';
import type { StreamPosition } from './stream-position.js';
import type { Boundary } from './window.js';

/** Counting for a message ends here. */
const COUNTED = 10_000;

/** What a load does with rows whose cursor is NULL. */
export interface NullPlan {
  readonly nulls: boolean;
  readonly seenNulls?: Boundary;
  readonly rememberNulls: boolean;
  /** Rows that the next position will remember. */
  readonly rows: number;
}

export interface NullQuestion {
  readonly onNull: OnNull;
  readonly column: CursorColumn;
  readonly position: StreamPosition | undefined;
  readonly appends: boolean;
  /** Rows that can be remembered. */
  readonly room: number;
  readonly system: CursorSystem;
  readonly stream: string;
}

/**
 * Decides about rows whose cursor is NULL: no window finds them, so that they are read by every load, and a load that
 * appends remembers them. Throws DATA if there are some and `on_null` is `error`, or too many to be remembered.
 */
export async function planNulls(question: NullQuestion): Promise<NullPlan> {
  const { onNull, column, position, appends, system } = question;
  const before = position?.nulls;
  const carried = { nulls: false, rememberNulls: false, rows: before === undefined ? 0 : rowsOf(before) };
  if (onNull === 'exclude' || !column.isNullable) return carried;
  if (onNull === 'error') {
    const rows = await system.countNulls(COUNTED);
    if (rows > 0) throw nullsFound(rows, question);
    return carried;
  }
  if (!appends) {
    const rows = await system.countNulls(1);
    return { nulls: rows > 0 || before !== undefined, rememberNulls: false, rows: 0 };
  }
  return rememberedNulls(question, before);
}

async function rememberedNulls(question: NullQuestion, before: StreamPosition['nulls']): Promise<NullPlan> {
  const { column, room, system, stream } = question;
  const rows = await system.countNulls(room + 1);
  if (rows > room) throw tooManyNulls(question);
  if (rows > 0 && before === 'forgotten') {
    throw new DatacookError(
      'STALE_POSITION',
      `${stream} can't be appended from where it is: rows whose ${column.name} is NULL were loaded by merging, which doesn't remember them.`,
      {
        hint:
          'Keep write_mode: merge; or load everything anew with --full-refresh; or leave such rows out with ' +
          'incremental.on_null: exclude.',
      },
    );
  }
  // Nothing there, but something remembered: the partition is read all the same, and what has gone is forgotten.
  const seenNulls = typeof before === 'object' && rows > 0 ? usableMemory(before, column, stream) : undefined;
  const nulls = rows > 0 || before !== undefined;
  return { nulls, ...(seenNulls && { seenNulls }), rememberNulls: nulls, rows };
}

function rowsOf(memory: Boundary | 'forgotten'): number {
  return memory === 'forgotten' ? 0 : Object.keys(memory.rows).length;
}

function nullsFound(rows: number, { column, stream }: NullQuestion): DatacookError {
  const many = rows >= COUNTED ? `${rows} or more rows` : `${rows} ${rows === 1 ? 'row' : 'rows'}`;
  return new DatacookError(
    'DATA',
    `${many} of ${stream} have NULL in the cursor ${column.name}, so that no window would find them.`,
    {
      hint:
        'Give them a value; or say incremental.on_null: include to read them by every load, or exclude to leave ' +
        'them out.',
      details: { rows, column: column.name },
    },
  );
}

function tooManyNulls({ column, room, stream }: NullQuestion): DatacookError {
  return new DatacookError(
    'DATA',
    `More than ${room} rows of ${stream} have NULL in the cursor ${column.name}: too many to remember which were appended.`,
    {
      hint:
        'Give them a value; or use write_mode: merge, which needs no memory; or leave them out with ' +
        'incremental.on_null: exclude.',
      details: { limit: room, column: column.name },
    },
  );
}
