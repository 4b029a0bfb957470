import { dateToText, daysFromCivil, daysOfMonth, pad } from './civil.js';
import { divideWords } from './words.js';

const ZERO = 48;
const PLUS = 43;
const MINUS = 45;
const DOT = 46;
const COLON = 58;
const BLANK = 32;
const UPPER_T = 84;
const LOWER_T = 116;
const MOST_YEAR_DIGITS = 7;
/** PostgreSQL's limit of an offset from UTC: below 16 hours. */
const MOST_OFFSET_HOURS = 15;
/** 15:59:59. A time with a zone lies at most so far outside of 0…24 h. */
export const MOST_OFFSET_SECONDS = 57_599;

/** What a scan found. One object, reused, so that nothing is made per value. */
export class TemporalScan {
  /** Days since 1970-01-01. */
  days = 0;
  /** Seconds since midnight, as written. */
  seconds = 0;
  /** In the unit: to 10^digits. */
  fraction = 0;
  /** East of UTC, in seconds. */
  offset = 0;
  /** 1 or -1 for infinity and minus infinity, else 0. */
  infinity = 0;
  private at = 0;

  /** `YYYY-MM-DD`, or an infinity. */
  date(text: string): boolean {
    this.infinity = infinityOf(text);
    if (this.infinity !== 0) return true;
    const end = this.endBeforeEra(text);
    return this.scanDate(text, end < text.length) && this.at === end;
  }

  /**
   * `YYYY-MM-DD[T ]HH:MM[:SS[.fraction]]`, with an offset where `zoned` and only there; without a zone also a date
   * alone; or an infinity. `digits` are those of the unit.
   */
  timestamp(text: string, digits: number, zoned: boolean): boolean {
    this.infinity = infinityOf(text);
    if (this.infinity !== 0) return true;
    const end = this.endBeforeEra(text);
    if (!this.scanDate(text, end < text.length)) return false;
    this.seconds = 0;
    this.fraction = 0;
    this.offset = 0;
    if (this.at === end) return !zoned;
    const separator = text.charCodeAt(this.at++);
    if (separator !== UPPER_T && separator !== BLANK && separator !== LOWER_T) return false;
    return this.scanClock(text, end, digits) && this.seconds < 86_400 && this.scanZone(text, end, zoned);
  }

  /** `HH:MM[:SS[.fraction]]` to 24:00:00, with an offset where `zoned` and only there. */
  time(text: string, digits: number, zoned: boolean): boolean {
    this.at = 0;
    this.offset = 0;
    return this.scanClock(text, text.length, digits) && this.scanZone(text, text.length, zoned);
  }

  private endBeforeEra(text: string): number {
    if (text.endsWith(' BC')) return text.length - 3;
    return text.endsWith(' (BC)') ? text.length - 5 : text.length;
  }

  private scanDate(text: string, beforeChrist: boolean): boolean {
    let year = 0;
    let at = 0;
    const sign = text.charCodeAt(0);
    if (sign === MINUS || sign === PLUS) at = 1;
    const start = at;
    for (; at - start <= MOST_YEAR_DIGITS; at++) {
      const digit = text.charCodeAt(at) - ZERO;
      if (!(digit >= 0 && digit <= 9)) break;
      year = year * 10 + digit;
    }
    if (at - start < 4 || at - start > MOST_YEAR_DIGITS) return false;
    if (sign === MINUS) year = -year;
    if (beforeChrist) {
      if (year < 1) return false;
      year = 1 - year;
    }
    const month = two(text, at + 1);
    const day = two(text, at + 4);
    if (text.charCodeAt(at) !== MINUS || text.charCodeAt(at + 3) !== MINUS) return false;
    if (month < 1 || month > 12 || day < 1 || day > daysOfMonth(year, month)) return false;
    this.days = daysFromCivil(year, month, day);
    this.at = at + 6;
    return true;
  }

  private scanClock(text: string, end: number, digits: number): boolean {
    let { at } = this;
    const hours = two(text, at);
    const minutes = two(text, at + 3);
    if (hours < 0 || hours > 24 || minutes < 0 || minutes > 59 || text.charCodeAt(at + 2) !== COLON)
      return false;
    at += 5;
    let seconds = 0;
    let fraction = 0;
    if (at < end && text.charCodeAt(at) === COLON) {
      seconds = two(text, at + 1);
      if (seconds < 0 || seconds > 59) return false;
      at += 3;
      if (at < end && text.charCodeAt(at) === DOT) {
        const from = ++at;
        for (; at < end; at++) {
          const digit = text.charCodeAt(at) - ZERO;
          if (digit < 0 || digit > 9) break;
          if (at - from < digits) fraction = fraction * 10 + digit;
          else if (digit !== 0) return false;
        }
        if (at === from) return false;
        for (let missing = digits - (at - from); missing > 0; missing--) fraction *= 10;
      }
    }
    if (at > end) return false;
    this.seconds = hours * 3600 + minutes * 60 + seconds;
    this.fraction = fraction;
    this.at = at;
    return this.seconds < 86_400 || (this.seconds === 86_400 && fraction === 0);
  }

