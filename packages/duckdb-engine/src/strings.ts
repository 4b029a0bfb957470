import { isUtf8 } from 'node:buffer';
import type { Column } from '@datacook/core';
import type { Bindings, Vector } from './bindings.js';
import { badValue, bytesOf, createScratch, isValid, offsetsOf, type WriteColumn } from './vectors.js';

/**
 * DuckDB's `string_t`: 16 bytes, little-endian: uint32 length; then up to 12 bytes inline, zero padded; or, if it is
 * longer, its first 4 bytes and a pointer to all of it. (`src/include/duckdb/common/types/string_type.hpp`)
 */
const SLOT = 16;
const INLINE = 12;

/** Reads `count` values of a VARCHAR vector. */
export function readText(bindings: Bindings, vector: Vector, count: number): (string | null)[] {
  if (count === 0) return [];
  const slots = new Uint8Array(bindings.vector_get_data(vector, count * SLOT));
  const validity =
    (bindings.vector_get_validity(vector, Math.ceil(count / 64) * 8) as Uint8Array | null) ?? undefined;
  const view = new DataView(slots.buffer);
  return Array.from({ length: count }, (_, row) => {
    if (!isValid(validity, row)) return null;
    const bytes = slotBytes(bindings, slots, view, row);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  });
}

function slotBytes(
  bindings: Bindings,
  slots: Uint8Array<ArrayBuffer>,
  view: DataView,
  row: number,
): Uint8Array {
  const length = view.getUint32(row * SLOT, true);
  return length <= INLINE
    ? slots.subarray(row * SLOT + 4, row * SLOT + 4 + length)
    : bindings.get_data_from_pointer(slots.buffer, row * SLOT + 8, length);
}

/**
 * Writes text or bytes. The values of a chunk are handed to the vector as one heap, which it owns; the slots that
 * point into the heap are built here and copied in. One call a chunk instead of one a value.
 *
 * @param text Whether the values must be UTF-8.
 * @param fast Whether slots are laid out as we know them (`knowsStrings`); else each value is assigned by itself.
 */
export function stringWriter(bindings: Bindings, name: string, text: boolean, fast: boolean): WriteColumn {
  const scratch = createScratch();
  return (vector, column, from, count) => {
    const bytes = bytesOf(name, column, 0);
    const offsets = offsetsOf(name, column, from, count, bytes.length);
    const clean = !text || checkUtf8(name, column, offsets, bytes, from, count);
    if (fast && clean) writeSlots(bindings, vector, offsets, bytes, from, count, scratch(count * SLOT));
    else assignEach(bindings, vector, column, offsets, bytes, from, count);
  };
}

function writeSlots(
  bindings: Bindings,
  vector: Vector,
  offsets: Int32Array,
  bytes: Uint8Array,
  from: number,
  count: number,
  slots: Uint8Array<ArrayBuffer>,
): void {
  const words = new Uint32Array(slots.buffer, 0, count * 4);
  const first = offsets[from] as number;
  let low = 0;
  let high = 0;
  if (hasLong(offsets, from, count)) {
    bindings.vector_assign_string_element_len(vector, 0, bytes.subarray(first, offsets[from + count]));
    const slot = new Uint8Array(bindings.vector_get_data(vector, SLOT));
    const view = new DataView(slot.buffer);
    low = view.getUint32(8, true);
    high = view.getUint32(12, true);
  }
  let start = first;
  for (let row = 0; row < count; row++) {
    const stop = offsets[from + row + 1] as number;
    const length = stop - start;
    const word = row * 4;
    const slot = row * SLOT + 4;
    words[word] = length;
    if (length <= INLINE) {
      words[word + 1] = 0;
      words[word + 2] = 0;
      words[word + 3] = 0;
      for (let at = 0; at < length; at++) slots[slot + at] = bytes[start + at] as number;
    } else {
      slots[slot] = bytes[start] as number;
      slots[slot + 1] = bytes[start + 1] as number;
      slots[slot + 2] = bytes[start + 2] as number;
      slots[slot + 3] = bytes[start + 3] as number;
      const address = low + (start - first);
      words[word + 2] = address;
      words[word + 3] = address > 0xffffffff ? high + 1 : high;
    }
    start = stop;
  }
  bindings.copy_data_to_vector(vector, 0, slots.buffer, 0, count * SLOT);
}

