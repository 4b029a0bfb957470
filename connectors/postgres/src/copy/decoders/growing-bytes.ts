import { type Slab, trim } from './column-decoder.js';

/** The longest run that is copied word by word: a call of `set` costs more below it. */
const BY_WORDS = 160;
const SLACK = 8;

/** Bytes of many values, one behind the other. Four bytes may always be written behind the last. */
export class GrowingBytes {
  length = 0;
  bytes = new Uint8Array(SLACK);
  view = new DataView(this.bytes.buffer);
  private expected = 0;

  reserve(count: number): void {
    const needed = this.length + count + SLACK;
    if (needed <= this.bytes.length) return;
    const bytes = new Uint8Array(Math.max(needed, this.bytes.length * 2, this.expected));
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }

  /** Appends bytes of a slab. Words are copied whole: what is too much at the end is written over by the next value. */
  append(slab: Slab, start: number, count: number): void {
    this.reserve(count);
    const { view, length } = this;
    if (count > BY_WORDS) this.bytes.set(slab.bytes.subarray(start, start + count), length);
    else {
      const source = slab.view;
      for (let at = 0; at < count; at += 4) view.setInt32(length + at, source.getInt32(start + at));
    }
    this.length = length + count;
  }

  take(): Uint8Array {
    const { bytes, length } = this;
    this.expected = length + SLACK + (length >> 4);
    this.length = 0;
    this.bytes = new Uint8Array(SLACK);
    this.view = new DataView(this.bytes.buffer);
    return trim(bytes, length);
  }
}
