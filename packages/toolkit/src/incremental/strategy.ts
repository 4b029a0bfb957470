/** What becomes of rows whose cursor is NULL: an error, read too, or left out. */
export type OnNull = 'error' | 'include' | 'exclude';

/** A recipe's `source.incremental` for a SQL source, with its defaults: what `sqlIncremental` of the configuration parses. */
export type SqlIncremental =
  | { readonly strategy: 'cursor'; readonly cursor_column: string; readonly on_null: OnNull }
  | {
      readonly strategy: 'watermark';
      readonly cursor_column: string;
      /** A duration, as `parseDurationMs` reads it. */
      readonly lag: string | number;
      readonly on_null: OnNull;
    };
