import { type Context, DatacookError, isDatacookError, type Json, type ReadRequest } from '@datacook/core';
import { askWatermark } from './ask-watermark.js';
import type { CursorColumn, CursorSystem } from './cursor-system.js';
import { changeOf, inOrder, MEMORY_BYTES, rowsThatFit, usableMemory } from './memory.js';
import { planBackfill } from './plan-backfill.js';
import { planNulls } from './plan-nulls.js';
import { FORMAT } from './stored.js';
import type { SqlIncremental } from './strategy.js';
import { checkDefinition, parseStreamPosition, type StreamPosition } from './stream-position.js';
import type { Boundary, Window } from './window.js';

/** What a load reads, and the stream's position if it reads nothing. JSON. */
export type PlannedWindow = {
  /** Absent: nothing is to be read. */
  readonly window?: Window;
  /** Word for word the position before, so that an empty load loses nothing; null if there was none. */
  readonly next: Json;
};

export interface WindowRequest {
  readonly request: Pick<ReadRequest, 'stream' | 'position' | 'range' | 'writeMode'>;
  readonly incremental: SqlIncremental;
  readonly system: CursorSystem;
  readonly log: Context['log'];
  /** Bytes of JSON that a position's memory may take, about. Default 1 MiB. */
  readonly memoryBytes?: number;
}

/**
 * Fixes what a load reads, by one set of rules for every SQL source.
 *
 * `cursor`: from the greatest value of the load before, that one included, to the greatest value now, that one
 * included. Rows at the lower edge that were read are skipped by a memory of their hashes; so a row that is added or
 * changed later at the same value is never missed. A unique cursor needs no memory. If the rows at the upper edge are
 * too many to be remembered, a load that appends ends below them, with a warning; others go without memory.
 * `watermark`: from the last watermark to the one of now, that one excluded; there is nothing to remember.
 * A backfill (`request.range`) reads `[from, to)` and has no position.
 *
 * Asks the system for the watermark first, then for its snapshot (`begin`), which stays open for the rows. Throws
 * CONFIG for a range that is none; DATA for NULL cursors that `on_null` doesn't allow, for a cursor at infinity, and
 * for a position that can't be read; CONFLICT for a position of another strategy or column; STALE_POSITION for one
 * that can't be gone on from.
 */
export async function planWindow(ask: WindowRequest): Promise<PlannedWindow> {
  const { request, incremental, system, log } = ask;
  if (request.range !== undefined) return planBackfill(ask, request.range);
  const { stream } = request;
  // Who doesn't say how it writes may not absorb a row that comes again.
  const appends = (request.writeMode ?? 'append') === 'append';
  const position = parseStreamPosition(request.position, stream);
  const watermark = await askWatermark(ask);
  const column = await system.begin();
  if (position) refuseOther(position, ask, column, appends);
  const fits = rowsThatFit(ask.memoryBytes ?? MEMORY_BYTES);
  const { rows: nullRows, ...nulls } = await planNulls({
    onNull: incremental.on_null,
    column,
    position,
    appends,
    room: fits,
    system,
    stream,
  });
  // A row that became NULL, was merged, and came back as it was, would be skipped: a merge can do without memory.
  const remembers = appends || !nulls.nulls;
  const low = lowOf(position, ask, column, { appends, remembers });
  const edges: Edges = { stream, column, low, appends, remembers, room: fits - nullRows, system, log };
  const values = watermark === undefined ? await upToGreatest(edges) : await below(watermark.high, edges);
  const next = request.position ?? null;
  if (values === undefined && !nulls.nulls) return { next };
  const remember = values?.remember ?? false;
  const window: Window = {
    version: FORMAT,
    strategy: incremental.strategy,
    column: column.name,
    type: column.type,
    values: values !== undefined,
    ...(values && low ? { low: low.value } : {}),
    lowInclusive: low?.inclusive ?? true,
    ...(values ? { high: values.high } : {}),
    highInclusive: values?.inclusive ?? false,
    ...nulls,
    ...(values && low?.seen ? { seen: low.seen } : {}),
    remember,
    columns: remember || nulls.rememberNulls ? inOrder(column.columns) : [],
  };
  return { window, next };
}

