import type { Column } from '@datacook/core';

/** Whether the value at `row` is NULL. */
export function isNull(column: Column, row: number): boolean {
  const { validity } = column;
  if (column.nullCount === 0 || validity === undefined) return false;
  return ((validity[row >> 3]! >> (row & 7)) & 1) === 0;
}
