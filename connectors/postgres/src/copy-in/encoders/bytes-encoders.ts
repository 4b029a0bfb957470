import type { Column } from '@datacook/core';
import { cannotHold } from './cannot-hold.js';
import { ColumnEncoder, NULL, type Slab } from './column-encoder.js';

/** From here on a native copy is faster than one word by word (measured). */
const BY_WORDS = 64;
const JSONB_VERSION = 1;
/** A server is built with names of 63 bytes at most. */
const LONGEST_NAME = 63;

const EMPTY = new Uint8Array(0);

/** What has offsets into bytes, sent as it is: `bytea`, `json`, and `text` and its like. */
export class BytesEncoder extends ColumnEncoder {
  protected offsets: Int32Array = new Int32Array(1);
  protected source: Uint8Array = EMPTY;
  protected rows = 0;
  private sourceView: DataView = new DataView(EMPTY.buffer);

  override bind(column: Column, length: number): void {
    super.bind(column, length);
    this.rows = length;
    this.offsets = column.offsets ?? new Int32Array(length + 1);
    const { buffer, byteOffset, byteLength } = column.values ?? EMPTY;
    this.source = new Uint8Array(buffer, byteOffset, byteLength);
    this.sourceView = new DataView(buffer, byteOffset, byteLength);
  }

  measure(sizes: Int32Array, first: number, count: number): number {
    const { offsets, validity } = this;
    let start = offsets[first]!;
    for (let n = 0; n < count; n++) {
      const row = first + n;
      const end = offsets[row + 1]!;
      if (validity === undefined || ((validity[row >> 3]! >> (row & 7)) & 1) !== 0) sizes[n]! += end - start;
      start = end;
    }
    return 4;
  }

  encode({ view, bytes }: Slab, positions: Int32Array, first: number, count: number): void {
    const { offsets, source, sourceView, validity } = this;
    let end = offsets[first]!;
    for (let n = 0; n < count; n++) {
      const row = first + n;
      const start = end;
      end = offsets[row + 1]!;
      let at = positions[n]!;
      if (validity !== undefined && ((validity[row >> 3]! >> (row & 7)) & 1) === 0) {
        view.setInt32(at, NULL);
        positions[n] = at + 4;
        continue;
      }
      const size = end - start;
      view.setInt32(at, size);
      at += 4;
      positions[n] = at + size;
      if (size > BY_WORDS) {
        bytes.set(source.subarray(start, end), at);
        continue;
      }
      let from = start;
      for (const last = end - 4; from <= last; from += 4, at += 4)
        view.setInt32(at, sourceView.getInt32(from));
      for (; from < end; from++, at++) bytes[at] = source[from]!;
    }
  }

  protected isNull(row: number): boolean {
    const { validity } = this;
    return validity !== undefined && ((validity[row >> 3]! >> (row & 7)) & 1) === 0;
  }

  protected textOf(row: number): string {
    const { buffer, byteOffset } = this.source;
    return Buffer.from(buffer as ArrayBuffer, byteOffset).toString(
      'utf8',
      this.offsets[row]!,
      this.offsets[row + 1]!,
    );
  }
}

/** What a text may be: `characters` and `bytes` at most. */
export interface TextLimits {
  readonly typeSql: string;
  readonly characters?: number;
  readonly bytes?: number;
}

const NAME = 19;
/** Of `character(n)` and `character varying(n)` the type modifier is n + 4. */
const BOUNDED: ReadonlySet<number> = new Set([1042, 1043]);

/** How long texts of a built-in type may be; undefined if there is no limit. */
export function textLimits(oid: number, typmod: number, typeSql: string): TextLimits | undefined {
  if (oid === NAME) return { typeSql, bytes: LONGEST_NAME };
  return BOUNDED.has(oid) && typmod > 4 ? { typeSql, characters: typmod - 4 } : undefined;
}

/** `text` and its like: no value holds a byte zero, none is too long. */
export class TextEncoder extends BytesEncoder {
  private readonly limits: TextLimits | undefined;

