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
  | { readonly write: 'insert' | 'insert null'; readonly text: string }
  | {
      readonly write: 'update' | 'update in place' | 'update to null';
      readonly row: number;
      readonly text: string;
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
    switch (action.write) {
      case 'tick':
        this.clock += action.by;
        return;
      case 'insert':
        return this.#insert(this.clock, action.text);
      case 'insert null':
        return this.#insert(null, action.text);
      case 'update':
        return this.#change(action.row, () => ({ cursor: this.clock, text: action.text }));
      case 'update to null':
        return this.#change(action.row, () => ({ cursor: null, text: action.text }));
      case 'update in place':
        return this.#change(action.row, ({ cursor }) =>
          cursor === null || cursor === this.clock ? { cursor, text: action.text } : undefined,
        );
      case 'update all':
        for (let row = 0; row < this.rows.length; row++) {
          this.#change(row, () => ({ cursor: this.clock, text: action.text }));
        }
        return;
      case 'delete':
        if (this.rows.length > 0) this.rows.splice(action.row % this.rows.length, 1);
    }
  }

  #insert(cursor: number | null, text: string): void {
    const row = { key: this.#nextKey++, cursor, text };
    this.rows.push(row);
    this.history.push(row);
  }

  // The new version lies behind the others, as in a heap.
  #change(pick: number, change: (row: Row) => Omit<Row, 'key'> | undefined): void {
    if (this.rows.length === 0) return;
    const at = pick % this.rows.length;
    const row = this.rows[at]!;
    const changed = change(row);
    if (changed === undefined) return;
    const next = { key: row.key, ...changed };
    this.rows.splice(at, 1);
    this.rows.push(next);
    this.history.push(next);
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
