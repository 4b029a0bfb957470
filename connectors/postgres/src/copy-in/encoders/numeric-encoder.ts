import type { Column } from '@datacook/core';
import { BytesEncoder } from './bytes-encoders.js';
import { NULL, type Slab } from './column-encoder.js';
import {
  doesNotFit,
  INFINITY,
  MINUS_INFINITY,
  MOST_PLACES,
  MOST_WHOLE_DIGITS,
  NAN,
  NEGATIVE,
  NUMERIC_HEADER,
  type NumericTarget,
  refuseInfinity,
  tooLong,
  wrongNumber,
} from './numeric-rules.js';

const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const LETTER_I = 73;
const LETTER_N = 78;

/** Numbers as text: `numeric`, and `decimal` beyond 38 digits. */
export class NumericEncoder extends BytesEncoder {
  private readonly target: NumericTarget;

  constructor(name: string, target: NumericTarget) {
    super(name);
    this.target = target;
  }

  override bind(column: Column, length: number): void {
    super.bind(column, length);
    for (let row = 0; row < length; row++) if (!this.isNull(row)) this.check(row);
  }

  override measure(sizes: Int32Array, first: number, count: number): number {
    for (let n = 0; n < count; n++) {
      const row = first + n;
      if (this.isNull(row)) continue;
      sizes[n]! += NUMERIC_HEADER;
      const start = this.digitsStart(row);
      const end = this.offsets[row + 1]!;
      if (this.source[start]! > 57) continue;
      const point = this.pointOf(start, end);
      sizes[n]! += 2 * (groupsOf(point - start) + groupsOf(end - point - 1));
    }
    return 4;
  }

  override encode({ view }: Slab, positions: Int32Array, first: number, count: number): void {
    for (let n = 0; n < count; n++) {
      const row = first + n;
      const at = positions[n]!;
      if (this.isNull(row)) {
        view.setInt32(at, NULL);
        positions[n] = at + 4;
      } else positions[n] = this.encodeRow(view, at, row);
    }
  }

  private encodeRow(view: DataView, at: number, row: number): number {
    const { source } = this;
    const start = this.digitsStart(row);
    const end = this.offsets[row + 1]!;
    const isNegative = start > this.offsets[row]!;
    const digitsAt = at + 4 + NUMERIC_HEADER;
    if (source[start]! > 57) {
      const special = source[start] === LETTER_N ? NAN : isNegative ? MINUS_INFINITY : INFINITY;
      this.header(view, at, 0, 0, special, 0);
      return digitsAt;
    }
    const point = this.pointOf(start, end);
    const whole = groupsOf(point - start);
    const scale = Math.max(0, end - point - 1);
    this.header(view, at, whole + groupsOf(scale), whole - 1, isNegative ? NEGATIVE : 0, scale);
    let to = digitsAt;
    let digit = 0;
    for (let from = start; from < point; from++) {
      digit = digit * 10 + source[from]! - ZERO;
      if (((point - from) & 3) !== 1) continue;
      view.setUint16(to, digit);
      to += 2;
      digit = 0;
    }
    for (let from = point + 1; from < end; from += 4, to += 2) {
      digit = 0;
      for (let place = 0; place < 4; place++)
        digit = digit * 10 + (from + place < end ? source[from + place]! - ZERO : 0);
      view.setUint16(to, digit);
    }
    return to;
  }

  private header(
    view: DataView,
    at: number,
    groups: number,
    weight: number,
    sign: number,
    scale: number,
  ): void {
    view.setInt32(at, NUMERIC_HEADER + 2 * groups);
    view.setUint16(at + 4, groups);
    view.setInt16(at + 6, weight);
    view.setUint16(at + 8, sign);
    view.setUint16(at + 10, scale);
  }

  /** Where the number begins behind its sign. */
  private digitsStart(row: number): number {
    const start = this.offsets[row]!;
    return this.source[start] === MINUS ? start + 1 : start;
  }

  /** Where the point is; behind the number if there is none. */
  private pointOf(start: number, end: number): number {
    const { source } = this;
    let at = start;
    while (at < end && source[at] !== POINT) at++;
    return at;
  }

  /** Throws unless the text is a number that the target holds as it is. */
  private check(row: number): void {
    const { source, target } = this;
    const start = this.digitsStart(row);
    const end = this.offsets[row + 1]!;
    const letter = source[start];
    if (letter === LETTER_N || letter === LETTER_I) {
      const text = this.textOf(row);
      if (text === 'Infinity' || text === '-Infinity') refuseInfinity(this.name, text, target);
      else if (text !== 'NaN') throw wrongNumber(this.name, JSON.stringify(text));
      return;
    }
    let point = -1;
    let firstDigit = -1;
    let lastDigit = -1;
    for (let at = start; at < end; at++) {
      const code = source[at]!;
      if (code === POINT && point < 0) point = at;
      else if (code < ZERO || code > 57) throw wrongNumber(this.name, JSON.stringify(this.textOf(row)));
      else if (code > ZERO) {
        if (firstDigit < 0) firstDigit = at;
        lastDigit = at;
      }
    }
    if (point < 0) point = end;
    if (end - start - (point < end ? 1 : 0) <= 0)
      throw wrongNumber(this.name, JSON.stringify(this.textOf(row)));
    const whole = firstDigit < 0 ? 0 : point - firstDigit;
    this.checkSize(row, whole, Math.max(0, end - point - 1), firstDigit < 0 ? undefined : lastDigit - point);
  }

  /** `whole` is below 0 for zeros after the point; `last` is where the last digit is that isn't zero, seen from the point. */
  private checkSize(row: number, whole: number, places: number, last: number | undefined): void {
    const { limits } = this.target;
    if (whole > MOST_WHOLE_DIGITS || places > MOST_PLACES) throw tooLong(this.name, this.textOf(row));
    if (limits === undefined || last === undefined) return;
    const { precision, scale } = limits;
    const isFine =
      (last > 0 ? last : last + 1) <= scale && (whole > 0 ? whole : whole + 1) <= precision - scale;
    if (!isFine) throw doesNotFit(this.name, this.textOf(row), this.target);
  }
}

function groupsOf(digits: number): number {
  return digits <= 0 ? 0 : (digits + 3) >> 2;
}