  /** `Z`, `UTC`, `+HH`, `+HHMM`, `+HH:MM` or `+HH:MM:SS`, perhaps after a blank. */
  private scanZone(text: string, end: number, zoned: boolean): boolean {
    let { at } = this;
    if (at === end) return !zoned;
    if (!zoned) return false;
    if (text.charCodeAt(at) === BLANK) at++;
    const sign = text.charCodeAt(at);
    if (sign !== PLUS && sign !== MINUS) {
      const name = text.slice(at, end);
      return name === 'Z' || name === 'UTC' || name === 'z';
    }
    const hours = two(text, at + 1);
    if (hours < 0 || hours > MOST_OFFSET_HOURS) return false;
    let offset = hours * 3600;
    at += 3;
    for (const weight of [60, 1]) {
      if (at >= end) break;
      const colon = text.charCodeAt(at) === COLON;
      if (!colon && weight === 1) return false;
      if (colon) at++;
      const part = two(text, at);
      if (part < 0 || part > 59) return false;
      offset += part * weight;
      at += 2;
    }
    this.offset = sign === MINUS ? -offset : offset;
    return at === end;
  }
}

/** The two digits at `at`, or -1. */
function two(text: string, at: number): number {
  const tens = text.charCodeAt(at) - ZERO;
  const ones = text.charCodeAt(at + 1) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

function infinityOf(text: string): number {
  if (text.length < 8 || text.length > 9) return 0;
  const code = text.charCodeAt(0) | 32;
  if (code !== 105 && code !== 45 && code !== 43) return 0;
  const word = text.toLowerCase();
  if (word === 'infinity' || word === '+infinity') return 1;
  return word === '-infinity' ? -1 : 0;
}

const rest = new Float64Array(1);

/** `YYYY-MM-DDTHH:MM:SS.ffffff`, with `Z` where zoned, of an int64 in the unit. */
export function timestampToText(words: Int32Array, at: number, unit: 'us' | 'ns', zoned: boolean): string {
  const high = words[at + 1]!;
  const low = words[at]!;
  if (high === 2147483647 && low === -1) return 'infinity';
  if (high === -2147483648 && low === 0) return '-infinity';
  const seconds = divideWords(words, at, unit === 'us' ? 1e6 : 1e9, rest);
  const days = Math.floor(seconds / 86_400);
  const clock = clockToText(seconds - days * 86_400, rest[0]!, unit);
  return `${dateToText(days)}T${clock}${zoned ? 'Z' : ''}`;
}

/**
 * `HH:MM:SS.ffffff` of an int64 in the unit. A zoned time ends in `Z`; outside of 0…24 h it is told at the next whole
 * hours from UTC that bring it inside.
 */
export function timeToText(words: Int32Array, at: number, unit: 'us' | 'ns', zoned: boolean): string {
  const seconds = divideWords(words, at, unit === 'us' ? 1e6 : 1e9, rest);
  const fraction = rest[0]!;
  if (!zoned) return clockToText(seconds, fraction, unit);
  if (seconds >= 0 && seconds < 86_400) return `${clockToText(seconds, fraction, unit)}Z`;
  const hours = seconds < 0 ? Math.ceil(-seconds / 3600) : Math.floor(seconds / 3600) - 23;
  const offset = Math.min(hours * 3600, MOST_OFFSET_SECONDS);
  const zone = `${pad(Math.floor(offset / 3600), 2)}:${hours > MOST_OFFSET_HOURS ? '59:59' : '00'}`;
  const local = seconds < 0 ? seconds + offset : seconds - offset;
  return `${clockToText(local, fraction, unit)}${seconds < 0 ? '+' : '-'}${zone}`;
}

function clockToText(seconds: number, fraction: number, unit: 'us' | 'ns'): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return `${pad(hours, 2)}:${pad(minutes, 2)}:${pad(seconds % 60, 2)}.${pad(fraction, unit === 'us' ? 6 : 9)}`;
}
