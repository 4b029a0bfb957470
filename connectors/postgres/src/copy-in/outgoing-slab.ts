/** A message is sent when it has grown beyond this. */
export const FULL = 1 << 17;
const KEPT = 1 << 20;
/** A message's type and length. */
const HEADER = 5;
const COPY_DATA = 0x64;
/** The server takes no message of 1 GiB. */
const LONGEST = (1 << 30) - 1;

/** A CopyData message that is being made: byte 'd', int32 length, then what is copied. */
export class OutgoingSlab {
  bytes = Buffer.allocUnsafeSlow(FULL + (FULL >> 2));
  view = new DataView(this.bytes.buffer);
  /** Where the next byte goes. */
  end = HEADER;

  get isEmpty(): boolean {
    return this.end === HEADER;
  }

  get isFull(): boolean {
    return this.end >= FULL;
  }

  /** Whether so many more bytes fit into one message. */
  fits(count: number): boolean {
    return this.end + count <= LONGEST;
  }

  /** Makes room for so many more bytes. */
  reserve(count: number): void {
    const needed = this.end + count;
    if (needed > this.bytes.length) this.replace(Math.min(LONGEST, Math.max(needed, this.bytes.length * 2)));
  }

  append(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.end);
    this.end += bytes.length;
  }

  /** The message, whole. It lies in the slab: `clear` only when it has been sent. */
  message(): Buffer {
    this.bytes[0] = COPY_DATA;
    this.view.setInt32(1, this.end - 1);
    return this.bytes.subarray(0, this.end);
  }

  clear(): void {
    this.end = HEADER;
    if (this.bytes.length > KEPT) this.replace(FULL + (FULL >> 2));
  }

  private replace(size: number): void {
    const bytes = Buffer.allocUnsafeSlow(size);
    bytes.set(this.bytes.subarray(0, this.end));
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer);
  }
}
