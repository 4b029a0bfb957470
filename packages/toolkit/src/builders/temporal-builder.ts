import type { Column, DataType } from '@datacook/core';
import { MOST_OFFSET_SECONDS, TemporalScan } from '../temporal-text.js';
import { trim, writeProduct } from '../words.js';
import { badValue } from './bad-value.js';
import { BaseBuilder } from './column-builder.js';

type Time = Extract<DataType, { kind: 'time' | 'timestamp' }>;

const GREATEST_DAY = 2147483647;
const LEAST_DAY = -2147483648;
const SECONDS_OF_DAY = 86_400;

/** `date`: days. The extremes are the infinities, and no days. */
export class DateBuilder extends BaseBuilder {
  private values = new Int32Array(0);
  private readonly scanned = new TemporalScan();

  get byteLength(): number {
    return this.length * 4 + this.validityBytes;
  }

  append(value: unknown): void {
    if (value === null || value === undefined) {
      this.appendNull();
    } else if (typeof value === 'number') {
      if ((value | 0) !== value)
        throw badValue({ kind: 'date' }, value, 'A number is whole days since 1970-01-01.');
      this.push(value);
    } else if (typeof value !== 'string' || !this.appendText(value)) {
      throw badValue({ kind: 'date' }, value, 'Give a date as days since 1970-01-01, or as YYYY-MM-DD.');
    }
  }

  appendText(text: string): boolean {
    const { scanned } = this;
    if (!scanned.date(text)) return false;
    if (scanned.infinity !== 0) {
      this.push(scanned.infinity > 0 ? GREATEST_DAY : LEAST_DAY);
      return true;
    }
    if (scanned.days >= GREATEST_DAY || scanned.days <= LEAST_DAY) return false;
    this.push(scanned.days);
    return true;
  }

  truncate(length: number): void {
    this.truncateValidity(length);
  }

  finish(): Column {
    const values = trim(this.values, this.length);
    this.values = new Int32Array(0);
    return { ...this.takeValidity(), values };
  }

  protected resize(capacity: number): void {
    const values = new Int32Array(capacity);
    values.set(this.values);
    this.values = values;
  }

  private push(days: number): void {
    if (this.length === this.capacity) this.grow();
    this.values[this.length++] = days;
  }
}

/** What times and timestamps share: int64 in the unit. */
abstract class TimedBuilder extends BaseBuilder {
  protected words = new Int32Array(0);
  protected readonly scanned = new TemporalScan();
  protected readonly type: Time;
  protected readonly digits: number;
  protected readonly perSecond: number;
  private readonly least: bigint;
  private readonly greatest: bigint;

  constructor(type: Time, expectedRows: number, least: bigint, greatest: bigint) {
    super(expectedRows);
    this.type = type;
    this.digits = type.unit === 'us' ? 6 : 9;
    this.perSecond = 10 ** this.digits;
    this.least = least;
    this.greatest = greatest;
  }

  get byteLength(): number {
    return this.length * 8 + this.validityBytes;
  }

  append(value: unknown): void {
    if (value === null || value === undefined) this.appendNull();
    else if (typeof value === 'bigint' || Number.isSafeInteger(value))
      this.appendUnits(BigInt(value as bigint), value);
    else if (!this.appendOther(value))
      throw badValue(this.type, value, 'Give ISO text, or a bigint in the unit.');
  }

  truncate(length: number): void {
    this.truncateValidity(length);
  }

  finish(): Column {
    const { buffer, length } = trim(this.words, this.length * 2);
    this.words = new Int32Array(0);
    return { ...this.takeValidity(), values: new BigInt64Array(buffer, 0, length >> 1) };
  }

  protected appendOther(value: unknown): boolean {
    return typeof value === 'string' && this.appendText(value);
  }

  protected appendUnits(units: bigint, value: unknown): void {
    if (units < this.least || units > this.greatest) throw badValue(this.type, value, 'It is out of range.');
    if (this.length === this.capacity) this.grow();
    const at = this.length++ * 2;
    this.words[at] = Number(BigInt.asIntN(32, units));
    this.words[at + 1] = Number(units >> 32n);
  }

  protected resize(capacity: number): void {
    const words = new Int32Array(capacity * 2);
    words.set(this.words);
    this.words = words;
  }
}

/** `timestamp`. The extremes of int64 are the infinities. */
export class TimestampBuilder extends TimedBuilder {
  constructor(type: Time, expectedRows: number) {
    super(type, expectedRows, -(2n ** 63n), 2n ** 63n - 1n);
  }

  appendText(text: string): boolean {
    const { scanned } = this;
    if (!scanned.timestamp(text, this.digits, this.type.zoned)) return false;
    if (this.length === this.capacity) this.grow();
    const { words } = this;
    const at = this.length * 2;
    if (scanned.infinity !== 0) {
      words[at] = scanned.infinity > 0 ? -1 : 0;
      words[at + 1] = scanned.infinity > 0 ? 2147483647 : -2147483648;
    } else {
      const seconds = scanned.days * SECONDS_OF_DAY + scanned.seconds - scanned.offset;
      if (!writeProduct(words, at, seconds, this.perSecond, scanned.fraction, true)) return false;
      if (words[at + 1] === 2147483647 && words[at] === -1) return false;
      if (words[at + 1] === -2147483648 && words[at] === 0) return false;
    }
    this.length++;
    return true;
  }

  protected override appendOther(value: unknown): boolean {
    if (!(value instanceof Date)) return super.appendOther(value);
    const ms = value.getTime();
    if (Number.isNaN(ms)) return false;
    this.appendUnits(BigInt(ms) * BigInt(this.perSecond / 1000), value);
    return true;
  }
}

/** `time`: since midnight; where zoned, since midnight UTC of its own day. */
export class TimeBuilder extends TimedBuilder {
  constructor(type: Time, expectedRows: number) {
    const perSecond = type.unit === 'us' ? 1_000_000n : 1_000_000_000n;
    const outside = type.zoned ? BigInt(MOST_OFFSET_SECONDS) : 0n;
    super(type, expectedRows, -outside * perSecond, (BigInt(SECONDS_OF_DAY) + outside) * perSecond);
  }

  appendText(text: string): boolean {
    const { scanned } = this;
    if (!scanned.time(text, this.digits, this.type.zoned)) return false;
    if (this.length === this.capacity) this.grow();
    writeProduct(
      this.words,
      this.length++ * 2,
      scanned.seconds - scanned.offset,
      this.perSecond,
      scanned.fraction,
      true,
    );
    return true;
  }
}
