import type { Batch, Column, Json, JsonObject, Schema } from '@datacook/core';
import {
  batchFromRows,
  type CursorColumn,
  CursorSteps,
  chooseCuts,
  createColumnBuilder,
  type Edge,
  finishWindow,
  keyRanges,
  parseWindow,
  planWindow,
  type SqlIncremental,
  type Window,
  type WindowPart,
  WindowReader,
  windowEdges,
} from '../../../src/index.js';
import { MemorySession, type MemoryTable, type Row } from './memory-table.js';

/** How a table is read: in the order of cursor and key, in key ranges, without a key, or the latter in pieces. */
export type Reading = 'ordered' | 'ranges' | 'no key' | 'heap';

/** What may be spoilt on purpose, to see that it is noticed. */
export interface Faults {
  readonly window?: (window: Window) => Window;
  readonly next?: (next: JsonObject, before: JsonObject | null) => Json;
  readonly position?: (position: JsonObject) => Json;
  /** Without a key, every batch ends at a position. */
  readonly cutsTies?: boolean;
}

export interface SourceOptions {
  readonly reading: Reading;
  readonly incremental: SqlIncremental;
  readonly writeMode: 'append' | 'merge';
  readonly batchRows: number;
  readonly memoryBytes?: number;
  /** The key is among what is hashed. */
  readonly hashesKey: boolean;
  readonly isUnique?: boolean;
  readonly faults: Faults;
}

/** A partition's rows: those of a key range or of a piece of the heap, or those whose cursor is NULL. */
interface Piece {
  readonly id: string;
  readonly part: WindowPart;
  readonly from?: string;
  readonly below?: string;
  readonly piece?: number;
}

export interface MemoryPlan {
  readonly spec: Json;
  readonly next: Json;
  readonly restart: 'position' | 'never';
  readonly partitions: readonly Piece[];
}

export interface MemoryItem {
  readonly rows: readonly Row[];
  readonly position?: Json;
}

const SCHEMA: Schema = {
  fields: [
    { name: 'key', type: { kind: 'int', bits: 32, signed: true }, nullable: false },
    { name: 'cursor', type: { kind: 'int', bits: 32, signed: true }, nullable: true },
    { name: 'text', type: { kind: 'utf8' }, nullable: false },
  ],
};
/** Pieces of the heap. */
const PIECES = 3;

/** A SQL source in small, as a connector would be: it plans a window, makes partitions, reads them with positions. */
export class MemorySource {
  readonly #options: SourceOptions;
  readonly #session: MemorySession;
  readonly #rotation: number;

  /** `rotation`: how much the order within a tie differs from that of other sessions. */
  constructor(table: MemoryTable, options: SourceOptions, rotation: number) {
    this.#options = options;
    this.#rotation = rotation;
    const columns: CursorColumn['columns'] = [
      { name: 'text', type: 'text' },
      { name: 'cursor', type: 'integer' },
      ...(options.hashesKey ? [{ name: 'key', type: 'integer' }] : []),
    ];
    this.#session = new MemorySession(table, { columns, isUnique: options.isUnique ?? false });
  }

  async plan(position: Json): Promise<MemoryPlan> {
    const { incremental, writeMode, memoryBytes, faults } = this.#options;
    const planned = await planWindow({
      request: { stream: 't', position, writeMode },
      incremental,
      system: this.#session,
      log: () => undefined,
      ...(memoryBytes === undefined ? {} : { memoryBytes }),
    });
    const window = planned.window && (faults.window?.(planned.window) ?? planned.window);
    return {
      spec: { window: window ?? null },
      next: planned.next,
      restart: window && this.#inPieces(window) ? 'never' : 'position',
      partitions: window ? this.#partitions(window) : [],
    };
  }

