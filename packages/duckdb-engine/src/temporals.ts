import type { Column } from '@datacook/core';
import type { Bindings } from './bindings.js';
import { badValue, createScratch, isValid, type WriteColumn, wordsOf } from './vectors.js';

const WORD = 4294967296;
const DAY_US = 86_400_000_000;
const HOUR_US = 3_600_000_000;
/** The least timestamp in microseconds that DuckDB can show: 290309-12-22 (BC) 00:00:00. */
const LEAST_US = -9223372022400000000n;
/** DuckDB's infinity; minus infinity is its negative. Ours is the least integer, one below. */
const INFINITY = 9223372036854775807n;
const LEAST = -INFINITY - 1n;
const RANGE_HINT = 'Correct the value at the source, or load the column as utf8.';
const EXACT_HINT = 'DuckDB keeps microseconds here. Load the column as utf8, or cast it to microseconds.';

function integer(words: Int32Array, row: number): bigint {
  return (BigInt(words[row * 2 + 1] as number) << 32n) | BigInt((words[row * 2] as number) >>> 0);
}

function setInteger(words: Int32Array, at: number, value: bigint): void {
  words[at * 2] = Number(BigInt.asIntN(32, value));
  words[at * 2 + 1] = Number(BigInt.asIntN(32, value >> 32n));
}

/** Divides value `row` of `words` by 1000 into value `to` of `target`; returns what is left over. */
function divideBy1000(words: Int32Array, row: number, target: Int32Array, to: number): number {
  const high = words[row * 2 + 1] as number;
  const quotient = Math.floor(high / 1000);
  const rest = (high - quotient * 1000) * WORD + ((words[row * 2] as number) >>> 0);
  const low = Math.floor(rest / 1000);
  target[to * 2] = low;
  target[to * 2 + 1] = quotient;
  return rest - low * 1000;
}

/** Days. DuckDB's minus infinity is the least integer but one, so that this one is no day. */
export function dateWriter(bindings: Bindings, name: string): WriteColumn {
  const scratch = createScratch();
  return (vector, column, from, count) => {
    const days = wordsOf(name, column, (from + count) * 4);
    let infinite = false;
    for (let row = from; row < from + count; row++) {
      if ((days[row] as number) > -2147483647 || !isValid(column.validity, row)) continue;
      if (days[row] === -2147483647)
        throw badValue(name, row, 'lies before the first day of DuckDB', RANGE_HINT);
      infinite = true;
    }
    if (!infinite) {
      bindings.copy_data_to_vector(
        vector,
        0,
        days.buffer as ArrayBuffer,
        days.byteOffset + from * 4,
        count * 4,
      );
      return;
    }
    const target = new Int32Array(scratch(count * 4).buffer, 0, count);
    for (let at = 0; at < count; at++) target[at] = Math.max(days[from + at] as number, -2147483647);
    bindings.copy_data_to_vector(vector, 0, target.buffer as ArrayBuffer, 0, count * 4);
  };
}

/** Timestamps in DuckDB's own unit: copied as they are, unless one is near the least integer. */
export function timestampWriter(bindings: Bindings, name: string, unit: 'us' | 'ns'): WriteColumn {
  const scratch = createScratch();
  const least = unit === 'us' ? LEAST_US : -INFINITY + 1n;
  return (vector, column, from, count) => {
    const words = wordsOf(name, column, (from + count) * 8);
    let infinite = false;
    for (let row = from; row < from + count; row++) {
      if ((words[row * 2 + 1] as number) > -2147483645 || !isValid(column.validity, row)) continue;
      const value = integer(words, row);
      if (value === LEAST) infinite = true;
      else if (value < least)
        throw badValue(name, row, 'lies before the first timestamp of DuckDB', RANGE_HINT);
    }
    if (!infinite) {
      bindings.copy_data_to_vector(
        vector,
        0,
        words.buffer as ArrayBuffer,
        words.byteOffset + from * 8,
        count * 8,
      );
      return;
    }
    const target = new Int32Array(scratch(count * 8).buffer, 0, count * 2);
    target.set(words.subarray(from * 2, (from + count) * 2));
    for (let at = 0; at < count; at++)
      if (target[at * 2] === 0 && target[at * 2 + 1] === -2147483648) setInteger(target, at, -INFINITY);
    bindings.copy_data_to_vector(vector, 0, target.buffer as ArrayBuffer, 0, count * 8);
  };
}

