import { DatacookError } from '@datacook/core';
import type { CursorColumn } from './cursor-system.js';
import type { Boundary, HashedColumn } from './window.js';

/** Bytes of JSON that the memory of one position may take, about: it stands in every commit of the next load. */
export const MEMORY_BYTES = 1024 * 1024;
/** What one row takes in it: a hash of 32 characters, quotes, colon, count and comma. */
const ROW_BYTES = 38;

/** How many rows a memory can hold. */
export function rowsThatFit(memoryBytes: number): number {
  return Math.floor(memoryBytes / ROW_BYTES);
}

/** Columns in the order that hashes and positions have them. */
export function inOrder(columns: readonly HashedColumn[]): readonly HashedColumn[] {
  return columns
    .map(({ name, type }) => ({ name, type }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

/**
 * What can be skipped by a memory in a load that appends. Columns that were added since change nothing, as the hash is
 * over those of then. Throws STALE_POSITION if one is gone or has another type: the rows can't be told any more.
 */
export function usableMemory(memory: Boundary, column: CursorColumn, stream: string): Boundary {
  const change = changeOf(memory, column);
  if (change === undefined) return memory;
  throw new DatacookError(
    'STALE_POSITION',
    `${stream} can't be read on: which rows at ${column.name} were loaded is known by all their columns, and ${change}.`,
    {
      hint:
        'Undo that change of the table for one run; or load everything anew with --full-refresh; or use write_mode: ' +
        'merge, which needs no such memory.',
    },
  );
}

/** What has become of a column that a memory is over, in words. */
export function changeOf(memory: Boundary, column: CursorColumn): string | undefined {
  for (const { name, type } of memory.columns) {
    const now = column.columns.find((other) => other.name === name);
    if (now === undefined) return `${name} is not among them any more`;
    if (now.type !== type) return `${name} had type ${type} and has ${now.type} now`;
  }
  return undefined;
}