  // Equal rows lie in several pieces, so that what was read before could not be told.
  #inPieces(window: Window): boolean {
    return this.#options.reading === 'heap' && !window.seen;
  }

  #partitions(window: Window): Piece[] {
    const values: Piece[] = [];
    if (window.values && this.#options.reading === 'ranges') {
      const keys = this.#session.snapshot.map(({ key }) => key).sort((a, b) => a - b);
      values.push(
        ...keyRanges(chooseCuts(keys.map(String), 3)).map((range) => ({ ...range, part: 'values' as const })),
      );
    } else if (window.values && this.#inPieces(window)) {
      for (let piece = 0; piece < PIECES; piece++)
        values.push({ id: `heap-${piece}`, part: 'values', piece });
    } else if (window.values) {
      values.push({ id: 'all', part: 'values' });
    }
    return [...values, ...(window.nulls ? [{ id: 'nulls', part: 'nulls' as const }] : [])];
  }

  *read(plan: MemoryPlan, partition: Piece, from: Json | undefined): Generator<MemoryItem> {
    const window = parseWindow((plan.spec as { window: Json }).window);
    const reader = new WindowReader(window, partition.part, from);
    if (reader.isDone) return;
    const edges = windowEdges(window, partition.part);
    const rows = this.#rows(window, partition, reader.from);
    const steps = new CursorSteps();
    const hasKey = this.#options.reading === 'ordered' || this.#options.reading === 'ranges';
    const take = (part: readonly Row[]) => {
      const { batch, skipped } = reader.take(toBatch(part), {
        ...(edges.atLow && { atLow: hashes(part, edges.atLow) }),
        ...(edges.atHigh && { atHigh: hashes(part, edges.atHigh) }),
      });
      const taken = fromBatch(batch, part);
      if (taken.length + skipped !== part.length) throw new Error('rows are not accounted for');
      return { rows: taken };
    };
    for (let start = 0; start < rows.length; start += this.#options.batchRows) {
      const part = rows.slice(start, start + this.#options.batchRows);
      if (hasKey) {
        const { key, cursor } = part.at(-1)!;
        yield { ...take(part), position: this.#spoil(reader.position([cursor, key])) };
      } else if (partition.part === 'nulls') {
        yield take(part);
      } else {
        const step = this.#options.faults.cutsTies
          ? { rows: part.length, at: String(part.at(-1)!.cursor) }
          : steps.next(part.length, (row) => String(part[row]!.cursor));
        if ('before' in step)
          yield { rows: [], position: this.#spoil(reader.position([Number(step.before)])) };
        if (step.at !== undefined) {
          const cut = part.slice(0, step.rows);
          yield { ...take(cut), position: this.#spoil(reader.position([Number(step.at)])) };
        }
        yield take(part.slice(step.rows));
      }
    }
    yield { rows: [], position: this.#spoil(reader.end()) };
  }

  finish(plan: MemoryPlan, ends: readonly (Json | undefined)[], before: Json): Json {
    const { window } = plan.spec as { window: Json };
    const next = finishWindow(
      window === null ? { next: plan.next } : { window: parseWindow(window), next: plan.next },
      ends,
    );
    const { faults } = this.#options;
    return next === null || !faults.next
      ? next
      : faults.next(next as JsonObject, before as JsonObject | null);
  }

  #spoil(position: Json): Json {
    return this.#options.faults.position?.(position as JsonObject) ?? position;
  }

  #rows(window: Window, { part, from, below, piece }: Piece, after: Json | undefined): readonly Row[] {
    const { reading } = this.#options;
    const rows = this.#session.snapshot.filter(({ key, cursor }, index) => {
      if ((cursor === null) !== (part === 'nulls')) return false;
      if (cursor !== null && !isWithin(window, cursor)) return false;
      if (from !== undefined && key < Number(from)) return false;
      if (below !== undefined && key >= Number(below)) return false;
      return piece === undefined || index % PIECES === piece;
    });
    const rotated = [
      ...rows.slice(this.#rotation % (rows.length || 1)),
      ...rows.slice(0, this.#rotation % (rows.length || 1)),
    ];
    const byKey = (a: Row, b: Row) => a.key - b.key;
    const byCursor = (a: Row, b: Row) => Number(a.cursor) - Number(b.cursor);
    if (reading === 'ranges') rotated.sort(byKey);
    else rotated.sort(reading === 'ordered' ? (a, b) => byCursor(a, b) || byKey(a, b) : byCursor);
    if (after === undefined) return rotated;
    const [cursor, key] = after as readonly [number | null, number | undefined];
    return rotated.filter((row) => {
      if (reading === 'ranges') return row.key > key!;
      const ahead = Number(row.cursor) - Number(cursor);
      return ahead > 0 || (ahead === 0 && key !== undefined && row.key > key);
    });
  }
}

function isWithin({ low, lowInclusive, high, highInclusive }: Window, cursor: number): boolean {
  if (low !== undefined && (lowInclusive ? cursor < Number(low) : cursor <= Number(low))) return false;
  return highInclusive ? cursor <= Number(high) : cursor < Number(high);
}

function toBatch(rows: readonly Row[]): Batch {
  return batchFromRows(
    rows.map((row) => ({ ...row })),
    SCHEMA,
  );
}

// By key, so that a version remains the very object that the history knows.
function fromBatch(batch: Batch, rows: readonly Row[]): readonly Row[] {
  const keys = batch.columns[0]!.values as Int32Array;
  return Array.from({ length: batch.length }, (_, index) => rows.find(({ key }) => key === keys[index])!);
}

/** What a database's hash would be of: the values of the edge's columns; NULL away from the edge. */
function hashes(rows: readonly Row[], { value, columns }: Edge): Column {
  const builder = createColumnBuilder({ kind: 'utf8' });
  for (const row of rows) {
    const isThere = value === undefined ? row.cursor === null : String(row.cursor) === value;
    if (isThere) builder.append(JSON.stringify(columns.map((column) => row[column as keyof Row])));
    else builder.appendNull();
  }
  return builder.finish();
}