  constructor(name: string, limits?: TextLimits) {
    super(name);
    this.limits = limits;
  }

  override bind(column: Column, length: number): void {
    super.bind(column, length);
    this.refuseZeros();
    if (this.limits !== undefined) this.refuseLong(this.limits);
  }

  private refuseZeros(): void {
    const { source, offsets, rows } = this;
    let zero = source.indexOf(0, offsets[0]!);
    if (zero < 0 || zero >= offsets[rows]!) return;
    for (let row = 0; row < rows && zero >= 0; row++) {
      if (zero >= offsets[row + 1]!) continue;
      if (!this.isNull(row))
        throw cannotHold(
          this.name,
          JSON.stringify(this.textOf(row)),
          'has the character U+0000 in it: no text of Postgres can',
          'Take it out before it is loaded, or load the column as binary into a bytea.',
        );
      zero = source.indexOf(0, offsets[row + 1]!);
    }
  }

  private refuseLong({ typeSql, characters, bytes }: TextLimits): void {
    const { offsets, source, rows } = this;
    const most = characters ?? bytes!;
    for (let row = 0; row < rows; row++) {
      const start = offsets[row]!;
      const end = offsets[row + 1]!;
      if (end - start <= most || this.isNull(row)) continue;
      if (characters !== undefined && countCharacters(source, start, end) <= characters) continue;
      throw cannotHold(
        this.name,
        JSON.stringify(this.textOf(row)),
        `is longer than ${typeSql} allows`,
        'Make the column of the table wider, or cut the values before they are loaded.',
      );
    }
  }
}

/** Characters of UTF-8. */
function countCharacters(source: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) if ((source[at]! & 0xc0) !== 0x80) count++;
  return count;
}

/** `jsonb`: a version, then text. */
export class JsonbEncoder extends TextEncoder {
  override measure(sizes: Int32Array, first: number, count: number): number {
    for (let n = 0; n < count; n++) if (!this.isNull(first + n)) sizes[n]!++;
    return super.measure(sizes, first, count);
  }

  override encode({ view, bytes }: Slab, positions: Int32Array, first: number, count: number): void {
    const { offsets, source } = this;
    for (let n = 0; n < count; n++) {
      const row = first + n;
      const at = positions[n]!;
      if (this.isNull(row)) {
        view.setInt32(at, NULL);
        positions[n] = at + 4;
        continue;
      }
      const size = offsets[row + 1]! - offsets[row]!;
      view.setInt32(at, size + 1);
      bytes[at + 4] = JSONB_VERSION;
      bytes.set(source.subarray(offsets[row]!, offsets[row + 1]!), at + 5);
      positions[n] = at + 5 + size;
    }
  }
}

/** `"char"`: one byte. The empty text is zero, what isn't ASCII is `\ooo`: as the source reads them. */
export class CharEncoder extends BytesEncoder {
  override measure(sizes: Int32Array, first: number, count: number): number {
    for (let n = 0; n < count; n++) if (!this.isNull(first + n)) sizes[n]!++;
    return 4;
  }

  override encode({ view }: Slab, positions: Int32Array, first: number, count: number): void {
    for (let n = 0; n < count; n++) {
      const at = positions[n]!;
      if (this.isNull(first + n)) {
        view.setInt32(at, NULL);
        positions[n] = at + 4;
      } else {
        view.setInt32(at, 1);
        view.setUint8(at + 4, charByte(this.name, this.textOf(first + n)));
        positions[n] = at + 5;
      }
    }
  }
}

/** The byte that a `"char"` is sent as. Throws DATA if the text is none. */
export function charByte(column: string, text: string): number {
  if (text === '') return 0;
  const code = text.charCodeAt(0);
  if (text.length === 1 && code < 128 && code > 0) return code;
  if (/^\\[23][0-7]{2}$/.test(text)) return Number.parseInt(text.slice(1), 8);
  throw cannotHold(
    column,
    JSON.stringify(text),
    'is not one character of ASCII, as a column of type "char" takes',
    'Give the column of the table another type, text or character(1).',
  );
}
