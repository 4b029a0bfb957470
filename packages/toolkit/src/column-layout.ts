import type { Column, DataType } from '@datacook/core';
import { valuesOf } from './readers/views.js';
import type { TypedArray } from './words.js';

/**
 * How a type's values lie in `values`: bits, a fixed number of elements a value, bytes with offsets, or only in
 * children.
 */
export type Layout =
  | { readonly kind: 'bits' | 'bytes' | 'list' | 'struct' }
  | { readonly kind: 'fixed'; readonly make: (length: number) => TypedArray; readonly elements: number };

const INTS = { 8: Int8Array, 16: Int16Array, 32: Int32Array, 64: BigInt64Array } as const;
const UINTS = { 8: Uint8Array, 16: Uint16Array, 32: Uint32Array, 64: BigUint64Array } as const;

function fixed(array: new (length: number) => TypedArray, elements = 1): Layout {
  return { kind: 'fixed', make: (length) => new array(length), elements };
}

export function layoutOf(type: DataType): Layout {
  switch (type.kind) {
    case 'bool':
      return { kind: 'bits' };
    case 'int':
      return fixed((type.signed ? INTS : UINTS)[type.bits]);
    case 'float':
      return fixed(type.bits === 32 ? Float32Array : Float64Array);
    case 'decimal':
      return type.precision > 38 ? { kind: 'bytes' } : fixed(BigInt64Array, type.precision > 18 ? 2 : 1);
    case 'date':
      return fixed(Int32Array);
    case 'time':
    case 'timestamp':
      return fixed(BigInt64Array);
    case 'interval':
    case 'uuid':
      return fixed(Uint8Array, 16);
    case 'numeric':
    case 'utf8':
    case 'json':
    case 'binary':
      return { kind: 'bytes' };
    case 'list':
    case 'struct':
      return { kind: type.kind };
  }
}

/** The types of a nested type's children. */
export function childTypes(type: DataType): readonly DataType[] {
  if (type.kind === 'list') return [type.item.type];
  return type.kind === 'struct' ? type.fields.map((field) => field.type) : [];
}

/** A column's values as the typed array that its type says. */
export function arrayOf(column: Column): TypedArray {
  return valuesOf(column) as TypedArray;
}

/** Bits `[from, from + count)` as a bitmap of its own; a view where `from` is a multiple of 8. */
export function sliceBits(bits: Uint8Array, from: number, count: number): Uint8Array {
  const bytes = (count + 7) >> 3;
  const first = from >> 3;
  const shift = from & 7;
  if (shift === 0) return bits.subarray(first, first + bytes);
  const slice = new Uint8Array(bytes);
  for (let byte = 0; byte < bytes; byte++) {
    slice[byte] = (bits[first + byte]! >> shift) | ((bits[first + byte + 1] ?? 0) << (8 - shift));
  }
  return slice;
}

/** How many of the first `count` bits are 0. */
export function countZeros(bits: Uint8Array, count: number): number {
  let ones = 0;
  for (let byte = 0; byte < count >> 3; byte++) ones += ONES[bits[byte]!]!;
  if (count & 7) ones += ONES[bits[count >> 3]! & ((1 << (count & 7)) - 1)]!;
  return count - ones;
}

const ONES = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length);
