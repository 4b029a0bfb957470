import type { DataType } from '@datacook/core';

/** What `value` of add_column can draw: one instant for the run, its date in UTC, or a UUID for each row. */
export type ColumnFunction = 'now()' | 'today()' | 'uuid()';

/** The type of what a function gives. */
export const FUNCTION_TYPES: { readonly [name in ColumnFunction]: DataType } = {
  'now()': { kind: 'timestamp', unit: 'us', zoned: true },
  'today()': { kind: 'date' },
  'uuid()': { kind: 'uuid' },
};

export function isColumnFunction(value: unknown): value is ColumnFunction {
  return typeof value === 'string' && Object.hasOwn(FUNCTION_TYPES, value);
}

/** Whether a text was probably meant as a function. */
export function looksLikeFunction(value: unknown): boolean {
  return typeof value === 'string' && /^\s*\w+\s*\(\s*\)\s*$/.test(value);
}