function refuseOther(
  position: StreamPosition,
  { request: { stream }, incremental: { strategy }, log }: WindowRequest,
  column: CursorColumn,
  appends: boolean,
): void {
  try {
    checkDefinition(position, { strategy, column, stream });
  } catch (error) {
    // The engine begins a merge anew, and says nothing of it.
    if (!appends && isDatacookError(error) && error.code === 'STALE_POSITION') {
      log('warn', `${error.message} Everything is read anew.`);
    }
    throw error;
  }
}

/** Where a window begins. */
interface Low {
  readonly value: string;
  readonly inclusive: boolean;
  readonly seen?: Boundary;
}

function lowOf(
  position: StreamPosition | undefined,
  { request: { stream } }: WindowRequest,
  column: CursorColumn,
  { appends, remembers }: { readonly appends: boolean; readonly remembers: boolean },
): Low | undefined {
  const { value, inclusive, seen } = position ?? {};
  if (value === undefined) return undefined;
  if (!inclusive) return { value, inclusive: true };
  if (column.isUnique) return { value, inclusive: false };
  if (!appends) {
    const isUsable = seen !== undefined && remembers && changeOf(seen, column) === undefined;
    return { value, inclusive: true, ...(isUsable ? { seen } : {}) };
  }
  if (seen !== undefined) return { value, inclusive: true, seen: usableMemory(seen, column, stream) };
  throw new DatacookError(
    'STALE_POSITION',
    `${stream} can't be appended from where it is: it isn't known which rows with ${column.name} = ${value} were loaded, as the load before merged them, or the cursor was unique.`,
    {
      hint:
        'Keep write_mode: merge; or load everything anew with --full-refresh; or make the cursor unique again, ' +
        'if it was.',
    },
  );
}

/** What the upper edge depends on. */
interface Edges {
  readonly stream: string;
  readonly column: CursorColumn;
  readonly low: Low | undefined;
  readonly appends: boolean;
  /** Whether there is to be a memory, as far as it fits. */
  readonly remembers: boolean;
  /** Rows that can be remembered. */
  readonly room: number;
  readonly system: CursorSystem;
  readonly log: Context['log'];
}

/** Where a window ends. */
interface High {
  readonly high: string;
  readonly inclusive: boolean;
  readonly remember: boolean;
}

async function upToGreatest(edges: Edges): Promise<High | undefined> {
  const { stream, column, low, appends, remembers, room, system, log } = edges;
  const top = await system.greatest(low === undefined ? {} : { from: low.value });
  if (top === undefined) return undefined;
  refuseInfinity(top.value, edges);
  const order = low === undefined ? 1 : await system.compare(top.value, low.value);
  if (order <= 0 && low?.inclusive === false) return undefined;
  // One value may have several texts, as 1.0 and 1.00: an edge that hasn't moved keeps its own.
  const high = order === 0 && low !== undefined ? low.value : top.value;
  if (column.isUnique || !remembers) return { high, inclusive: true, remember: false };
  if (top.rows <= room) return { high, inclusive: true, remember: true };
  const tie = `${top.rows} rows of ${stream} have ${column.name} = ${high}`;
  if (!appends) {
    log('info', `${tie}, too many to remember: the next load reads them again, and merges them.`);
    return { high, inclusive: true, remember: false };
  }
  log(
    'warn',
    `${tie}, too many to remember which were appended (${room} at most): they wait until there is a greater value. ` +
      'A finer or unique cursor, strategy: watermark or write_mode: merge would not let them wait.',
  );
  const rest = await system.greatest({ ...(low === undefined ? {} : { from: low.value }), below: high });
  return rest && { high, inclusive: false, remember: false };
}

async function below(high: string, { low, system }: Edges): Promise<High | undefined> {
  if (low !== undefined && (await system.compare(high, low.value)) <= 0) return undefined;
  return { high, inclusive: false, remember: false };
}

// Every later value would lie below it, and never be read.
function refuseInfinity(value: string, { column, stream }: Edges): void {
  if (!/^(?:\+?inf(?:inity)?|nan)$/i.test(value) || /char|text|string/i.test(column.type)) return;
  throw new DatacookError(
    'DATA',
    `The cursor ${column.name} of ${stream} has the value ${value}: no row that comes later could have a greater one.`,
    {
      hint: `Correct the value, or leave such rows out: source.where: "${column.name} < '${value}'".`,
      details: { column: column.name, value },
    },
  );
}