/** Nanoseconds, into a type of DuckDB that keeps microseconds: exact, or DATA. Infinity stays infinity. */
export function nanosecondTimestampWriter(bindings: Bindings, name: string): WriteColumn {
  const scratch = createScratch();
  return (vector, column, from, count) => {
    const words = wordsOf(name, column, (from + count) * 8);
    const target = new Int32Array(scratch(count * 8).buffer, 0, count * 2);
    for (let at = 0; at < count; at++) {
      const row = from + at;
      if (divideBy1000(words, row, target, at) === 0 || !isValid(column.validity, row)) continue;
      const value = integer(words, row);
      if (value === INFINITY) setInteger(target, at, INFINITY);
      else if (value === LEAST) setInteger(target, at, -INFINITY);
      else throw badValue(name, row, `has nanoseconds (${value} since 1970)`, EXACT_HINT);
    }
    bindings.copy_data_to_vector(vector, 0, target.buffer as ArrayBuffer, 0, count * 8);
  };
}

/** Times of a day, 00:00:00 to 24:00:00. */
export function timeWriter(bindings: Bindings, name: string, unit: 'us' | 'ns'): WriteColumn {
  const day = unit === 'us' ? DAY_US : DAY_US * 1000;
  return (vector, column, from, count) => {
    const words = wordsOf(name, column, (from + count) * 8);
    for (let row = from; row < from + count; row++) {
      const value = (words[row * 2 + 1] as number) * WORD + ((words[row * 2] as number) >>> 0);
      if ((value < 0 || value > day) && isValid(column.validity, row))
        throw badValue(name, row, 'is no time between 00:00:00 and 24:00:00', RANGE_HINT);
    }
    bindings.copy_data_to_vector(
      vector,
      0,
      words.buffer as ArrayBuffer,
      words.byteOffset + from * 8,
      count * 8,
    );
  };
}

/**
 * Zoned times, counted from midnight UTC, to DuckDB's local time with its offset: 40 bits of microseconds, then 24 of
 * 57599 - offset in seconds. The offset is 0, or as many whole hours as bring the time into its day.
 */
export function zonedTimeWriter(bindings: Bindings, name: string, unit: 'us' | 'ns'): WriteColumn {
  const scratch = createScratch();
  const quotient = new Int32Array(2);
  return (vector, column, from, count) => {
    const words = wordsOf(name, column, (from + count) * 8);
    const target = new Int32Array(scratch(count * 8).buffer, 0, count * 2);
    for (let at = 0; at < count; at++) {
      const row = from + at;
      if (!isValid(column.validity, row)) continue;
      let low = words[row * 2] as number;
      let high = words[row * 2 + 1] as number;
      if (unit === 'ns') {
        if (divideBy1000(words, row, quotient, 0) !== 0)
          throw badValue(name, row, 'has nanoseconds', EXACT_HINT);
        low = quotient[0] as number;
        high = quotient[1] as number;
      }
      const utc = high * WORD + (low >>> 0);
      const hours =
        utc < 0 ? Math.ceil(-utc / HOUR_US) : utc > DAY_US ? -Math.floor((utc - DAY_US) / HOUR_US) - 1 : 0;
      if (Math.abs(hours) > 15)
        throw badValue(name, row, 'lies more than 15 hours outside its day', RANGE_HINT);
      const local = utc + hours * HOUR_US;
      target[at * 2] = ((local % 256) * 16777216 + (57599 - hours * 3600)) | 0;
      target[at * 2 + 1] = Math.floor(local / 256);
    }
    bindings.copy_data_to_vector(vector, 0, target.buffer as ArrayBuffer, 0, count * 8);
  };
}

/** Months, days and nanoseconds, to months, days and microseconds: exact, or DATA. */
export function intervalWriter(bindings: Bindings, name: string): WriteColumn {
  const scratch = createScratch();
  return (vector, column: Column, from, count) => {
    const words = wordsOf(name, column, (from + count) * 16);
    const target = new Int32Array(scratch(count * 16).buffer, 0, count * 4);
    for (let at = 0; at < count; at++) {
      const row = from + at;
      target[at * 4] = words[row * 4] as number;
      target[at * 4 + 1] = words[row * 4 + 1] as number;
      if (divideBy1000(words, row * 2 + 1, target, at * 2 + 1) !== 0 && isValid(column.validity, row))
        throw badValue(name, row, 'is an interval with nanoseconds', EXACT_HINT);
    }
    bindings.copy_data_to_vector(vector, 0, target.buffer as ArrayBuffer, 0, count * 16);
  };
}
