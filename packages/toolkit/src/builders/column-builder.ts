import type { Column } from '@datacook/core';

/** Builds a column value by value. Made by `createColumnBuilder`; the type decides the class, once a column. */
export interface ColumnBuilder {
  /** Values appended since the last `finish`, NULLs included. */
  readonly length: number;
  /** Bytes that they take, about. */
  readonly byteLength: number;
  appendNull(): void;
  /**
   * Appends the JavaScript form of a value; `null` and `undefined` are NULL. Throws DATA, with nothing appended, if
   * it isn't a value of the type.
   */
  append(value: unknown): void;
  /**
   * Appends the text form of a value, exactly: nothing is rounded but what a float's nearest value asks for. False,
   * with nothing appended, if the text isn't a value of the type. Throws DATA for text that is no Unicode (a lone
   * surrogate), or when the column would outgrow 2^31-1 bytes.
   */
  appendText(text: string): boolean;
  /** The column. The builder is empty afterwards, and never touches the column's buffers again. */
  finish(): Column;
}

const SMALLEST = 16;

type Validity = Pick<Column, 'nullCount' | 'validity'>;

/** What all builders share: the length, and a validity bitmap that exists from the first NULL on. */
export abstract class BaseBuilder implements ColumnBuilder {
  length = 0;
  protected nulls = 0;
  /** Values that there is room for. Buffers are made when the first value comes. */
  protected capacity = 0;
  private nextCapacity: number;
  /** Filled with ones: only a NULL touches its bit. */
  private bits: Uint8Array<ArrayBuffer> | undefined;

  constructor(expectedRows: number) {
    this.nextCapacity = Math.max(SMALLEST, expectedRows);
  }

  abstract get byteLength(): number;
  abstract append(value: unknown): void;
  abstract appendText(text: string): boolean;
  /** Takes back the values from `length` on. */
  abstract truncate(length: number): void;
  abstract finish(): Column;
  /** Makes room for `capacity` values, keeping those that are there. */
  protected abstract resize(capacity: number): void;

  appendNull(): void {
    if (this.length === this.capacity) this.grow();
    this.markNull(this.length++);
  }

  protected grow(): void {
    this.capacity = this.capacity === 0 ? this.nextCapacity : this.capacity * 2;
    this.resize(this.capacity);
  }

  protected get validityBytes(): number {
    return this.nulls === 0 ? 0 : (this.length + 7) >> 3;
  }

  protected truncateValidity(length: number): void {
    const { bits } = this;
    for (let row = length; bits !== undefined && row < this.length; row++) {
      if (row >> 3 >= bits.length) break;
      if ((bits[row >> 3]! >> (row & 7)) & 1) continue;
      bits[row >> 3]! |= 1 << (row & 7);
      this.nulls--;
    }
    this.length = length;
  }

  /** What `finish` begins with: the validity, and a builder that will make fresh buffers. */
  protected takeValidity(): Validity {
    const { length, nulls } = this;
    let validity: Validity = { nullCount: 0 };
    if (nulls > 0) {
      const bytes = (length + 7) >> 3;
      const bits = this.roomForBits(bytes).subarray(0, bytes);
      if (length & 7) bits[bytes - 1]! &= (1 << (length & 7)) - 1;
      validity = { nullCount: nulls, validity: bits };
    }
    this.bits = undefined;
    this.nulls = 0;
    if (length > 0) this.nextCapacity = Math.max(SMALLEST, length);
    this.length = 0;
    this.capacity = 0;
    return validity;
  }

  private markNull(row: number): void {
    const bits = this.roomForBits((row >> 3) + 1);
    bits[row >> 3]! &= ~(1 << (row & 7));
    this.nulls++;
  }

  private roomForBits(bytes: number): Uint8Array<ArrayBuffer> {
    const old = this.bits;
    if (old !== undefined && old.length >= bytes) return old;
    const bits = new Uint8Array(Math.max(bytes, (this.capacity + 7) >> 3, (old?.length ?? 0) * 2)).fill(255);
    if (old !== undefined) bits.set(old);
    this.bits = bits;
    return bits;
  }
}
