import type { LeftOutColumn } from './verify-columns.js';

/** A key whose rows differ. */
export interface DifferingKey {
  /** `missing`: rows that the table lacks; `extra`: that only it has; `doubled`: it has more of them; `changed`: other values. */
  readonly kind: 'missing' | 'extra' | 'doubled' | 'changed';
  /** By column, as the source calls it after the steps. NULL is null. */
  readonly key: { readonly [column: string]: string | null };
  readonly source_rows: number;
  readonly table_rows: number;
}

/** What `verify` found, as programs read it. */
export interface VerifyReport {
  readonly version: 1;
  readonly recipe: string;
  readonly stream: string;
  readonly table: string;
  readonly source: string;
  readonly destination: string;
  /** No difference was found: what is left out, and what is expected, is none. */
  readonly equal: boolean;
  readonly rows: { readonly source: number; readonly table: number };
  /** How the rows of the source were summed up: by its own SQL, or by reading them through the recipe's steps. */
  readonly source_by: 'sql' | 'rows';
  readonly compared: {
    readonly columns: readonly string[];
    /** What tells rows apart; empty: the whole row does. */
    readonly keys: readonly string[];
  };
  readonly left_out: readonly LeftOutColumn[];
  /** Keys by kind, of those that were looked at. */
  readonly differences: {
    readonly missing: number;
    readonly extra: number;
    readonly doubled: number;
    readonly changed: number;
  };
  /** All differing rows were looked at; else the search ended at the limit, and there may be more. */
  readonly complete: boolean;
  /** Keys up to the limit, in order. */
  readonly keys: readonly DifferingKey[];
  /** Keys that differ because the source has newer rows, which the next run loads. */
  readonly newer: number;
  /** Keys that only the table has, and may have: versions that an append keeps, rows of other recipes. */
  readonly expected_extra: number;
  /** Keys that come several times at the source, of which a merge keeps one row: not compared. */
  readonly unclear: number;
  readonly notes: readonly string[];
  readonly duration_ms: number;
}
