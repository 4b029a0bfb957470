import { ProtocolError } from './copy-errors.js';
import { SlabBuffer } from './slab-buffer.js';

/** What a binary COPY begins with (PostgreSQL, "COPY", "Binary Format"): signature, int32 flags, int32 length of more. */
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
const FILE_HEADER = SIGNATURE.length + 8;
/** Bits 16 to 31 of the flags change the format. Bit 16 is that of OIDs, which were dropped with version 12. */
const CRITICAL_FLAGS = 0xffff0000;
const NO_MORE_ROWS = -1;
const NULL = -1;
const LONGEST = 1 << 30;

/** Puts rows together out of messages that cut them anywhere, and reads the header and the end of the stream. */
export class RowStitcher {
  readonly slab = new SlabBuffer();
  /** Where the fields of the row begin that `nextRow` found. */
  readonly starts: Int32Array;
  /** The end of the rows was seen. */
  isEnded = false;
  private readonly columns: number;
  private hasHeader = false;
  private rowEnd = 0;
  private needed = 0;

  constructor(columns: number) {
    this.columns = columns;
    this.starts = new Int32Array(columns);
  }

  /** Whether the next message must come here: the stream is at its beginning or end, or amid a row. */
  get isBusy(): boolean {
    return !this.hasHeader || this.isEnded || this.slab.length > 0;
  }

  append(payload: Uint8Array): void {
    if (this.isEnded && payload.length > 0) throw new ProtocolError('bytes came after the end of the rows');
    this.slab.append(payload);
  }

  /** Goes on to the next row; false if it isn't there in whole. */
  nextRow(): boolean {
    const { slab } = this;
    slab.start += this.rowEnd;
    this.rowEnd = 0;
    if (!this.hasHeader && !this.readHeader()) return false;
    if (this.isEnded || slab.length < Math.max(this.needed, 2)) return false;
    const fields = slab.view.getInt16(slab.start);
    if (fields === NO_MORE_ROWS) {
      this.isEnded = true;
      slab.start += 2;
      if (slab.length > 0) throw new ProtocolError('bytes came after the end of the rows');
      return false;
    }
    if (fields !== this.columns) {
      throw new ProtocolError(`a row has ${fields} columns where ${this.columns} were asked for`);
    }
    return this.walkRow();
  }

  private walkRow(): boolean {
    const { slab, starts, columns } = this;
    const { view, start, length } = slab;
    let field = 2;
    for (let column = 0; column < columns; column++) {
      if (field + 4 > length) return this.waitFor(field + 4);
      const size = view.getInt32(start + field);
      if (size < NULL || size > LONGEST) throw new ProtocolError(`a value says that it has ${size} bytes`);
      field += 4;
      starts[column] = start + field;
      if (size > 0) field += size;
      if (field > length) return this.waitFor(field);
    }
    this.rowEnd = field;
    this.needed = 0;
    return true;
  }

  /** So many bytes of the row are needed before it is worth while to look again. */
  private waitFor(length: number): false {
    this.needed = length;
    this.slab.reserve(Math.max(0, length - this.slab.length));
    return false;
  }

  private readHeader(): boolean {
    const { slab } = this;
    const known = Math.min(slab.length, SIGNATURE.length);
    if (!slab.bytes.subarray(slab.start, slab.start + known).equals(SIGNATURE.subarray(0, known))) {
      throw new ProtocolError('the rows do not begin as a binary COPY does');
    }
    if (slab.length < FILE_HEADER) return false;
    const flags = slab.view.getUint32(slab.start + SIGNATURE.length);
    const more = slab.view.getUint32(slab.start + SIGNATURE.length + 4);
    if ((flags & CRITICAL_FLAGS) !== 0) throw new ProtocolError('the rows are of an unknown binary format');
    if (slab.length < FILE_HEADER + more) return false;
    slab.start += FILE_HEADER + more;
    this.hasHeader = true;
    return true;
  }
}
