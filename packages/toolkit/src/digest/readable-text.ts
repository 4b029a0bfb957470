import type { Column, DataType } from '@datacook/core';
import { columnTextReader } from '../readers/column-text-reader.js';

/** A canonical text of a digest as people write it: `2026-01-01` for days since 1970, and the like. */
export function readableText(type: DataType, text: string): string {
  const values = valuesOf(type, text);
  if (values === undefined) return text;
  const column: Column = { nullCount: 0, values };
  return columnTextReader(type, column)(0) ?? text;
}

function valuesOf(type: DataType, text: string): ArrayBufferView | undefined {
  if (!/^-?\d+$/.test(text)) return undefined;
  switch (type.kind) {
    case 'date':
      return Int32Array.of(Number(text));
    case 'time':
    case 'timestamp':
      return BigInt64Array.of(BigInt(text));
    case 'float':
      return new Float64Array(BigInt64Array.of(BigInt(text)).buffer);
    default:
      return undefined;
  }
}
