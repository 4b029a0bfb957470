import type { DataType } from '@datacook/core';
import { typeToString } from '@datacook/toolkit';
import { badValue, malformedValue } from './bad-value.js';
import { NEGATIVE, NUMERIC_HEADER, showNumeric, specialName } from './numeric-text.js';

/** A `decimal(p,s)` in base 10000, and what to say of a value that doesn't fit it. */
export class DecimalRules {
  /** Whole digits of base 10000 after the point. */
  readonly wholeDigits: number;
  /** Places that remain after these: 0 to 3. */
  readonly restPlaces: number;
  /** The greatest weight, and what the first digit must lie below at it. */
  private readonly weightLimit: number;
  private readonly digitLimit: number;
  private readonly name: string;
  private readonly type: DataType;

  constructor(name: string, precision: number, scale: number) {
    this.name = name;
    this.type = { kind: 'decimal', precision, scale };
    this.wholeDigits = scale >> 2;
    this.restPlaces = scale & 3;
    this.weightLimit = Math.floor((precision - scale - 1) / 4);
    this.digitLimit = 10 ** (precision - scale - 4 * this.weightLimit);
  }

  /** Throws unless it is a finite number of not too many digits before the point. `count` is above zero. */
  checkSize(view: DataView, start: number, weight: number): void {
    if (weight < this.weightLimit) return;
    if (weight === this.weightLimit && view.getUint16(start + NUMERIC_HEADER) < this.digitLimit) return;
    throw this.doesNotFit(view, start);
  }

  /** Throws unless the sign is one. */
  checkSign(sign: number, size: number): void {
    if (sign === 0 || sign === NEGATIVE) return;
    const special = specialName(sign);
    if (special === undefined) throw malformedValue(this.name, 'numeric', size);
    throw badValue(this.name, `holds ${special}, which ${typeToString(this.type)} cannot hold`);
  }

  /** Throws unless all digits from `kept` on are zero. */
  checkRest(view: DataView, start: number, kept: number): void {
    const count = view.getUint16(start);
    for (let index = Math.max(kept, 0); index < count; index++) {
      if (view.getUint16(start + NUMERIC_HEADER + index * 2) !== 0) throw this.doesNotFit(view, start);
    }
  }

  doesNotFit(view: DataView, start: number): Error {
    return badValue(
      this.name,
      `holds ${showNumeric(view, start)}, which ${typeToString(this.type)} cannot hold exactly`,
      'Give the column a wider decimal, or numeric or utf8, under column_types.',
    );
  }
}
