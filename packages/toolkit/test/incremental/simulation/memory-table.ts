import { DatacookError } from '@datacook/core';
import type { CursorColumn, CursorRange, CursorSystem, HashedColumn, Watermark } from '../../../src/index.js';

/** A version of a row. Cursors are integers, whose texts don't sort as they do. */
export interface Row {
  readonly key: number;
  readonly cursor: number | null;
  readonly text: string;
}

/** What a serial writer does. `row` picks one of those that there are. */
export type Write =
  | { readonly write: 'tick'; readonly by: number }
  | { readonly write: 'insert'; readonly text: string }
  | { readonly write: 'insert null'; readonly text: string }
  | {
      readonly write: 'update';
      readonly row: number;
      readonly text: string;
      readonly to: 'clock' | 'null' | 'same';
    }
  | { readonly write: 'update all'; readonly text: string }
  | { readonly write: 'delete'; readonly row: number };

/** A table with one writer, whose cursor is a clock that never goes back. It knows every version that there was. */
export class MemoryTable {
  rows: Row[] = [];
  readonly history: Row[] = [];
  clock = 8;
  #nextKey = 1;

  apply(action: Write): void {
    if (action.write === 'tick') this.clock += action.by;
    else if (action.write === 'insert') this.#insert(this.clock, action.text);
    else if (action.write === 'insert null') this.#insert(null, action.text);
    else if (this.rows.length === 0) return;
    else if (action.write === 'delete') this.rows.splice(action.row % this.rows.length, 1);
    else if (action.write === 'update all')
      for (const _ of [...this.rows]) this.#change(0, this.clock, action.text);
    else if (action.to === 'clock') this.#change(action.row, this.clock, action.text);
    else if (action.to === 'null') this.#change(action.row, null, action.text);
    else {
      const { cursor } = this.rows[action.row % this.rows.length]!;
      // Elsewhere a change in place would break what a cursor promises.
      if (cursor === null || cursor === this.clock) this.#change(action.row, cursor, action.text);
    }
  }

  #insert(cursor: number | null, text: string): void {
    const row = { key: this.#nextKey++, cursor, text };
    this.rows.push(row);
    this.history.push(row);
  }

  // The new version lies behind the others, as in a heap.
  #change(pick: number, cursor: number | null, text: string): void {
    const [before] = this.rows.splice(pick % this.rows.length, 1);
    const row = { key: before!.key, cursor, text };
    this.rows.push(row);
    this.history.push(row);
  }
}

export const TEXT_COLUMN: HashedColumn = { name: 'text', type: 'text' };
export const CURSOR_COLUMN: HashedColumn = { name: 'cursor', type: 'integer' };
export const KEY_COLUMN: HashedColumn = { name: 'key', type: 'integer' };

/** A session: one snapshot of a table, and what it is asked for a plan. */
export class MemorySession implements CursorSystem {
  readonly #table: MemoryTable;
  readonly #column: CursorColumn;
  #snapshot: readonly Row[] | undefined;

  constructor(table: MemoryTable, column: Partial<CursorColumn> = {}) {
    this.#table = table;
    this.#column = {
      name: 'cursor',
      type: 'integer',
      isUnique: false,
      isNullable: true,
      columns: [TEXT_COLUMN, KEY_COLUMN, CURSOR_COLUMN],
      ...column,
    };
  }

  get snapshot(): readonly Row[] {
    this.#snapshot ??= [...this.#table.rows];
    return this.#snapshot;
  }

  async watermark(lagMs: number): Promise<Watermark> {
    if (this.#snapshot !== undefined) throw new Error('the watermark was taken after the snapshot');
    return { high: String(this.#table.clock - lagMs / 1000), exact: true };
  }

  async begin(): Promise<CursorColumn> {
    this.#snapshot = [...this.#table.rows];
    return this.#column;
  }

  async greatest({ from, below }: CursorRange): Promise<{ value: string; rows: number } | undefined> {
    const cursors = this.snapshot
      .flatMap(({ cursor }) => (cursor === null ? [] : [cursor]))
      .filter(
        (cursor) =>
          (from === undefined || cursor >= Number(from)) && (below === undefined || cursor < Number(below)),
      );
    if (cursors.length === 0) return undefined;
    const greatest = Math.max(...cursors);
    return { value: String(greatest), rows: cursors.filter((cursor) => cursor === greatest).length };
  }

  async countNulls(limit: number): Promise<number> {
    return Math.min(limit, this.snapshot.filter(({ cursor }) => cursor === null).length);
  }

  async compare(a: string, b: string): Promise<number> {
    return Number(a) - Number(b);
  }

  async normalize(value: string, what: string): Promise<string> {
    if (/^\s*\d+\s*$/.test(value)) return String(Number(value));
    throw new DatacookError('CONFIG', `${what} ${value} is no integer.`);
  }
}
