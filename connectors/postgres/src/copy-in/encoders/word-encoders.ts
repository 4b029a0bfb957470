import type { Column } from '@datacook/core';
import { FixedEncoder, NULL, type Slab } from './column-encoder.js';

/** The 32-bit words of a column, without a copy. */
export function wordsOf({ values }: Column): Int32Array {
  if (values === undefined) return new Int32Array(0);
  return new Int32Array(values.buffer, values.byteOffset, values.byteLength >> 2);
}

/** Four bytes a value, as they are: `int4`, `oid`, `float4`. */
export class Word32Encoder extends FixedEncoder {
  private words: Int32Array = new Int32Array(0);

  constructor(name: string) {
    super(name, 4);
  }

  override bind(column: Column, length: number): void {
    super.bind(column, length);
    this.words = wordsOf(column);
  }

  encode({ view }: Slab, positions: Int32Array, first: number, count: number): void {
    const { words, validity } = this;
    for (let n = 0; n < count; n++) {
      const row = first + n;
      const at = positions[n]!;
      if (validity !== undefined && ((validity[row >> 3]! >> (row & 7)) & 1) === 0) {
        view.setInt32(at, NULL);
        positions[n] = at + 4;
      } else {
        view.setInt32(at, 4);
        view.setInt32(at + 4, words[row]!);
        positions[n] = at + 8;
      }
    }
  }
}

/** Eight bytes a value, as they are: `int8`, `float8`. */
export class Word64Encoder extends FixedEncoder {
  private words: Int32Array = new Int32Array(0);

  constructor(name: string) {
    super(name, 8);
  }

  override bind(column: Column, length: number): void {
    super.bind(column, length);
    this.words = wordsOf(column);
  }

  encode({ view }: Slab, positions: Int32Array, first: number, count: number): void {
    const { words, validity } = this;
    for (let n = 0; n < count; n++) {
      const row = first + n;
      const at = positions[n]!;
      if (validity !== undefined && ((validity[row >> 3]! >> (row & 7)) & 1) === 0) {
        view.setInt32(at, NULL);
        positions[n] = at + 4;
      } else {
        view.setInt32(at, 8);
        view.setInt32(at + 4, words[row * 2 + 1]!);
        view.setInt32(at + 8, words[row * 2]!);
        positions[n] = at + 12;
      }
    }
  }
}

/** Sixteen bytes a value, in their order: `uuid`. */
export class UuidEncoder extends FixedEncoder {
  private source: DataView = new DataView(new ArrayBuffer(0));

  constructor(name: string) {
    super(name, 16);
  }

  override bind(column: Column, length: number): void {
    super.bind(column, length);
    const { buffer, byteOffset, byteLength } = column.values ?? new Uint8Array(0);
    this.source = new DataView(buffer, byteOffset, byteLength);
  }

  encode({ view }: Slab, positions: Int32Array, first: number, count: number): void {
    const { source, validity } = this;
    for (let n = 0; n < count; n++) {
      const row = first + n;
      const at = positions[n]!;
      if (validity !== undefined && ((validity[row >> 3]! >> (row & 7)) & 1) === 0) {
        view.setInt32(at, NULL);
        positions[n] = at + 4;
      } else {
        view.setInt32(at, 16);
        for (let byte = 0; byte < 16; byte += 4)
          view.setInt32(at + 4 + byte, source.getInt32(row * 16 + byte));
        positions[n] = at + 20;
      }
    }
  }
}

/** `bool`: one bit a value. */
export class BoolEncoder extends FixedEncoder {
  private bits: Uint8Array = new Uint8Array(0);

  constructor(name: string) {
    super(name, 1);
  }

  override bind(column: Column, length: number): void {
    super.bind(column, length);
    this.bits = (column.values ?? new Uint8Array(0)) as Uint8Array;
  }

  encode({ view }: Slab, positions: Int32Array, first: number, count: number): void {
    const { bits, validity } = this;
    for (let n = 0; n < count; n++) {
      const row = first + n;
      const at = positions[n]!;
      if (validity !== undefined && ((validity[row >> 3]! >> (row & 7)) & 1) === 0) {
        view.setInt32(at, NULL);
        positions[n] = at + 4;
      } else {
        view.setInt32(at, 1);
        view.setUint8(at + 4, (bits[row >> 3]! >> (row & 7)) & 1);
        positions[n] = at + 5;
      }
    }
  }
}

/** A typed array of numbers. */
export interface NumberArray {
  readonly [index: number]: number;
}

const WIDTHS = { int2: 2, int4: 4, int8: 8, float4: 4, float8: 8 } as const;

/** Integers to 32 bits, floats, and decimals without places as a number of another width. */
export class NumberEncoder extends FixedEncoder {
  private readonly to: keyof typeof WIDTHS;
  /** Elements a value: 2 takes the low words of 64 bits. */
  private readonly stride: 1 | 2;
  private values: NumberArray = [];

  constructor(name: string, to: keyof typeof WIDTHS, stride: 1 | 2) {
    super(name, WIDTHS[to]);
    this.to = to;
    this.stride = stride;
  }

  override bind(column: Column, length: number): void {
    super.bind(column, length);
    this.values = this.stride === 2 ? wordsOf(column) : (column.values as unknown as NumberArray);
  }

  encode({ view }: Slab, positions: Int32Array, first: number, count: number): void {
    const { values, validity, to, stride } = this;
    const width = WIDTHS[to];
    for (let n = 0; n < count; n++) {
      const row = first + n;
      const at = positions[n]!;
      if (validity !== undefined && ((validity[row >> 3]! >> (row & 7)) & 1) === 0) {
        view.setInt32(at, NULL);
        positions[n] = at + 4;
        continue;
      }
      const value = values[row * stride]!;
      view.setInt32(at, width);
      positions[n] = at + 4 + width;
      if (to === 'int2') view.setInt16(at + 4, value);
      else if (to === 'int4') view.setInt32(at + 4, value);
      else if (to === 'float4') view.setFloat32(at + 4, value);
      else if (to === 'float8') view.setFloat64(at + 4, value);
      else {
        view.setInt32(at + 4, value < 0 ? -1 : 0);
        view.setInt32(at + 8, value);
      }
    }
  }
}
