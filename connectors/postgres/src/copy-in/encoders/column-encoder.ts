import type { Column } from '@datacook/core';

/** What is written to. */
export interface Slab {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}

/** The length that stands for NULL. */
export const NULL = -1;

/**
 * Writes one column's values into tuples of a binary COPY: each an int32 length, then its bytes. Rows are taken in
 * pieces: first it is measured what each takes, then all columns are written, one after another. The loops over the
 * values are the subclass's: chosen once a column, they make no object a value.
 */
export abstract class ColumnEncoder {
  /** The column's name, for errors. */
  protected readonly name: string;
  /** Absent where nothing is NULL. */
  protected validity: Uint8Array | undefined;

  constructor(name: string) {
    this.name = name;
  }

  /** Takes the column whose values come next. Throws DATA for a value that its target can't hold. */
  bind(column: Column, _length: number): void {
    this.validity = column.nullCount > 0 ? column.validity : undefined;
  }

  /**
   * Measures `count` values from `first` on: what all of them take is returned, what one takes besides is added to
   * `sizes[n]`. Throws DATA for a value that its target can't hold.
   */
  abstract measure(sizes: Int32Array, first: number, count: number): number;

  /** Writes the values that were measured last: the n-th at `positions[n]`, which is moved behind it. */
  abstract encode(slab: Slab, positions: Int32Array, first: number, count: number): void;
}

/** Values that all have the same width, in bytes. */
export abstract class FixedEncoder extends ColumnEncoder {
  private readonly width: number;

  constructor(name: string, width: number) {
    super(name);
    this.width = width;
  }

  measure(sizes: Int32Array, first: number, count: number): number {
    const { validity, width } = this;
    if (validity === undefined) return 4 + width;
    for (let n = 0; n < count; n++) {
      const row = first + n;
      if (((validity[row >> 3]! >> (row & 7)) & 1) !== 0) sizes[n]! += width;
    }
    return 4;
  }
}

/** A column that the batch lacks. */
export class NullEncoder extends ColumnEncoder {
  measure(): number {
    return 4;
  }

  encode({ view }: Slab, positions: Int32Array, _first: number, count: number): void {
    for (let n = 0; n < count; n++) {
      view.setInt32(positions[n]!, NULL);
      positions[n]! += 4;
    }
  }
}

/** Numbers the rows: a bigint, 1 more for each. */
export class OrderEncoder extends ColumnEncoder {
  private high: number;
  private low: number;

  constructor(name: string, first: bigint) {
    super(name);
    this.high = Number(first >> 32n);
    this.low = Number(first & 0xffffffffn);
  }

  measure(): number {
    return 12;
  }

  encode({ view }: Slab, positions: Int32Array, _first: number, count: number): void {
    for (let n = 0; n < count; n++) {
      const at = positions[n]!;
      view.setInt32(at, 8);
      view.setInt32(at + 4, this.high);
      view.setUint32(at + 8, this.low);
      positions[n] = at + 12;
      if (++this.low > 0xffffffff) {
        this.low = 0;
        this.high++;
      }
    }
  }
}
