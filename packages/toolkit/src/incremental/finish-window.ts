import { DatacookError, type Json } from '@datacook/core';
import { type PartitionPosition, parsePartitionPosition } from './partition-position.js';
import type { PlannedWindow } from './plan-window.js';
import { RowCounts } from './row-counts.js';
import { FORMAT } from './stored.js';
import { parseStreamPosition, type StreamPosition } from './stream-position.js';
import type { Boundary, Window, WindowPart } from './window.js';

/**
 * The stream's position when all partitions of a load are done, from what was planned and from each partition's last
 * position, which `WindowReader.end` makes. Pure. It says what was fixed by the plan, and remembers the rows at the
 * upper edge that were met, whether read or skipped: no others, so that a memory is never larger than the tie. Null
 * for a backfill. Throws INTERNAL if a partition whose memory is needed has no end, or if rows were skipped more
 * often than they were read before, as they would be if equal rows lay in several partitions.
 */
export function finishWindow(plan: PlannedWindow, ends: readonly (Json | undefined)[]): Json {
  const { window, next } = plan;
  if (window === undefined) return next;
  if (window.strategy === 'backfill') return null;
  const before = parseStreamPosition(next, 'the stream');
  const parts = ends.map((end) => (end === undefined ? undefined : parsePartitionPosition(end)));
  if (window.remember || window.rememberNulls) demandEnds(parts);
  demandSkipped(parts, 'values', window.seen);
  demandSkipped(parts, 'nulls', window.seenNulls);
  const { strategy, column, type } = window;
  return {
    version: FORMAT,
    strategy,
    column,
    type,
    ...valuesOf(window, parts, before),
    ...nullsOf(window, parts, before),
  };
}

type Ends = readonly (PartitionPosition | undefined)[];
type Values = Pick<StreamPosition, 'value' | 'inclusive' | 'seen'>;

function valuesOf(window: Window, parts: Ends, before: StreamPosition | undefined): Values {
  if (window.high === undefined) {
    const { value, inclusive, seen } = before ?? {};
    return {
      ...(value === undefined ? {} : { value }),
      ...(inclusive === undefined ? {} : { inclusive }),
      ...(seen && { seen }),
    };
  }
  const { high: value, highInclusive: inclusive } = window;
  if (!window.remember) return { value, inclusive };
  return { value, inclusive, seen: { columns: window.columns, rows: remembered(parts, 'values') } };
}

function nullsOf(
  window: Window,
  parts: Ends,
  before: StreamPosition | undefined,
): Pick<StreamPosition, 'nulls'> {
  if (!window.nulls) return before?.nulls === undefined ? {} : { nulls: before.nulls };
  if (!window.rememberNulls) return { nulls: 'forgotten' };
  const rows = remembered(parts, 'nulls');
  return Object.keys(rows).length === 0 ? {} : { nulls: { columns: window.columns, rows } };
}

function remembered(ends: Ends, part: WindowPart): Boundary['rows'] {
  const rows = new RowCounts();
  for (const end of ends) if (end?.part === part) rows.addAll(end.remembered ?? {});
  return rows.toJson();
}

function demandEnds(ends: Ends): void {
  const at = ends.findIndex((end) => end?.done !== true);
  if (at === -1) return;
  throw new DatacookError(
    'INTERNAL',
    `Partition ${at + 1} of ${ends.length} ended without saying what it has read.`,
    {
      hint: 'This is a defect of the source: report it.',
    },
  );
}

function demandSkipped(ends: Ends, part: WindowPart, seen: Boundary | undefined): void {
  if (seen === undefined) return;
  const left = new RowCounts(seen.rows);
  for (const end of ends) {
    if (end?.part !== part) continue;
    const skipped = end.skipped === true ? seen.rows : (end.skipped ?? {});
    for (const [hash, count] of Object.entries(skipped)) {
      for (let time = 0; time < count; time++) if (!left.takeOne(hash)) throw skippedTwice();
    }
  }
}

function skippedTwice(): DatacookError {
  return new DatacookError('INTERNAL', 'Rows were skipped more often than earlier loads have read them.', {
    hint: 'This is a defect of the source, whose partitions share equal rows: report it.',
  });
}
