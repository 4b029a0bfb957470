import type { Column, DataType } from '@datacook/core';
import { type TypedArray, trim, writeProduct, writeSafeInteger } from '../words.js';
import { badValue } from './bad-value.js';
import { BaseBuilder } from './column-builder.js';

type IntType = Extract<DataType, { kind: 'int' }>;
type SmallInts = Int8Array | Int16Array | Int32Array | Uint8Array | Uint16Array | Uint32Array;

const PLUS = 43;
const MINUS = 45;
const ZERO = 48;
/** Digits that a number always holds exactly. */
const SAFE_DIGITS = 15;

const ARRAYS = {
  8: [Uint8Array, Int8Array],
  16: [Uint16Array, Int16Array],
  32: [Uint32Array, Int32Array],
} as const;

/** Integers to 32 bits, as numbers. */
export class SmallIntBuilder extends BaseBuilder {
  private values: SmallInts;
  private readonly type: IntType;
  private readonly least: number;
  private readonly greatest: number;

  constructor(type: IntType, expectedRows: number) {
    super(expectedRows);
    this.type = type;
    this.values = this.make(0);
    this.least = type.signed ? -(2 ** (type.bits - 1)) : 0;
    this.greatest = 2 ** (type.bits - (type.signed ? 1 : 0)) - 1;
  }

  get byteLength(): number {
    return this.length * (this.type.bits >> 3) + this.validityBytes;
  }

  append(value: unknown): void {
    if (value === null || value === undefined) {
      this.appendNull();
      return;
    }
    const number = typeof value === 'bigint' ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isInteger(number) || !this.push(number))
      throw badValue(this.type, value);
  }

  appendText(text: string): boolean {
    const end = text.length;
    const sign = text.charCodeAt(0);
    let at = sign === MINUS || sign === PLUS ? 1 : 0;
    if (at >= end) return false;
    let value = 0;
    for (; at < end; at++) {
      const digit = text.charCodeAt(at) - ZERO;
      if (digit < 0 || digit > 9) return false;
      value = value * 10 + digit;
    }
    return this.push(sign === MINUS ? -value : value);
  }

  truncate(length: number): void {
    this.truncateValidity(length);
  }

  finish(): Column {
    const values = trim(this.values as TypedArray, this.length);
    this.values = this.make(0);
    return { ...this.takeValidity(), values };
  }

  protected resize(capacity: number): void {
    const values = this.make(capacity);
    values.set(this.values);
    this.values = values;
  }

  private push(value: number): boolean {
    if (value < this.least || value > this.greatest) return false;
    if (this.length === this.capacity) this.grow();
    this.values[this.length++] = value;
    return true;
  }

  private make(length: number): SmallInts {
    return new ARRAYS[this.type.bits as 8 | 16 | 32][this.type.signed ? 1 : 0](length);
  }
}

/** `int64` and `uint64`, written as two 32-bit words, so that text needs no BigInt. */
export class Int64Builder extends BaseBuilder {
  private words = new Int32Array(0);
  private readonly type: IntType;
  private readonly signed: boolean;

  constructor(type: IntType, expectedRows: number) {
    super(expectedRows);
    this.type = type;
    this.signed = type.signed;
  }

  get byteLength(): number {
    return this.length * 8 + this.validityBytes;
  }

  append(value: unknown): void {
    if (value === null || value === undefined) {
      this.appendNull();
    } else if (typeof value === 'bigint') {
      if (BigInt[this.signed ? 'asIntN' : 'asUintN'](64, value) !== value) throw badValue(this.type, value);
      if (this.length === this.capacity) this.grow();
      const at = this.length++ * 2;
      this.words[at] = Number(BigInt.asIntN(32, value));
      this.words[at + 1] = Number(BigInt.asIntN(32, value >> 32n));
    } else if (Number.isSafeInteger(value) && (this.signed || (value as number) >= 0)) {
      if (this.length === this.capacity) this.grow();
      writeSafeInteger(this.words, this.length++ * 2, value as number);
    } else {
      const hint = Number.isInteger(value)
        ? 'Give integers beyond 2^53 as bigint, so that no digit is lost.'
        : undefined;
      throw badValue(this.type, value, hint);
    }
  }

  appendText(text: string): boolean {
    const end = text.length;
    const sign = text.charCodeAt(0);
    let at = sign === MINUS || sign === PLUS ? 1 : 0;
    if (at >= end) return false;
    while (at < end - 1 && text.charCodeAt(at) === ZERO) at++;
    const digits = end - at;
    if (digits > 20) return false;
    const split = digits > SAFE_DIGITS ? end - 9 : end;
    let head = 0;
    for (; at < split; at++) {
      const digit = text.charCodeAt(at) - ZERO;
      if (digit < 0 || digit > 9) return false;
      head = head * 10 + digit;
    }
    if (this.length === this.capacity) this.grow();
    const index = this.length * 2;
    if (split === end) {
      if (sign === MINUS) {
        if (!this.signed && head > 0) return false;
        head = -head;
      }
      writeSafeInteger(this.words, index, head);
    } else {
      let tail = 0;
      for (; at < end; at++) {
        const digit = text.charCodeAt(at) - ZERO;
        if (digit < 0 || digit > 9) return false;
        tail = tail * 10 + digit;
      }
      const negative = sign === MINUS;
      if (
        !writeProduct(this.words, index, negative ? -head : head, 1e9, negative ? -tail : tail, this.signed)
      ) {
        return false;
      }
    }
    this.length++;
    return true;
  }

  truncate(length: number): void {
    this.truncateValidity(length);
  }

  finish(): Column {
    const { buffer, length } = trim(this.words, this.length * 2);
    const values = this.signed
      ? new BigInt64Array(buffer, 0, length >> 1)
      : new BigUint64Array(buffer, 0, length >> 1);
    this.words = new Int32Array(0);
    return { ...this.takeValidity(), values };
  }

  protected resize(capacity: number): void {
    const words = new Int32Array(capacity * 2);
    words.set(this.words);
    this.words = words;
  }
}