function assignEach(
  bindings: Bindings,
  vector: Vector,
  column: Column,
  offsets: Int32Array,
  bytes: Uint8Array,
  from: number,
  count: number,
): void {
  const empty = new Uint8Array();
  for (let row = from; row < from + count; row++) {
    const value = isValid(column.validity, row) ? bytes.subarray(offsets[row], offsets[row + 1]) : empty;
    bindings.vector_assign_string_element_len(vector, row - from, value);
  }
}

function hasLong(offsets: Int32Array, from: number, count: number): boolean {
  for (let row = from; row < from + count; row++)
    if ((offsets[row + 1] as number) - (offsets[row] as number) > INLINE) return true;
  return false;
}

/**
 * Throws DATA unless every value is UTF-8 by itself. False if only what lies under a NULL isn't: DuckDB would make
 * NULL of the whole heap.
 */
function checkUtf8(
  name: string,
  column: Column,
  offsets: Int32Array,
  bytes: Uint8Array,
  from: number,
  count: number,
): boolean {
  const end = offsets[from + count] as number;
  let whole = isUtf8(bytes.subarray(offsets[from], end));
  // A value that begins inside a character is no text, though all of them joined are.
  for (let row = from; whole && row < from + count; row++) {
    const start = offsets[row] as number;
    whole = start >= end || ((bytes[start] as number) & 0xc0) !== 0x80;
  }
  if (whole) return true;
  for (let row = from; row < from + count; row++)
    if (isValid(column.validity, row) && !isUtf8(bytes.subarray(offsets[row], offsets[row + 1])))
      throw badValue(
        name,
        row,
        'is not valid UTF-8',
        'Declare the encoding of the source, or load it as binary.',
      );
  return false;
}

/**
 * Whether this build of DuckDB lays out text as we know it: values of many lengths are assigned by DuckDB and
 * compared with what we would write; then slots of our own are read back.
 */
export function knowsStrings(bindings: Bindings): boolean {
  const samples = [0, 1, 4, 11, 12, 13, 16, 255, 4096].map((length) =>
    Uint8Array.from({ length }, (_, at) => 33 + ((at * 7 + length) % 90)),
  );
  const chunk = bindings.create_data_chunk([bindings.create_logical_type(bindings.Type.VARCHAR)]);
  const vector = bindings.data_chunk_get_vector(chunk, 0);
  samples.forEach((bytes, row) => {
    bindings.vector_assign_string_element_len(vector, row, bytes);
  });
  if (!agrees(bindings, vector, samples)) return false;
  bindings.data_chunk_reset(chunk);
  const offsets = new Int32Array(samples.length + 1);
  samples.forEach((bytes, row) => {
    offsets[row + 1] = (offsets[row] as number) + bytes.length;
  });
  const column: Column = { nullCount: 0, offsets, values: Buffer.concat(samples) };
  stringWriter(bindings, 'self-test', true, true)(vector, column, 0, samples.length);
  return agrees(bindings, vector, samples);
}

function agrees(bindings: Bindings, vector: Vector, samples: readonly Uint8Array[]): boolean {
  const slots = new Uint8Array(bindings.vector_get_data(vector, samples.length * SLOT));
  const view = new DataView(slots.buffer);
  return samples.every((bytes, row) => {
    const slot = row * SLOT;
    if (view.getUint32(slot, true) !== bytes.length) return false;
    if (bytes.length <= INLINE) {
      const padded = new Uint8Array(INLINE);
      padded.set(bytes);
      return Buffer.compare(slots.subarray(slot + 4, slot + SLOT), padded) === 0;
    }
    if (Buffer.compare(slots.subarray(slot + 4, slot + 8), bytes.subarray(0, 4)) !== 0) return false;
    return Buffer.compare(slotBytes(bindings, slots, view, row), bytes) === 0;
  });
}
