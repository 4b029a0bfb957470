import type { Column, DataType } from '@datacook/core';
import { GrowingBytes } from '../growing-bytes.js';
import { isJson } from '../json-text.js';
import { trim } from '../words.js';
import { badValue } from './bad-value.js';
import { BaseBuilder } from './column-builder.js';

/** What all types with offsets into bytes share. */
abstract class BytesBuilder extends BaseBuilder {
  protected readonly bytes = new GrowingBytes();
  private offsets = new Int32Array(1);

  get byteLength(): number {
    return this.bytes.length + (this.length + 1) * 4 + this.validityBytes;
  }

  override appendNull(): void {
    super.appendNull();
    this.offsets[this.length] = this.bytes.length;
  }

  truncate(length: number): void {
    this.bytes.length = this.offsets[length]!;
    this.truncateValidity(length);
  }

  finish(): Column {
    const offsets = trim(this.offsets, this.length + 1);
    this.offsets = new Int32Array(1);
    return { ...this.takeValidity(), offsets, values: this.bytes.take() };
  }

  /** Ends the value whose bytes were written last. */
  protected endValue(): void {
    if (this.length === this.capacity) this.grow();
    this.offsets[++this.length] = this.bytes.length;
  }

  protected resize(capacity: number): void {
    const offsets = new Int32Array(capacity + 1);
    offsets.set(this.offsets);
    this.offsets = offsets;
  }
}

/** `utf8`, and the base of what travels as text. */
export class TextBuilder extends BytesBuilder {
  protected readonly type: DataType;

  constructor(type: DataType, expectedRows: number) {
    super(expectedRows);
    this.type = type;
  }

  append(value: unknown): void {
    if (value === null || value === undefined) this.appendNull();
    else if (typeof value !== 'string' || !this.appendText(value)) throw badValue(this.type, value);
  }

  appendText(text: string): boolean {
    this.bytes.writeText(text);
    this.endValue();
    return true;
  }
}

/** `json`: text that parses, kept as it is. */
export class JsonBuilder extends TextBuilder {
  constructor(expectedRows: number) {
    super({ kind: 'json' }, expectedRows);
  }

  override append(value: unknown): void {
    if (typeof value === 'object' && value !== null) {
      throw badValue(this.type, value, 'Give JSON as text: JSON.stringify(value).');
    }
    super.append(value);
  }

  override appendText(text: string): boolean {
    return isJson(text) && super.appendText(text);
  }
}

const BACKSLASH = 92;
const LOWER_X = 120;

/** `binary`. Its text is hexadecimal after `\x`, as PostgreSQL writes `bytea`. */
export class BinaryBuilder extends BytesBuilder {
  append(value: unknown): void {
    if (value === null || value === undefined) {
      this.appendNull();
      return;
    }
    const bytes = value instanceof ArrayBuffer ? new Uint8Array(value) : value;
    if (!(bytes instanceof Uint8Array))
      throw badValue({ kind: 'binary' }, value, 'Give bytes as a Uint8Array.');
    this.bytes.writeBytes(bytes);
    this.endValue();
  }

  appendText(text: string): boolean {
    if (text.charCodeAt(0) !== BACKSLASH || text.charCodeAt(1) !== LOWER_X || text.length % 2 !== 0)
      return false;
    const bytes = Buffer.from(text.slice(2), 'hex');
    if (bytes.length !== text.length / 2 - 1) return false;
    this.bytes.writeBytes(bytes);
    this.endValue();
    return true;
  }
}
