import { type Column, DatacookError } from '@datacook/core';
import type { Bindings, Vector } from './bindings.js';

/** Rows of a data chunk, and values of a vector that was made for one. */
export const VECTOR_ROWS = 2048;

/**
 * Writes `count` values of a column, from its value `from` on, into a vector that is fresh or was reset.
 *
 * @param mask One bit a value written, 0 where a surrounding struct is NULL.
 */
export type WriteColumn = (
  vector: Vector,
  column: Column,
  from: number,
  count: number,
  mask?: Uint8Array,
) => void;

/** DATA, naming the column, and the value by its place in the batch where it is known. */
export function badValue(name: string, row: number | undefined, text: string, hint?: string): DatacookError {
  const where = row === undefined ? `Column "${name}"` : `Column "${name}", value ${row + 1} of the batch,`;
  return new DatacookError('DATA', `${where} ${text}.`, {
    ...(hint === undefined ? {} : { hint }),
    details: { column: name, ...(row === undefined ? {} : { row }) },
  });
}

/** INTERNAL: the column isn't laid out as its type says. To write it would read foreign memory. */
function malformed(name: string, what: string): DatacookError {
  return new DatacookError('INTERNAL', `Column "${name}" is malformed: ${what}.`, {
    details: { column: name },
  });
}

export function isValid(validity: Uint8Array | undefined, row: number): boolean {
  return validity === undefined || (((validity[row >> 3] as number) >> (row & 7)) & 1) === 1;
}

/** The bytes of a column's values, at least `length` of them. */
export function bytesOf(name: string, column: Column, length: number): Uint8Array<ArrayBuffer> {
  const values = column.values;
  if (values === undefined) {
    if (length === 0) return new Uint8Array();
    throw malformed(name, 'it has no values');
  }
  if (values.byteLength < length)
    throw malformed(name, `${values.byteLength} bytes of values where ${length} are needed`);
  // The addon takes no shared memory.
  if (values.buffer instanceof ArrayBuffer)
    return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return new Uint8Array(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

/** The values as 32-bit words, low word of a value first, at least `length` bytes of them. */
export function wordsOf(name: string, column: Column, length: number): Int32Array {
  const bytes = bytesOf(name, column, length);
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes);
  return new Int32Array(aligned.buffer, aligned.byteOffset, aligned.byteLength >> 2);
}

/** The offsets of values `from` to `from + count`, checked against what they point into. */
export function offsetsOf(
  name: string,
  column: Column,
  from: number,
  count: number,
  limit: number,
): Int32Array {
  const offsets = column.offsets;
  if (offsets === undefined || offsets.length < from + count + 1)
    throw malformed(name, 'offsets are missing');
  let last = offsets[from] as number;
  if (last < 0) throw malformed(name, 'an offset is negative');
  for (let row = from + 1; row <= from + count; row++) {
    const next = offsets[row] as number;
    if (next < last) throw malformed(name, 'its offsets go backwards');
    last = next;
  }
  if (last > limit) throw malformed(name, 'an offset points past its values');
  return offsets;
}

/** A buffer that grows to what is asked for and is used again. */
export function createScratch(): (bytes: number) => Uint8Array<ArrayBuffer> {
  let buffer = new Uint8Array(0);
  return (bytes) => {
    if (buffer.length < bytes) buffer = new Uint8Array(Math.max(bytes, VECTOR_ROWS));
    return buffer;
  };
}

/** Writes which of the values are NULL. Returns the bits written, or undefined where none is NULL. */
export type WriteValidity = (
  vector: Vector,
  column: Column,
  from: number,
  count: number,
  mask: Uint8Array | undefined,
) => Uint8Array | undefined;

export function validityWriter(bindings: Bindings, name: string): WriteValidity {
  const scratch = createScratch();
  return (vector, column, from, count, mask) => {
    const own = column.nullCount > 0 ? column.validity : undefined;
    if (column.nullCount > 0 && (own === undefined || own.length * 8 < from + count))
      throw malformed(name, 'it has NULLs, and too few validity bits');
    if (own === undefined && mask === undefined) return undefined;
    const length = Math.ceil(count / 64) * 8;
    const bits = scratch(length);
    bits.fill(255, 0, length);
    const bytes = (count + 7) >> 3;
    if (own !== undefined) {
      const shift = from & 7;
      const first = from >> 3;
      if (shift === 0) bits.set(own.subarray(first, first + bytes));
      else
        for (let at = 0; at < bytes; at++)
          bits[at] = ((own[first + at] as number) >> shift) | ((own[first + at + 1] ?? 0) << (8 - shift));
    }
    if (mask !== undefined)
      for (let at = 0; at < bytes; at++) bits[at] = (bits[at] as number) & (mask[at] as number);
    bindings.vector_ensure_validity_writable(vector);
    bindings.copy_data_to_vector_validity(vector, 0, bits.buffer, 0, length);
    return bits;
  };
}

/** Values that DuckDB holds byte for byte as we do. */
export function fixedWriter(bindings: Bindings, name: string, width: number): WriteColumn {
  return (vector, column, from, count) => {
    const bytes = bytesOf(name, column, (from + count) * width);
    bindings.copy_data_to_vector(vector, 0, bytes.buffer, bytes.byteOffset + from * width, count * width);
  };
}

/** One bit a value, to one byte a value. */
export function boolWriter(bindings: Bindings, name: string): WriteColumn {
  const scratch = createScratch();
  return (vector, column, from, count) => {
    const bits = bytesOf(name, column, (from + count + 7) >> 3);
    const target = scratch(count);
    for (let at = 0; at < count; at++) {
      const row = from + at;
      target[at] = ((bits[row >> 3] as number) >> (row & 7)) & 1;
    }
    bindings.copy_data_to_vector(vector, 0, target.buffer, 0, count);
  };
}

/** 16 bytes in the order of the text, to DuckDB's int128 with its highest bit flipped, so that it sorts as the text does. */
export function uuidWriter(bindings: Bindings, name: string): WriteColumn {
  const scratch = createScratch();
  return (vector, column, from, count) => {
    const bytes = bytesOf(name, column, (from + count) * 16);
    const target = scratch(count * 16);
    for (let at = 0; at < count; at++) {
      const source = (from + at) * 16;
      const slot = at * 16;
      for (let byte = 0; byte < 16; byte++) target[slot + 15 - byte] = bytes[source + byte] as number;
      target[slot + 15] = (target[slot + 15] as number) ^ 0x80;
    }
    bindings.copy_data_to_vector(vector, 0, target.buffer, 0, count * 16);
  };
}
