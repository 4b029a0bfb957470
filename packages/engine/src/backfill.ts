import { DatacookError, type Json, type JsonObject, type ResolvedRecipe } from '@datacook/core';

/** A range of the cursor, `[from, to)`, that is read again beside the normal loads. */
export interface BackfillRange {
  readonly from?: string;
  readonly to?: string;
}

/** How the keys of a backfill begin, after the stream's. */
export const BACKFILL = 'backfill:';

/** The backfill in what it names: its own head, mirror and lease. */
export function rangeKey({ from, to }: BackfillRange): string {
  const part = (text = '') => encodeURIComponent(text);
  return `${BACKFILL}${part(from)}..${part(to)}`;
}

/** The column that a recipe reads incrementally by; undefined: it doesn't, or not by a column. */
export function cursorColumn(incremental: Json | undefined): string | undefined {
  if (typeof incremental !== 'object' || incremental === null) return undefined;
  const { cursor_column: column } = incremental as JsonObject;
  return typeof column === 'string' ? column : undefined;
}

/** Throws CONFIG for a backfill that can't be. */
export function checkRange(recipe: ResolvedRecipe, range: BackfillRange, fullRefresh: boolean): void {
  const refuse = (message: string, hint: string) => new DatacookError('CONFIG', message, { hint });
  if (range.from === undefined && range.to === undefined)
    throw refuse('a backfill needs a range', 'say where it begins (--from), where it ends (--to), or both');
  if (fullRefresh)
    throw refuse(
      'a backfill loads a part, a full refresh everything: not both',
      'drop --full-refresh, or --from and --to',
    );
  if (recipe.destination.writeMode === 'replace')
    throw refuse(
      'a backfill would put its range in the place of the whole table (write_mode: replace)',
      'run without --from and --to: a replace loads everything anyway',
    );
  if (cursorColumn(recipe.source.incremental) === undefined)
    throw refuse(
      'a backfill needs a cursor: its range is one of the values of a column',
      'name it: source.incremental: { strategy: watermark, cursor_column: … }',
    );
}

/** What a backfill that appends does to rows that other loads have brought. */
export const APPENDED_AGAIN =
  'a backfill under write_mode append adds the rows of its range: those that other loads have loaded stand there twice then';
