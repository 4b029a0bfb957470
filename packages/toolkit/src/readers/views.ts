import type { Column } from '@datacook/core';

/** A column's values as bytes, without a copy. */
export function bytesOf(column: Column): Buffer {
  const values = valuesOf(column);
  return Buffer.from(values.buffer as ArrayBuffer, values.byteOffset, values.byteLength);
}

export function valuesOf(column: Column): ArrayBufferView {
  return column.values ?? new Uint8Array(0);
}

export function offsetsOf(column: Column): Int32Array {
  return column.offsets ?? new Int32Array(1);
}

export function bit(bits: Uint8Array, index: number): number {
  return (bits[index >> 3]! >> (index & 7)) & 1;
}

/** The int128 of two words at `row` of a wide decimal. */
export function wideInteger(words: BigInt64Array, row: number): bigint {
  return (words[row * 2 + 1]! << 64n) | BigInt.asUintN(64, words[row * 2]!);
}
