import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';

/** Turns the bytes of a file, piece by piece, into UTF-8 bytes without a byte order mark. */
export interface Transcoder {
  /** The bytes so far as UTF-8. Ends before the first invalid sequence, if there is one; then `isInvalid`. */
  push(chunk: Buffer): Buffer;
  /** What is still to come; sets `isInvalid` if the file ends inside a character. */
  end(): Buffer;
  readonly isInvalid: boolean;
}

const NOTHING: Buffer = Buffer.alloc(0);

/** A transcoder for a label of the WHATWG Encoding Standard, as `TextDecoder` knows them. */
export function createTranscoder(encoding: string): Transcoder {
  const name = new TextDecoder(encoding).encoding;
  return name === 'utf-8' ? new Utf8Check() : new Recoder(name);
}

/** UTF-8 in, the same bytes out: checked, not decoded. */
class Utf8Check implements Transcoder {
  isInvalid = false;
  private pending = NOTHING;
  private isStart = true;

  push(chunk: Buffer): Buffer {
    let bytes = this.pending.length === 0 ? chunk : Buffer.concat([this.pending, chunk]);
    this.pending = NOTHING;
    if (this.isStart) {
      if (bytes.length < 3 && bytes.equals(MARK.subarray(0, bytes.length))) {
        this.pending = bytes;
        return NOTHING;
      }
      this.isStart = false;
      if (bytes.subarray(0, 3).equals(MARK)) bytes = bytes.subarray(3);
    }
    const whole = wholeLength(bytes, bytes.length);
    if (isUtf8(bytes.subarray(0, whole))) {
      this.pending = bytes.subarray(whole);
      return bytes.subarray(0, whole);
    }
    this.isInvalid = true;
    return bytes.subarray(0, validLength(bytes));
  }

  end(): Buffer {
    this.isInvalid ||= this.pending.length > 0;
    return NOTHING;
  }
}

const MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** Where a character begins that isn't complete at `end`; `end` if there is none. */
function wholeLength(bytes: Buffer, end: number): number {
  for (let back = 1; back <= 3 && back <= end; back++) {
    const byte = bytes[end - back]!;
    if ((byte & 0xc0) === 0x80) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? end - back : end;
  }
  return end;
}

/** How many bytes from the start are valid. */
function validLength(bytes: Buffer): number {
  let valid = 0;
  let invalid = bytes.length;
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    if (isUtf8(bytes.subarray(0, wholeLength(bytes, middle)))) valid = middle;
    else invalid = middle;
  }
  return wholeLength(bytes, valid);
}

/** Any other encoding. */
class Recoder implements Transcoder {
  isInvalid = false;
  private readonly strict: TextDecoder;
  /** Fed the same bytes, to show how far they can be decoded when `strict` throws. */
  private readonly lenient: TextDecoder;

  constructor(encoding: string) {
    this.strict = new TextDecoder(encoding, { fatal: true });
    this.lenient = new TextDecoder(encoding);
  }

  push(chunk: Buffer): Buffer {
    return this.decode(chunk, true);
  }

  end(): Buffer {
    return this.decode(NOTHING, false);
  }

  private decode(chunk: Buffer, stream: boolean): Buffer {
    const text = this.lenient.decode(chunk, { stream });
    try {
      this.strict.decode(chunk, { stream });
      return Buffer.from(text);
    } catch {
      this.isInvalid = true;
      const end = text.indexOf('\ufffd');
      return Buffer.from(end === -1 ? text : text.slice(0, end));
    }
  }
}
