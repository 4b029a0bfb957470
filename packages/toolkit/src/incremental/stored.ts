import { DatacookError } from '@datacook/core';
import type { Boundary } from './window.js';

/** The format in which windows and positions are written. */
export const FORMAT = 1;

export function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether a value has the form of row counts by hash. */
export function isRowCounts(value: unknown): value is Boundary['rows'] {
  return (
    isRecord(value) && Object.values(value).every((count) => Number.isSafeInteger(count) && Number(count) > 0)
  );
}

/** Whether a value has the form of a boundary. */
export function isBoundary(value: unknown): value is Boundary {
  if (!isRecord(value) || !Array.isArray(value['columns']) || !isRowCounts(value['rows'])) return false;
  return value['columns'].every(
    (column) => isRecord(column) && typeof column['name'] === 'string' && typeof column['type'] === 'string',
  );
}

/** Throws DATA unless a stored value has the format that is written here. `what` begins the message. */
export function readVersion(stored: unknown, what: string): void {
  const version = isRecord(stored) ? stored['version'] : undefined;
  if (version === FORMAT) return;
  const isNewer = typeof version === 'number' && Number.isInteger(version) && version > FORMAT;
  throw new DatacookError(
    'DATA',
    isNewer
      ? `${what} has format ${version}; this version of datacook reads format ${FORMAT}.`
      : `${what} is damaged: ${excerpt(stored)}`,
    {
      hint: isNewer
        ? 'It was written by a newer version of datacook: upgrade, and run again.'
        : 'Load everything anew with --full-refresh, or set the position with `datacook state set`.',
    },
  );
}

/** The beginning of a stored value's JSON, for messages. */
export function excerpt(stored: unknown): string {
  const text = JSON.stringify(stored) ?? 'nothing';
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}
