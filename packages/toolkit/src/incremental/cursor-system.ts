import type { HashedColumn } from './window.js';

/** The cursor's column, as the database has it. */
export interface CursorColumn {
  readonly name: string;
  /** The native type, in full: a position that was made with another one is refused. */
  readonly type: string;
  /** No two rows can have one value (NULL aside): it is the whole of a primary key or of a unique index. */
  readonly isUnique: boolean;
  readonly isNullable: boolean;
  /**
   * What a row's hash is made of: all columns that are read, and those of the key that restart points and partitions
   * are made of, even if they are not read. So equal hashes are one row, or rows of a table without a key.
   */
  readonly columns: readonly HashedColumn[];
}

/** How far a source's clock lets a window reach. */
export interface Watermark {
  /** The source's clock minus lag, no later than the oldest open transaction; a text of the cursor's type. */
  readonly high: string;
  /** What holds it back, in words, if something does. */
  readonly heldBackBy?: string;
  /** Whether all open transactions could be seen. */
  readonly exact: boolean;
  /** Why not. */
  readonly reason?: string;
}

/** Values `from <= value` and `value < below`; without a bound, all. */
export interface CursorRange {
  readonly from?: string;
  readonly below?: string;
}

/**
 * What is asked of a SQL system to plan a window. A cursor value is always the database's own exact text, in fixed
 * session settings: never a `Date` or a number.
 */
export interface CursorSystem {
  /** `watermark` only. Called before `begin`, in a transaction of its own: the query itself would fix the snapshot. */
  watermark(lagMs: number): Promise<Watermark>;
  /** Opens the snapshot in which all that follows, and the rows, are read. Throws NOT_FOUND without the column. */
  begin(): Promise<CursorColumn>;
  /** The greatest value of the range (never NULL), and how many rows have it; undefined without rows. */
  greatest(range: CursorRange): Promise<{ readonly value: string; readonly rows: number } | undefined>;
  /** Rows whose cursor is NULL; counting may stop at `limit`. Not called if the column isn't nullable. */
  countNulls(limit: number): Promise<number>;
  /** Negative, 0 or positive, by the database's order. */
  compare(a: string, b: string): Promise<number>;
  /** The canonical text of a value that a user wrote, in the column's type. Throws CONFIG that names `what`, as `--from`. */
  normalize(value: string, what: string): Promise<string>;
}
