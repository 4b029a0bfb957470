import type { Column } from '@datacook/core';
import { ColumnEncoder, NULL, type Slab } from './column-encoder.js';
import { NEGATIVE, NUMERIC_HEADER, wrongNumber } from './numeric-rules.js';
import { type NumberArray, wordsOf } from './word-encoders.js';

const WORD = 4294967296;
/** From here on, as the high word of 64 bits, a double doesn't hold the integer. */
const SAFE_HIGH = 2097152;
/** What a double holds of digits, whatever they are. */
const SAFE_DIGITS = 15;
/** 128 bits and the places that fill the last digit up. */
const MOST_GROUPS = 12;

interface Decimal {
  readonly precision: number;
  readonly scale: number;
}

/** A `decimal` that, with its last digit of base 10000 filled up, has no more than 15 digits; of 64 bits a value. */
export class SmallDecimalEncoder extends ColumnEncoder {
  private readonly scale: number;
  private readonly placeGroups: number;
  private readonly fill: number;
  private readonly limit: number;
  private words: Int32Array = new Int32Array(0);

  constructor(name: string, { precision, scale }: Decimal) {
    super(name);
    this.scale = scale;
    this.placeGroups = Math.ceil(scale / 4);
    this.fill = 10 ** (this.placeGroups * 4 - scale);
    this.limit = this.fill * 10 ** precision;
  }

  static takes({ precision, scale }: Decimal): boolean {
    return precision + Math.ceil(scale / 4) * 4 - scale <= SAFE_DIGITS;
  }

  override bind(column: Column, length: number): void {
    super.bind(column, length);
    this.words = wordsOf(column);
  }

  measure(sizes: Int32Array, first: number, count: number): number {
    const { words, validity, fill, limit } = this;
    for (let n = 0; n < count; n++) {
      const row = first + n;
      if (validity !== undefined && ((validity[row >> 3]! >> (row & 7)) & 1) === 0) continue;
      const filled = Math.abs(words[row * 2 + 1]! * WORD + (words[row * 2]! >>> 0)) * fill;
      if (filled >= limit) throw wrongNumber(this.name, `${filled / fill} / 10^${this.scale}`);
      sizes[n]! += NUMERIC_HEADER + 2 * countGroups(filled);
    }
    return 4;
  }

  encode({ view }: Slab, positions: Int32Array, first: number, count: number): void {
    const { words, validity, fill, placeGroups, scale } = this;
    for (let n = 0; n < count; n++) {
      const row = first + n;
      const at = positions[n]!;
      if (validity !== undefined && ((validity[row >> 3]! >> (row & 7)) & 1) === 0) {
        view.setInt32(at, NULL);
        positions[n] = at + 4;
        continue;
      }
      const high = words[row * 2 + 1]!;
      const filled = Math.abs(high * WORD + (words[row * 2]! >>> 0)) * fill;
      const groups = countGroups(filled);
      view.setInt32(at, NUMERIC_HEADER + 2 * groups);
      view.setInt32(at + 4, (groups << 16) | ((groups - placeGroups - 1) & 0xffff));
      view.setInt32(at + 8, ((high < 0 ? NEGATIVE : 0) << 16) | scale);
      let to = at + 12;
      let low = filled;
      if (groups > 2) {
        const upper = Math.floor(filled / 1e8);
        low = filled - upper * 1e8;
        if (groups === 4) {
          const digit = Math.floor(upper / 10000);
          view.setInt32(to, (digit << 16) | (upper - digit * 10000));
          to += 4;
        } else {
          view.setInt16(to, upper);
          to += 2;
        }
      }
      if (groups > 1) {
        const digit = Math.floor(low / 10000);
        view.setInt32(to, (digit << 16) | (low - digit * 10000));
        to += 4;
      } else if (groups === 1) {
        view.setInt16(to, low);
        to += 2;
      }
      positions[n] = to;
    }
  }
}

/** Digits of base 10000; none of zero. */
function countGroups(value: number): number {
  if (value < 1e8) return value === 0 ? 0 : value < 1e4 ? 1 : 2;
  return value < 1e12 ? 3 : 4;
}

/** How integers lie in a column: numbers to 32 bits, or words of 32 bits. */
export type IntegerLayout = 'numbers' | 'int64' | 'uint64' | 'int128';

/** Integers and decimals to 128 bits. Digits are kept between measuring and writing. */
export class IntegerEncoder extends ColumnEncoder {
  private readonly layout: IntegerLayout;
  private readonly scale: number;
  private readonly placeGroups: number;
  /** The decimal places in the last digit, as a power of 10; 1 if it is full, or there are none. */
  private readonly lastPlaces: number;
  private numbers: NumberArray = [];
  private words: Int32Array = new Int32Array(0);
  private digits = new Uint16Array(0);
  private counts = new Int8Array(0);
  private negatives = new Uint8Array(0);
  private readonly limbs = new Float64Array(4);
  private isNegative = false;

