import type { Column } from '@datacook/core';
import { malformedValue } from './bad-value.js';
import { ColumnDecoder, type Slab, trim } from './column-decoder.js';

/** The typed array that 32-bit words are seen as in the end. */
export type WordsView = 'int32' | 'uint32' | 'float32' | 'int64' | 'uint64' | 'float64' | 'bytes';

/** What is held in 32-bit words, low word first, so that no BigInt is made and no bit of a float changes. */
export abstract class WordsDecoder extends ColumnDecoder {
  protected words = new Int32Array(0);
  private readonly width: number;
  private readonly seenAs: WordsView;

  /** `width` is in words a value. */
  constructor(name: string, width: number, seenAs: WordsView) {
    super(name);
    this.width = width;
    this.seenAs = seenAs;
  }

  finish(): Column {
    const words = trim(this.words, this.length * this.width);
    this.words = new Int32Array(0);
    return { ...this.takeValidity(), values: seeWords(words, this.seenAs) };
  }

  protected resize(capacity: number): void {
    const words = new Int32Array(capacity * this.width);
    words.set(this.words.subarray(0, this.length * this.width));
    this.words = words;
  }
}

function seeWords({ buffer, byteOffset, length }: Int32Array, seenAs: WordsView): ArrayBufferView {
  switch (seenAs) {
    case 'int32':
      return new Int32Array(buffer, byteOffset, length);
    case 'uint32':
      return new Uint32Array(buffer, byteOffset, length);
    case 'float32':
      return new Float32Array(buffer, byteOffset, length);
    case 'int64':
      return new BigInt64Array(buffer, byteOffset, length >> 1);
    case 'uint64':
      return new BigUint64Array(buffer, byteOffset, length >> 1);
    case 'float64':
      return new Float64Array(buffer, byteOffset, length >> 1);
    case 'bytes':
      return new Uint8Array(buffer, byteOffset, length * 4);
  }
}

/** Four bytes a value: `int4`, `oid`, `float4`. */
export class Word32Decoder extends WordsDecoder {
  constructor(name: string, seenAs: 'int32' | 'uint32' | 'float32') {
    super(name, 1, seenAs);
  }

  decode({ view }: Slab, starts: Int32Array, first: number, count: number): void {
    this.reserve(count);
    const { words } = this;
    let at = this.length;
    for (let index = first; index < first + count; index++, at++) {
      const start = starts[index]!;
      const size = view.getInt32(start - 4);
      if (size === 4) words[at] = view.getInt32(start);
      else if (size === -1) this.setNull(at);
      else throw malformedValue(this.name, 'value of four bytes', size);
    }
    this.length = at;
  }
}

/** Eight bytes a value: `int8`, `float8`, `time`. */
export class Word64Decoder extends WordsDecoder {
  constructor(name: string, seenAs: 'int64' | 'float64') {
    super(name, 2, seenAs);
  }

  decode({ view }: Slab, starts: Int32Array, first: number, count: number): void {
    this.reserve(count);
    const { words } = this;
    let at = this.length;
    for (let index = first; index < first + count; index++, at++) {
      const start = starts[index]!;
      const size = view.getInt32(start - 4);
      if (size === 8) {
        words[at * 2] = view.getInt32(start + 4);
        words[at * 2 + 1] = view.getInt32(start);
      } else if (size === -1) this.setNull(at);
      else throw malformedValue(this.name, 'value of eight bytes', size);
    }
    this.length = at;
  }
}

/** Sixteen bytes a value, kept in their order: `uuid`. */
export class UuidDecoder extends WordsDecoder {
  constructor(name: string) {
    super(name, 4, 'bytes');
  }

  decode({ view }: Slab, starts: Int32Array, first: number, count: number): void {
    this.reserve(count);
    const target = new DataView(this.words.buffer);
    let at = this.length;
    for (let index = first; index < first + count; index++, at++) {
      const start = starts[index]!;
      const size = view.getInt32(start - 4);
      if (size === 16) {
        target.setInt32(at * 16, view.getInt32(start));
        target.setInt32(at * 16 + 4, view.getInt32(start + 4));
        target.setInt32(at * 16 + 8, view.getInt32(start + 8));
        target.setInt32(at * 16 + 12, view.getInt32(start + 12));
      } else if (size === -1) this.setNull(at);
      else throw malformedValue(this.name, 'uuid', size);
    }
    this.length = at;
  }
}
