import type { Slab } from './decoders/column-decoder.js';

/** Decoders read whole words: so many bytes behind the last may be read. */
const SLACK = 8;
const USUAL = 1 << 18;
const SHRINK_ABOVE = 1 << 21;

/** Bytes that came and aren't done with, in one piece. */
export class SlabBuffer implements Slab {
  bytes = Buffer.allocUnsafeSlow(USUAL);
  view = new DataView(this.bytes.buffer);
  /** What is not done with: from `start` to `end`. */
  start = 0;
  end = 0;

  get length(): number {
    return this.end - this.start;
  }

  append(chunk: Uint8Array): void {
    this.reserve(chunk.length);
    this.bytes.set(chunk, this.end);
    this.end += chunk.length;
  }

  /** Makes room for so many more bytes. What is not done with is moved to the front. */
  reserve(count: number): void {
    const { bytes, start, end, length } = this;
    const needed = length + count + SLACK;
    const isTooBig = bytes.length > SHRINK_ABOVE && needed <= USUAL;
    if (needed > bytes.length || isTooBig) {
      this.bytes = Buffer.allocUnsafeSlow(isTooBig ? USUAL : needed + USUAL);
      this.view = new DataView(this.bytes.buffer);
      this.bytes.set(bytes.subarray(start, end));
    } else if (start > 0) bytes.copyWithin(0, start, end);
    this.start = 0;
    this.end = length;
  }
}
