import type { Column, DataType } from '@datacook/core';
import { FixedEncoder, NULL, type Slab } from './column-encoder.js';
import {
  EPOCH_DAYS,
  GREATEST,
  isDay,
  isMoment,
  LEAST,
  secondsWest,
  TemporalFaults,
  WORD,
} from './temporal-rules.js';
import { wordsOf } from './word-encoders.js';

const EPOCH_US_HIGH = Math.floor(946684800000000 / WORD);
const EPOCH_US_LOW = 946684800000000 - EPOCH_US_HIGH * WORD;
const NO_COLUMN: Column = { nullCount: 0 };

abstract class TemporalEncoder extends FixedEncoder {
  protected words: Int32Array = new Int32Array(0);
  protected column = NO_COLUMN;
  protected readonly faults: TemporalFaults;

  constructor(name: string, width: number, type: DataType) {
    super(name, width);
    this.faults = new TemporalFaults(name, type);
  }

  override bind(column: Column, length: number): void {
    super.bind(column, length);
    this.column = column;
    this.words = wordsOf(column);
  }
}

/** Days since 1970, to days since 2000. The greatest and the least integer are infinities there as here. */
export class DateEncoder extends TemporalEncoder {
  constructor(name: string, type: DataType) {
    super(name, 4, type);
  }

  encode({ view }: Slab, positions: Int32Array, first: number, count: number): void {
    const { words, validity } = this;
    for (let n = 0; n < count; n++) {
      const row = first + n;
      const at = positions[n]!;
      if (validity !== undefined && ((validity[row >> 3]! >> (row & 7)) & 1) === 0) {
        view.setInt32(at, NULL);
        positions[n] = at + 4;
        continue;
      }
      const days = words[row]!;
      view.setInt32(at, 4);
      if (isDay(days)) view.setInt32(at + 4, days - EPOCH_DAYS);
      else if (days === GREATEST || days === LEAST) view.setInt32(at + 4, days);
      else throw this.faults.beyondRange(this.column, row);
      positions[n] = at + 8;
    }
  }
}

/** Microseconds or nanoseconds since 1970, to microseconds since 2000. Infinities are those of `DateEncoder`. */
export class TimestampEncoder extends TemporalEncoder {
  private readonly isNano: boolean;

  constructor(name: string, type: Extract<DataType, { kind: 'time' | 'timestamp' }>) {
    super(name, 8, type);
    this.isNano = type.unit === 'ns';
  }

  encode({ view }: Slab, positions: Int32Array, first: number, count: number): void {
    const { words, validity, isNano } = this;
    for (let n = 0; n < count; n++) {
      const row = first + n;
      const at = positions[n]!;
      if (validity !== undefined && ((validity[row >> 3]! >> (row & 7)) & 1) === 0) {
        view.setInt32(at, NULL);
        positions[n] = at + 4;
        continue;
      }
      let low = words[row * 2]! >>> 0;
      let high = words[row * 2 + 1]!;
      if (!isInfinite(high, low)) {
        if (isNano) {
          const whole = Math.floor(high / 1000);
          const middle = (high - whole * 1000) * WORD + low;
          low = Math.floor(middle / 1000);
          high = whole;
          if (low * 1000 !== middle) throw this.faults.tooFine(this.column, row);
        }
        if (!isMoment(high, low)) throw this.faults.beyondRange(this.column, row);
        low -= EPOCH_US_LOW;
        high -= EPOCH_US_HIGH;
        if (low < 0) high--;
      }
      view.setInt32(at, 8);
      view.setInt32(at + 4, high);
      view.setInt32(at + 8, low);
      positions[n] = at + 12;
    }
  }
}

function isInfinite(high: number, low: number): boolean {
  return (high === GREATEST && low === WORD - 1) || (high === LEAST && low === 0);
}

/** Micro- or nanoseconds since midnight, to microseconds; with a zone, to local time and seconds west of UTC. */
export class TimeEncoder extends TemporalEncoder {
  private readonly isNano: boolean;
  private readonly isZoned: boolean;

  constructor(name: string, type: Extract<DataType, { kind: 'time' | 'timestamp' }>) {
    super(name, type.zoned ? 12 : 8, type);
    this.isNano = type.unit === 'ns';
    this.isZoned = type.zoned;
  }

  encode({ view }: Slab, positions: Int32Array, first: number, count: number): void {
    const { words, validity, isNano, isZoned } = this;
    const width = isZoned ? 12 : 8;
    for (let n = 0; n < count; n++) {
      const row = first + n;
      const at = positions[n]!;
      if (validity !== undefined && ((validity[row >> 3]! >> (row & 7)) & 1) === 0) {
        view.setInt32(at, NULL);
        positions[n] = at + 4;
        continue;
      }
      // Where this isn't exact, it is out of range.
      const units = words[row * 2 + 1]! * WORD + (words[row * 2]! >>> 0);
      const us = isNano ? Math.floor(units / 1000) : units;
      const west = secondsWest(us);
      if (Number.isNaN(west) || (west !== 0 && !isZoned)) throw this.faults.beyondRange(this.column, row);
      if (isNano && us * 1000 !== units) throw this.faults.tooFine(this.column, row);
      const local = us - west * 1_000_000;
      view.setInt32(at, width);
      view.setInt32(at + 4, Math.floor(local / WORD));
      view.setUint32(at + 8, local % WORD);
      if (isZoned) view.setInt32(at + 12, west);
      positions[n] = at + 4 + width;
    }
  }
}

/** Months, days and nanoseconds, to microseconds, days and months. */
export class IntervalEncoder extends TemporalEncoder {
  constructor(name: string, type: DataType) {
    super(name, 16, type);
  }

  encode({ view }: Slab, positions: Int32Array, first: number, count: number): void {
    const { words, validity } = this;
    for (let n = 0; n < count; n++) {
      const row = first + n;
      const at = positions[n]!;
      if (validity !== undefined && ((validity[row >> 3]! >> (row & 7)) & 1) === 0) {
        view.setInt32(at, NULL);
        positions[n] = at + 4;
        continue;
      }
      const high = words[row * 4 + 3]!;
      const whole = Math.floor(high / 1000);
      const middle = (high - whole * 1000) * WORD + (words[row * 4 + 2]! >>> 0);
      const low = Math.floor(middle / 1000);
      if (low * 1000 !== middle) throw this.faults.tooFine(this.column, row);
      view.setInt32(at, 16);
      view.setInt32(at + 4, whole);
      view.setUint32(at + 8, low);
      view.setInt32(at + 12, words[row * 4 + 1]!);
      view.setInt32(at + 16, words[row * 4]!);
      positions[n] = at + 20;
    }
  }
}
