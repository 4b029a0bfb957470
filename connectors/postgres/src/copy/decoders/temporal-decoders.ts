import { badValue, malformedValue } from './bad-value.js';
import type { Slab } from './column-decoder.js';
import { WordsDecoder } from './word-decoders.js';

const WORD = 4294967296;
const GREATEST = 2147483647;
const LEAST = -2147483648;

/** From 1970-01-01 to 2000-01-01, where the server's days and microseconds begin. */
const EPOCH_DAYS = 10957;
const EPOCH_US_LOW = 946684800000000 % WORD;
const EPOCH_US_HIGH = Math.floor(946684800000000 / WORD);

/** Days since 2000, to days since 1970. The greatest and the least integer are infinities there as here. */
export class DateDecoder extends WordsDecoder {
  constructor(name: string) {
    super(name, 1, 'int32');
  }

  decode({ view }: Slab, starts: Int32Array, first: number, count: number): void {
    this.reserve(count);
    const { words } = this;
    let at = this.length;
    for (let index = first; index < first + count; index++, at++) {
      const start = starts[index]!;
      const size = view.getInt32(start - 4);
      if (size === 4) {
        const days = view.getInt32(start);
        if (days < GREATEST - EPOCH_DAYS && days !== LEAST) words[at] = days + EPOCH_DAYS;
        else if (days === GREATEST || days === LEAST) words[at] = days;
        else throw malformedValue(this.name, 'date', size);
      } else if (size === -1) this.setNull(at);
      else throw malformedValue(this.name, 'date', size);
    }
    this.length = at;
  }
}

/**
 * Microseconds since 2000, to microseconds since 1970. These end 30 years earlier than the server's: what lies beyond
 * 294247-01-10 04:00:54.775806 is DATA.
 */
export class TimestampDecoder extends WordsDecoder {
  constructor(name: string) {
    super(name, 2, 'int64');
  }

  decode({ view }: Slab, starts: Int32Array, first: number, count: number): void {
    this.reserve(count);
    const { words } = this;
    let at = this.length;
    for (let index = first; index < first + count; index++, at++) {
      const start = starts[index]!;
      const size = view.getInt32(start - 4);
      if (size === 8) {
        let high = view.getInt32(start);
        let low = view.getUint32(start + 4);
        if (high < GREATEST - EPOCH_US_HIGH - 1 && high !== LEAST) {
          low += EPOCH_US_LOW;
          high += EPOCH_US_HIGH;
          if (low >= WORD) high++;
        } else if (!isInfinite(high, low)) {
          low += EPOCH_US_LOW;
          high += EPOCH_US_HIGH;
          if (low >= WORD) {
            low -= WORD;
            high++;
          }
          if (high > GREATEST || isInfinite(high, low)) throw this.beyondRange();
        }
        words[at * 2] = low;
        words[at * 2 + 1] = high;
      } else if (size === -1) this.setNull(at);
      else throw malformedValue(this.name, 'timestamp', size);
    }
    this.length = at;
  }

  private beyondRange(): Error {
    return badValue(
      this.name,
      'holds a timestamp after 294247-01-10 04:00:54.775806, which 64 bits of microseconds since 1970 cannot hold',
    );
  }
}

function isInfinite(high: number, low: number): boolean {
  return (high === GREATEST && low === WORD - 1) || (high === LEAST && low === 0);
}

/** Local time and seconds west of UTC, to microseconds since midnight UTC. */
export class ZonedTimeDecoder extends WordsDecoder {
  constructor(name: string) {
    super(name, 2, 'int64');
  }

  decode({ view }: Slab, starts: Int32Array, first: number, count: number): void {
    this.reserve(count);
    const { words } = this;
    let at = this.length;
    for (let index = first; index < first + count; index++, at++) {
      const start = starts[index]!;
      const size = view.getInt32(start - 4);
      if (size === 12) {
        const local = view.getInt32(start) * WORD + view.getUint32(start + 4);
        const utc = local + view.getInt32(start + 8) * 1_000_000;
        words[at * 2] = utc;
        words[at * 2 + 1] = Math.floor(utc / WORD);
      } else if (size === -1) this.setNull(at);
      else throw malformedValue(this.name, 'time with time zone', size);
    }
    this.length = at;
  }
}

/** Microseconds, days and months, to months, days and nanoseconds. */
export class IntervalDecoder extends WordsDecoder {
  constructor(name: string) {
    super(name, 4, 'bytes');
  }

  decode({ view }: Slab, starts: Int32Array, first: number, count: number): void {
    this.reserve(count);
    const { words } = this;
    let at = this.length;
    for (let index = first; index < first + count; index++, at++) {
      const start = starts[index]!;
      const size = view.getInt32(start - 4);
      if (size === 16) {
        const low = view.getUint32(start + 4) * 1000;
        const carry = Math.floor(low / WORD);
        const high = view.getInt32(start) * 1000 + carry;
        if (high > GREATEST || high < LEAST) throw this.beyondRange();
        words[at * 4] = view.getInt32(start + 12);
        words[at * 4 + 1] = view.getInt32(start + 8);
        words[at * 4 + 2] = low;
        words[at * 4 + 3] = high;
      } else if (size === -1) this.setNull(at);
      else throw malformedValue(this.name, 'interval', size);
    }
    this.length = at;
  }

  private beyondRange(): Error {
    return badValue(
      this.name,
      'holds an interval that is infinite or whose hours go beyond 292 years, which 64 bits of nanoseconds cannot hold',
    );
  }
}
