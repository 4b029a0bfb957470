import type { Column } from '@datacook/core';

/** Bytes from the server that hold whole rows. At least 8 bytes lie behind the last of them, so that words may be read there. */
export interface Slab {
  readonly bytes: Buffer;
  readonly view: DataView;
}

const FIRST_CAPACITY = 1024;

/**
 * Makes one column out of values in the binary format. The loop over the values is the subclass's: chosen once a
 * column, it writes into typed arrays and makes no object a value.
 */
export abstract class ColumnDecoder {
  /** The column's name, for errors. */
  protected readonly name: string;
  protected length = 0;
  private capacity = 0;
  private expected = 0;
  private nullCount = 0;
  private validity: Uint8Array | undefined;

  constructor(name: string) {
    this.name = name;
  }

  /**
   * Appends `count` values. `starts[first + n]` is where the bytes of the n-th begin; the four bytes before are its
   * length, -1 for NULL. Throws DATA for a value that isn't one of the type.
   */
  abstract decode(slab: Slab, starts: Int32Array, first: number, count: number): void;

  /** The column of all values since the last call. */
  abstract finish(): Column;

  /** Makes room for so many more values. */
  protected abstract resize(capacity: number): void;

  protected reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.capacity) return;
    this.capacity = Math.max(needed, this.capacity * 2, this.expected, FIRST_CAPACITY);
    this.resize(this.capacity);
    if (this.validity !== undefined) this.validity = extend(this.validity, this.capacity);
  }

  protected setNull(index: number): void {
    this.validity ??= extend(new Uint8Array(0), this.capacity);
    this.validity[index >> 3]! &= ~(1 << (index & 7));
    this.nullCount++;
  }

  /** What a column says about NULL; the decoder is empty afterwards. */
  protected takeValidity(): Pick<Column, 'nullCount' | 'validity'> {
    const { nullCount, validity, length } = this;
    this.expected = length;
    this.length = 0;
    this.capacity = 0;
    this.nullCount = 0;
    this.validity = undefined;
    return validity === undefined
      ? { nullCount }
      : { nullCount, validity: validity.subarray(0, (length + 7) >> 3) };
  }
}

function extend(validity: Uint8Array, capacity: number): Uint8Array {
  const extended = new Uint8Array((capacity + 7) >> 3).fill(255, validity.length);
  extended.set(validity);
  return extended;
}

/** The first `count` elements: a view, or a copy if most of the buffer behind it is unused. */
export function trim<T extends Int16Array | Int32Array | Uint8Array>(values: T, count: number): T {
  return (count * 2 < values.length ? values.slice(0, count) : values.subarray(0, count)) as T;
}
