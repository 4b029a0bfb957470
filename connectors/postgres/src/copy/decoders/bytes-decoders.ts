import { isAscii, isUtf8 } from 'node:buffer';
import type { Column } from '@datacook/core';
import { badValue, malformedValue } from './bad-value.js';
import { ColumnDecoder, type Slab, trim } from './column-decoder.js';
import { GrowingBytes } from './growing-bytes.js';

type BytesColumn = Column & { readonly offsets: Int32Array; readonly values: Uint8Array };

/** What has offsets into bytes. */
export abstract class OffsetsDecoder extends ColumnDecoder {
  protected readonly bytes = new GrowingBytes();
  protected offsets = new Int32Array(1);

  finish(): BytesColumn {
    const offsets = trim(this.offsets, this.length + 1);
    this.offsets = new Int32Array(1);
    return { ...this.takeValidity(), offsets, values: this.bytes.take() };
  }

  protected resize(capacity: number): void {
    const offsets = new Int32Array(capacity + 1);
    offsets.set(this.offsets.subarray(0, this.length + 1));
    this.offsets = offsets;
  }
}

/** `bytea`. */
export class BinaryDecoder extends OffsetsDecoder {
  decode(slab: Slab, starts: Int32Array, first: number, count: number): void {
    this.reserve(count);
    const { bytes, offsets } = this;
    const { view } = slab;
    let at = this.length;
    for (let index = first; index < first + count; index++, at++) {
      const start = starts[index]!;
      const size = view.getInt32(start - 4);
      if (size > 0) bytes.append(slab, start, size);
      else if (size === -1) this.setNull(at);
      else if (size < 0) throw malformedValue(this.name, 'value', size);
      offsets[at + 1] = bytes.length;
    }
    this.length = at;
  }
}

/** `text` and what is sent like it. */
export class Utf8Decoder extends BinaryDecoder {
  override finish(): BytesColumn {
    const column = super.finish();
    const { offsets, values } = column;
    if (!isText(offsets, values)) throw this.notUtf8(offsets, values);
    return column;
  }

  private notUtf8(offsets: Int32Array, values: Uint8Array): Error {
    let row = 0;
    while (isUtf8(values.subarray(offsets[row]!, offsets[row + 1]!))) row++;
    const bytes = Buffer.from(values.subarray(offsets[row]!, offsets[row + 1]!));
    return badValue(
      this.name,
      `holds a text that isn't UTF-8: the bytes ${bytes.toString('hex', 0, 30)}${bytes.length > 30 ? '…' : ''}`,
      'The session must have client_encoding UTF8, by which the server checks and converts texts.',
    );
  }
}

/** Whether each value is UTF-8: all in one go, and none begins amid a character of the one before. */
function isText(offsets: Int32Array, values: Uint8Array): boolean {
  if (isAscii(values)) return true;
  if (!isUtf8(values)) return false;
  for (let at = 0; at < offsets.length - 1; at++) {
    const start = offsets[at]!;
    if (start < values.length && (values[start]! & 0xc0) === 0x80) return false;
  }
  return true;
}

/** `text` as `json`, where `column_types` asks for it: each value must parse. */
export class JsonTextDecoder extends Utf8Decoder {
  override finish(): BytesColumn {
    const column = super.finish();
    const { offsets, values, validity } = column;
    const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    for (let row = 0; row < offsets.length - 1; row++) {
      if (validity !== undefined && ((validity[row >> 3]! >> (row & 7)) & 1) === 0) continue;
      const text = bytes.toString('utf8', offsets[row]!, offsets[row + 1]!);
      if (!parses(text))
        throw badValue(this.name, `holds a text that is no JSON: ${JSON.stringify(text.slice(0, 60))}`);
    }
    return column;
  }
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const JSONB_VERSION = 1;

/** `jsonb`: a version, then text. */
export class JsonbDecoder extends Utf8Decoder {
  override decode(slab: Slab, starts: Int32Array, first: number, count: number): void {
    this.reserve(count);
    const { bytes, offsets } = this;
    const { view } = slab;
    let at = this.length;
    for (let index = first; index < first + count; index++, at++) {
      const start = starts[index]!;
      const size = view.getInt32(start - 4);
      if (size > 0 && view.getUint8(start) === JSONB_VERSION) bytes.append(slab, start + 1, size - 1);
      else if (size === -1) this.setNull(at);
      else throw malformedValue(this.name, 'jsonb', size);
      offsets[at + 1] = bytes.length;
    }
    this.length = at;
  }
}

/** `"char"`: one byte. As the server writes it since version 16: zero is the empty text, what isn't ASCII is `\ooo`. */
export class CharDecoder extends OffsetsDecoder {
  decode({ view }: Slab, starts: Int32Array, first: number, count: number): void {
    this.reserve(count);
    this.bytes.reserve(count * 4);
    const { offsets } = this;
    const target = this.bytes.bytes;
    let to = this.bytes.length;
    let at = this.length;
    for (let index = first; index < first + count; index++, at++) {
      const start = starts[index]!;
      const size = view.getInt32(start - 4);
      if (size === 1) {
        const byte = view.getUint8(start);
        if (byte >= 128) {
          target[to++] = 92;
          target[to++] = 48 + (byte >> 6);
          target[to++] = 48 + ((byte >> 3) & 7);
          target[to++] = 48 + (byte & 7);
        } else if (byte !== 0) target[to++] = byte;
      } else if (size === -1) this.setNull(at);
      else throw malformedValue(this.name, '"char"', size);
      offsets[at + 1] = to;
    }
    this.bytes.length = to;
    this.length = at;
  }
}