  constructor(name: string, layout: IntegerLayout, scale: number) {
    super(name);
    this.layout = layout;
    this.scale = scale;
    this.placeGroups = Math.ceil(scale / 4);
    this.lastPlaces = 10 ** (scale % 4);
  }

  override bind(column: Column, length: number): void {
    super.bind(column, length);
    if (this.layout === 'numbers') this.numbers = column.values as unknown as NumberArray;
    else this.words = wordsOf(column);
  }

  measure(sizes: Int32Array, first: number, count: number): number {
    const { validity } = this;
    if (this.counts.length < count) {
      this.counts = new Int8Array(count);
      this.negatives = new Uint8Array(count);
      this.digits = new Uint16Array(count * MOST_GROUPS);
    }
    for (let n = 0; n < count; n++) {
      const row = first + n;
      if (validity !== undefined && ((validity[row >> 3]! >> (row & 7)) & 1) === 0) {
        this.counts[n] = NULL;
        continue;
      }
      const groups = this.split(row, (n + 1) * MOST_GROUPS);
      this.counts[n] = groups;
      this.negatives[n] = this.isNegative ? 1 : 0;
      sizes[n]! += NUMERIC_HEADER + 2 * groups;
    }
    return 4;
  }

  encode({ view }: Slab, positions: Int32Array, _first: number, count: number): void {
    const { counts, negatives, digits, placeGroups, scale } = this;
    for (let n = 0; n < count; n++) {
      const at = positions[n]!;
      const groups = counts[n]!;
      if (groups === NULL) {
        view.setInt32(at, NULL);
        positions[n] = at + 4;
        continue;
      }
      view.setInt32(at, NUMERIC_HEADER + 2 * groups);
      view.setInt32(at + 4, (groups << 16) | ((groups - placeGroups - 1) & 0xffff));
      view.setInt32(at + 8, (negatives[n]! === 1 ? NEGATIVE << 16 : 0) | scale);
      let to = at + 12;
      const end = (n + 1) * MOST_GROUPS;
      for (let from = end - groups; from < end; from++, to += 2) view.setUint16(to, digits[from]!);
      positions[n] = to;
    }
  }

  /** Writes the digits of a row's value so that the last lies before `end`. Returns how many there are. */
  private split(row: number, end: number): number {
    const { digits, lastPlaces } = this;
    let rest = this.load(row);
    let at = end;
    let divisor = lastPlaces;
    let fill = 10000 / lastPlaces;
    if (lastPlaces === 1) {
      divisor = 10000;
      fill = 1;
    }
    while (Number.isNaN(rest)) {
      digits[--at] = this.divide(divisor) * fill;
      divisor = 10000;
      fill = 1;
      rest = this.small();
    }
    while (rest > 0) {
      const whole = Math.floor(rest / divisor);
      digits[--at] = (rest - whole * divisor) * fill;
      rest = whole;
      divisor = 10000;
      fill = 1;
    }
    return end - at;
  }

  /** The value without its sign, or NaN if a double doesn't hold it: then it is in the limbs. */
  private load(row: number): number {
    const { layout, words, limbs } = this;
    if (layout === 'numbers') {
      const value = this.numbers[row]!;
      this.isNegative = value < 0;
      return Math.abs(value);
    }
    const width = layout === 'int128' ? 4 : 2;
    const start = row * width;
    this.isNegative = layout !== 'uint64' && words[start + width - 1]! < 0;
    let carry = this.isNegative ? 1 : 0;
    for (let limb = 0; limb < width; limb++) {
      let word = words[start + limb]! >>> 0;
      if (this.isNegative) {
        word = WORD - 1 - word + carry;
        carry = word === WORD ? 1 : 0;
        if (carry === 1) word = 0;
      }
      limbs[limb] = word;
    }
    return this.small();
  }

  private small(): number {
    const { limbs } = this;
    const isSmall = limbs[3] === 0 && limbs[2] === 0 && limbs[1]! < SAFE_HIGH;
    return isSmall ? limbs[1]! * WORD + limbs[0]! : Number.NaN;
  }

  /** Divides the limbs; returns the remainder. */
  private divide(divisor: number): number {
    const { limbs } = this;
    let rest = 0;
    for (let limb = 3; limb >= 0; limb--) {
      const dividend = rest * WORD + limbs[limb]!;
      const whole = Math.floor(dividend / divisor);
      rest = dividend - whole * divisor;
      limbs[limb] = whole;
    }
    return rest;
  }
}
