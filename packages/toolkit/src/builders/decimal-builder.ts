import type { Column, DataType } from '@datacook/core';
import { DecimalText, isPlainDecimal } from '../decimal-text.js';
import { trim } from '../words.js';
import { badValue } from './bad-value.js';
import { TextBuilder } from './bytes-builder.js';
import { BaseBuilder } from './column-builder.js';

type Decimal = Extract<DataType, { kind: 'decimal' }>;

const GIVE_TEXT = 'Give decimals as text, so that no digit is lost.';

/** `decimal` to 38 digits: scaled integers of 64 bits, or of 128 bits beyond 18 digits. */
export class DecimalBuilder extends BaseBuilder {
  private words = new Int32Array(0);
  private readonly type: Decimal;
  private readonly wide: boolean;
  private readonly width: number;
  private readonly scanned = new DecimalText();

  constructor(type: Decimal, expectedRows: number) {
    super(expectedRows);
    this.type = type;
    this.wide = type.precision > 18;
    this.width = this.wide ? 4 : 2;
  }

  get byteLength(): number {
    return this.length * this.width * 4 + this.validityBytes;
  }

  append(value: unknown): void {
    if (value === null || value === undefined) this.appendNull();
    else if (!this.appendText(decimalText(this.type, value))) throw badValue(this.type, value);
  }

  appendText(text: string): boolean {
    const { scanned, type } = this;
    if (!scanned.scan(text)) return false;
    if (this.length === this.capacity) this.grow();
    const at = this.length * this.width;
    if (!scanned.writeUnscaled(this.words, at, this.wide, type.precision, type.scale)) return false;
    this.length++;
    return true;
  }

  truncate(length: number): void {
    this.truncateValidity(length);
  }

  finish(): Column {
    const { buffer, length } = trim(this.words, this.length * this.width);
    this.words = new Int32Array(0);
    return { ...this.takeValidity(), values: new BigInt64Array(buffer, 0, length >> 1) };
  }

  protected resize(capacity: number): void {
    const words = new Int32Array(capacity * this.width);
    words.set(this.words);
    this.words = words;
  }
}

/** `decimal` beyond 38 digits: text with all digits of its scale. */
export class LongDecimalBuilder extends TextBuilder {
  private readonly decimal: Decimal;
  private readonly scanned = new DecimalText();

  constructor(type: Decimal, expectedRows: number) {
    super(type, expectedRows);
    this.decimal = type;
  }

  override append(value: unknown): void {
    if (value === null || value === undefined) this.appendNull();
    else if (!this.appendText(decimalText(this.decimal, value))) throw badValue(this.decimal, value);
  }

  override appendText(text: string): boolean {
    if (!this.scanned.scan(text)) return false;
    const plain = this.scanned.plainWithScale(this.decimal.precision, this.decimal.scale);
    return plain !== undefined && super.appendText(plain);
  }
}

const SPECIAL: ReadonlyMap<string, string> = new Map([
  ['nan', 'NaN'],
  ['inf', 'Infinity'],
  ['+inf', 'Infinity'],
  ['-inf', '-Infinity'],
  ['infinity', 'Infinity'],
  ['+infinity', 'Infinity'],
  ['-infinity', '-Infinity'],
]);

/** `numeric`: plain decimal text of any size, and the `NaN` and infinities that PostgreSQL's `numeric` has. */
export class NumericBuilder extends TextBuilder {
  private readonly scanned = new DecimalText();

  constructor(expectedRows: number) {
    super({ kind: 'numeric' }, expectedRows);
  }

  override append(value: unknown): void {
    if (value === null || value === undefined) this.appendNull();
    else if (!this.appendText(decimalText(this.type, value))) throw badValue(this.type, value);
  }

  override appendText(text: string): boolean {
    if (isPlainDecimal(text)) return super.appendText(text);
    if (this.scanned.scan(text)) return super.appendText(this.scanned.plain());
    const special = text.length > 9 ? undefined : SPECIAL.get(text.toLowerCase());
    return special !== undefined && super.appendText(special);
  }
}

function decimalText(type: DataType, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) return String(value);
  throw badValue(type, value, typeof value === 'number' ? GIVE_TEXT : undefined);
}
