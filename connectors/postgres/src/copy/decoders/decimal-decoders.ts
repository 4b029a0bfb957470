import { malformedValue } from './bad-value.js';
import type { Slab } from './column-decoder.js';
import { DecimalRules } from './numeric-rules.js';
import { NEGATIVE, NUMERIC_HEADER } from './numeric-text.js';
import { WordsDecoder } from './word-decoders.js';

const WORD = 4294967296;
const POWERS = Float64Array.from([1, 10, 100, 1000, 10000]);
/** Powers of 10000, up to what a double holds exactly. */
const DIGIT_POWERS = Float64Array.from([1, 1e4, 1e8, 1e12, 1e16, 1e20]);

/** `decimal` of up to 15 digits: the unscaled integer is added up as a double, which holds it exactly. */
export class SmallDecimalDecoder extends WordsDecoder {
  private readonly rules: DecimalRules;

  constructor(name: string, precision: number, scale: number) {
    super(name, 2, 'int64');
    this.rules = new DecimalRules(name, precision, scale);
  }

  decode({ view }: Slab, starts: Int32Array, first: number, count: number): void {
    this.reserve(count);
    const { words, rules } = this;
    const { wholeDigits, restPlaces } = rules;
    const restPower = POWERS[restPlaces]!;
    const cutPower = POWERS[4 - restPlaces]!;
    let at = this.length;
    for (let index = first; index < first + count; index++, at++) {
      const start = starts[index]!;
      const size = view.getInt32(start - 4);
      if (size < NUMERIC_HEADER) {
        if (size !== -1) throw malformedValue(this.name, 'numeric', size);
        this.setNull(at);
        continue;
      }
      const digits = view.getUint16(start);
      const sign = view.getUint16(start + 4);
      if (size !== NUMERIC_HEADER + digits * 2) throw malformedValue(this.name, 'numeric', size);
      if (sign !== 0 && sign !== NEGATIVE) rules.checkSign(sign, size);
      let value = 0;
      if (digits > 0) {
        const weight = view.getInt16(start + 2);
        rules.checkSize(view, start, weight);
        const whole = weight + wholeDigits + 1;
        const end = start + NUMERIC_HEADER + 2 * Math.min(digits, whole);
        for (let from = start + NUMERIC_HEADER; from < end; from += 2) {
          const digit = view.getUint16(from);
          if (digit > 9999) throw malformedValue(this.name, 'numeric', size);
          value = value * 10000 + digit;
        }
        if (digits < whole) value *= DIGIT_POWERS[whole - digits]!;
        let kept = whole;
        if (restPlaces > 0) {
          value *= restPower;
          if (whole >= 0 && whole < digits) {
            const digit = view.getUint16(end);
            if (digit > 9999) throw malformedValue(this.name, 'numeric', size);
            const rest = Math.floor(digit / cutPower);
            if (rest * cutPower !== digit) throw rules.doesNotFit(view, start);
            value += rest;
            kept++;
          }
        }
        if (digits > kept) rules.checkRest(view, start, kept);
        if (sign === NEGATIVE) value = -value;
      }
      words[at * 2] = value;
      words[at * 2 + 1] = Math.floor(value / WORD);
    }
    this.length = at;
  }
}

/**
 * `decimal` of 16 to 38 digits: the unscaled integer is added up in four words of 32 bits, each a double that holds
 * its product with 10000 exactly.
 */
export class WideDecimalDecoder extends WordsDecoder {
  private readonly rules: DecimalRules;
  private readonly isWide: boolean;
  private readonly limbs = new Float64Array(4);

  constructor(name: string, precision: number, scale: number) {
    super(name, precision > 18 ? 4 : 2, 'int64');
    this.isWide = precision > 18;
    this.rules = new DecimalRules(name, precision, scale);
  }

  decode({ view }: Slab, starts: Int32Array, first: number, count: number): void {
    this.reserve(count);
    const { words, rules, limbs, isWide } = this;
    const width = isWide ? 4 : 2;
    let at = this.length;
    for (let index = first; index < first + count; index++, at++) {
      const start = starts[index]!;
      const size = view.getInt32(start - 4);
      if (size < NUMERIC_HEADER) {
        if (size !== -1) throw malformedValue(this.name, 'numeric', size);
        this.setNull(at);
        continue;
      }
      const digits = view.getUint16(start);
      const sign = view.getUint16(start + 4);
      if (size !== NUMERIC_HEADER + digits * 2) throw malformedValue(this.name, 'numeric', size);
      if (sign !== 0 && sign !== NEGATIVE) rules.checkSign(sign, size);
      limbs.fill(0);
      if (digits > 0) this.addUp(view, start, digits);
      if (sign === NEGATIVE) negate(limbs);
      for (let limb = 0; limb < width; limb++) words[at * width + limb] = limbs[limb]!;
    }
    this.length = at;
  }

  private addUp(view: DataView, start: number, digits: number): void {
    const { rules, limbs } = this;
    const weight = view.getInt16(start + 2);
    rules.checkSize(view, start, weight);
    const whole = weight + rules.wholeDigits + 1;
    const first = start + NUMERIC_HEADER;
    for (let index = 0; index < whole; index++) {
      const digit = index < digits ? view.getUint16(first + index * 2) : 0;
      if (digit > 9999) throw malformedValue(this.name, 'numeric', NUMERIC_HEADER + digits * 2);
      multiplyAdd(limbs, 10000, digit);
    }
    let kept = whole;
    if (rules.restPlaces > 0) {
      let rest = 0;
      if (whole >= 0 && whole < digits) {
        const digit = view.getUint16(first + whole * 2);
        const cutPower = POWERS[4 - rules.restPlaces]!;
        rest = Math.floor(digit / cutPower);
        if (digit > 9999) throw malformedValue(this.name, 'numeric', NUMERIC_HEADER + digits * 2);
        if (rest * cutPower !== digit) throw rules.doesNotFit(view, start);
        kept++;
      }
      multiplyAdd(limbs, POWERS[rules.restPlaces]!, rest);
    }
    if (digits > kept) rules.checkRest(view, start, kept);
  }
}

function multiplyAdd(limbs: Float64Array, factor: number, add: number): void {
  let carry = add;
  for (let limb = 0; limb < 4; limb++) {
    const product = limbs[limb]! * factor + carry;
    carry = Math.floor(product / WORD);
    limbs[limb] = product - carry * WORD;
  }
}

function negate(limbs: Float64Array): void {
  let carry = 1;
  for (let limb = 0; limb < 4; limb++) {
    const word = WORD - 1 - limbs[limb]! + carry;
    carry = word === WORD ? 1 : 0;
    limbs[limb] = carry === 1 ? 0 : word;
  }
}
