import type { Json, ReadRequest } from '@datacook/core';
import { isRecord } from './stored.js';

/**
 * The rows that wait for a later load, by a stream's position, as the range of a backfill: an open transaction may still
 * add rows there, or too many have the same value. Undefined: none wait, or the position is not one of a window.
 */
export function waitingRange(position: Json | undefined): ReadRequest['range'] | undefined {
  if (!isRecord(position)) return undefined;
  const { strategy, value, inclusive } = position;
  if (typeof value !== 'string' || inclusive !== false) return undefined;
  // A backfill without an end stops at the watermark, behind which they wait; watermarks are times.
  if (strategy === 'watermark') return { from: value, to: 'infinity' };
  return strategy === 'cursor' ? { from: value } : undefined;
}
