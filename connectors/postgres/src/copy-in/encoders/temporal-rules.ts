import type { Column, DataType } from '@datacook/core';
import { columnTextReader } from '@datacook/toolkit';
import { cannotHold } from './cannot-hold.js';

export const WORD = 4294967296;
export const GREATEST = 2147483647;
export const LEAST = -2147483648;

/** From 1970-01-01 to 2000-01-01, where the server's days and microseconds begin. */
export const EPOCH_DAYS = 10957;

/** The server's calendar begins on 4714-11-24 BC, and its dates end with 5874897-12-31. In days since 1970. */
const FIRST_DAY = -2451545 + EPOCH_DAYS;
const LAST_DAY = 2145031948 + EPOCH_DAYS;
/** The first moment, in microseconds since 1970. The last of ours lies before the server's last. */
const FIRST_US_HIGH = Math.floor((FIRST_DAY * 86_400_000_000) / WORD);
const FIRST_US_LOW = FIRST_DAY * 86_400_000_000 - FIRST_US_HIGH * WORD;

const DAY_US = 86_400_000_000;
/** Offsets from UTC end before 16 hours. */
const MOST_OFFSET_SECONDS = 57_599;

/** Not for the infinities. */
export function isDay(days: number): boolean {
  return days >= FIRST_DAY && days <= LAST_DAY;
}

/** Not for the infinities. In microseconds since 1970. */
export function isMoment(high: number, low: number): boolean {
  return high > FIRST_US_HIGH || (high === FIRST_US_HIGH && low >= FIRST_US_LOW);
}

/** Seconds by which a time with a zone lies west of UTC so that its local time is in 0…24 h; NaN if there is no such zone. */
export function secondsWest(us: number): number {
  if (us >= 0 && us <= DAY_US) return 0;
  const outside = us < 0 ? -us : us - DAY_US;
  const seconds = Math.ceil(outside / 1_000_000);
  if (seconds > MOST_OFFSET_SECONDS) return Number.NaN;
  const whole = Math.min(Math.ceil(seconds / 3600) * 3600, MOST_OFFSET_SECONDS);
  return us < 0 ? -whole : whole;
}

/** What to say of a time that isn't whole microseconds, or is out of range. */
export class TemporalFaults {
  private readonly name: string;
  private readonly type: DataType;

  constructor(name: string, type: DataType) {
    this.name = name;
    this.type = type;
  }

  tooFine(column: Column, row: number): Error {
    return cannotHold(
      this.name,
      this.text(column, row),
      'is no whole number of microseconds, as Postgres counts them',
      'Round the values before they are loaded, or load the column as text.',
    );
  }

  beyondRange(column: Column, row: number): Error {
    return cannotHold(
      this.name,
      this.text(column, row),
      `lies outside of what a ${this.type.kind} of Postgres can be`,
      'Correct or filter the rows, or load the column as text.',
    );
  }

  private text(column: Column, row: number): string {
    return columnTextReader(this.type, column)(row) ?? 'NULL';
  }
}
