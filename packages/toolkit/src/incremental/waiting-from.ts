import type { Json } from '@datacook/core';
import { isRecord } from './stored.js';

/**
 * The value of the cursor from which on rows wait for a later load, by a stream's position: an open transaction may
 * still add rows there, or too many have the same value. Undefined: none wait, or the position is not one of a window.
 */
export function waitingFrom(position: Json | undefined): string | undefined {
  if (!isRecord(position)) return undefined;
  const { strategy, value, inclusive } = position;
  if (strategy !== 'cursor' && strategy !== 'watermark') return undefined;
  return typeof value === 'string' && inclusive === false ? value : undefined;
}
