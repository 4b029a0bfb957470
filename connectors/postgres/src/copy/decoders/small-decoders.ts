import type { Column } from '@datacook/core';
import { malformedValue } from './bad-value.js';
import { ColumnDecoder, type Slab, trim } from './column-decoder.js';
import { WordsDecoder } from './word-decoders.js';

/** `int2`. */
export class Int16Decoder extends ColumnDecoder {
  private values = new Int16Array(0);

  decode({ view }: Slab, starts: Int32Array, first: number, count: number): void {
    this.reserve(count);
    const { values } = this;
    let at = this.length;
    for (let index = first; index < first + count; index++, at++) {
      const start = starts[index]!;
      const size = view.getInt32(start - 4);
      if (size === 2) values[at] = view.getInt16(start);
      else if (size === -1) this.setNull(at);
      else throw malformedValue(this.name, 'smallint', size);
    }
    this.length = at;
  }

  finish(): Column {
    const values = trim(this.values, this.length);
    this.values = new Int16Array(0);
    return { ...this.takeValidity(), values };
  }

  protected resize(capacity: number): void {
    const values = new Int16Array(capacity);
    values.set(this.values.subarray(0, this.length));
    this.values = values;
  }
}

/** `bool`: one bit a value. */
export class BoolDecoder extends ColumnDecoder {
  private bits = new Uint8Array(0);

  decode({ view }: Slab, starts: Int32Array, first: number, count: number): void {
    this.reserve(count);
    const { bits } = this;
    let at = this.length;
    for (let index = first; index < first + count; index++, at++) {
      const start = starts[index]!;
      const size = view.getInt32(start - 4);
      if (size === 1) {
        if (view.getUint8(start) !== 0) bits[at >> 3]! |= 1 << (at & 7);
      } else if (size === -1) this.setNull(at);
      else throw malformedValue(this.name, 'boolean', size);
    }
    this.length = at;
  }

  finish(): Column {
    const values = trim(this.bits, (this.length + 7) >> 3);
    this.bits = new Uint8Array(0);
    return { ...this.takeValidity(), values };
  }

  protected resize(capacity: number): void {
    const bits = new Uint8Array((capacity + 7) >> 3);
    bits.set(this.bits);
    this.bits = bits;
  }
}

/** `int2`, `int4`, `oid` as a wider integer, or `float4` as a double, where `column_types` asks for it. */
export class WideningDecoder extends WordsDecoder {
  private readonly wire: 'int2' | 'int4' | 'oid' | 'float4';
  private readonly wide: boolean;

  constructor(
    name: string,
    wire: 'int2' | 'int4' | 'oid' | 'float4',
    seenAs: 'int32' | 'int64' | 'uint64' | 'float64',
  ) {
    super(name, seenAs === 'int32' ? 1 : 2, seenAs);
    this.wire = wire;
    this.wide = seenAs !== 'int32';
  }

  decode({ view }: Slab, starts: Int32Array, first: number, count: number): void {
    this.reserve(count);
    const { words, wire, wide } = this;
    const width = wire === 'int2' ? 2 : 4;
    const doubles = wire === 'float4' ? new Float64Array(words.buffer) : undefined;
    let at = this.length;
    for (let index = first; index < first + count; index++, at++) {
      const start = starts[index]!;
      const size = view.getInt32(start - 4);
      if (size !== width) {
        if (size !== -1) throw malformedValue(this.name, wire, size);
        this.setNull(at);
      } else if (doubles !== undefined) {
        doubles[at] = view.getFloat32(start);
      } else {
        const value = width === 2 ? view.getInt16(start) : view.getInt32(start);
        if (wide) {
          words[at * 2] = value;
          words[at * 2 + 1] = value < 0 && wire !== 'oid' ? -1 : 0;
        } else words[at] = value;
      }
    }
    this.length = at;
  }
}
