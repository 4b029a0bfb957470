import { DatacookError } from '@datacook/core';

/** Offsets are int32. */
const MOST_BYTES = 2 ** 31 - 1;
/** From this length on one native call is faster than a loop (measured on Node 20). */
const SHORT = 24;
/** Characters up to which room for three bytes each is made without counting. */
const COUNT_FROM = 4096;

type WellFormed = { isWellFormed(): boolean };

/** Bytes written one after another into a buffer that doubles. */
export class GrowingBytes {
  length = 0;
  private bytes = Buffer.alloc(0);
  private nextCapacity = 256;

  /** Writes a text as UTF-8. Throws DATA, with nothing written, for a lone surrogate or beyond 2^31-1 bytes. */
  writeText(text: string): void {
    const count = text.length;
    if (count < SHORT) {
      if (this.length + count * 3 > this.bytes.length) this.grow(count * 3);
      const { bytes, length } = this;
      let at = 0;
      for (; at < count; at++) {
        const code = text.charCodeAt(at);
        if (code > 127) break;
        bytes[length + at] = code;
      }
      if (at === count) this.length = length + count;
      else this.writeEncoded(text);
      return;
    }
    const most = count < COUNT_FROM ? count * 3 : Buffer.byteLength(text);
    if (this.length + most > this.bytes.length) this.grow(most);
    this.writeEncoded(text);
  }

  writeBytes(source: Uint8Array): void {
    if (this.length + source.length > this.bytes.length) this.grow(source.length);
    this.bytes.set(source, this.length);
    this.length += source.length;
  }

  /** The bytes so far; the next ones go to a fresh buffer. */
  take(): Uint8Array<ArrayBuffer> {
    const { bytes, length } = this;
    const values =
      length * 4 < bytes.length
        ? new Uint8Array(bytes.subarray(0, length))
        : new Uint8Array(bytes.buffer, bytes.byteOffset, length);
    if (length > 0) this.nextCapacity = length;
    this.bytes = Buffer.alloc(0);
    this.length = 0;
    return values;
  }

  private writeEncoded(text: string): void {
    const written = this.bytes.write(text, this.length);
    if (written !== text.length && !(text as unknown as WellFormed).isWellFormed()) {
      throw new DatacookError('DATA', 'A text contains a lone surrogate, which UTF-8 cannot hold.', {
        hint: 'The text was cut in the middle of a character, or is not text. Repair it at its source.',
      });
    }
    this.length += written;
  }

  private grow(more: number): void {
    const needed = this.length + more;
    if (needed > MOST_BYTES) {
      throw new DatacookError('DATA', `A column of one batch would be larger than ${MOST_BYTES} bytes.`, {
        hint: 'Make batches smaller: fewer rows, or a lower limit of bytes.',
      });
    }
    const capacity = Math.min(MOST_BYTES, Math.max(needed, this.bytes.length * 2, this.nextCapacity));
    const bytes = Buffer.allocUnsafeSlow(capacity);
    this.bytes.copy(bytes, 0, 0, this.length);
    this.bytes = bytes;
  }
}
