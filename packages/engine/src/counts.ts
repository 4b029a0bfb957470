/** Rows of a stream. `read + generated = written + rejected + filtered + skipped`. */
export interface RowCounts {
  readonly read: number;
  readonly generated: number;
  readonly written: number;
  readonly rejected: number;
  readonly filtered: number;
  readonly skipped: number;
}

export const NO_ROWS: RowCounts = { read: 0, generated: 0, written: 0, rejected: 0, filtered: 0, skipped: 0 };

/** Adds two counts. */
export function addCounts(a: RowCounts, b: RowCounts): RowCounts {
  return {
    read: a.read + b.read,
    generated: a.generated + b.generated,
    written: a.written + b.written,
    rejected: a.rejected + b.rejected,
    filtered: a.filtered + b.filtered,
    skipped: a.skipped + b.skipped,
  };
}

/** Whether every row is accounted for. */
export function isBalanced(rows: RowCounts): boolean {
  return rows.read + rows.generated === rows.written + rows.rejected + rows.filtered + rows.skipped;
}
