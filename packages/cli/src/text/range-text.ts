import type { BackfillRange } from '@datacook/engine';

/** The range of a backfill, in words. */
export function rangeText({ from, to }: BackfillRange): string {
  const ends = [...(from === undefined ? [] : [`from ${from}`]), ...(to === undefined ? [] : [`to ${to}`])];
  return ends.join(' ');
}
