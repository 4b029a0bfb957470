import type { DataType } from '@datacook/core';
import { DecimalText, isPlainDecimal } from './decimal-text.js';
import { TemporalScan } from './temporal-text.js';

const ZERO = 48;
const NINE = 57;
const MINUS = 45;
const COLON = 58;
const GREATEST = '9223372036854775807';
const LEAST = '9223372036854775808';
/** A date of four year digits, which is how a time of the day or a longer number isn't mistaken for one. */
const DASHED = /^\d{4}-\d{2}-\d{2}/;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Seconds that int64 nanoseconds hold, rounded inwards. */
const NS_SECONDS = 9_223_372_035;

/**
 * Finds the narrowest type that holds every text of a column without loss, and reads the same value back from its
 * canonical text. Tried in this order: `bool` (true, false), `int64`, `decimal(38,0)`, `float64` (if each text
 * survives as a double), `numeric`, `date`, `timestamp`, `timestamptz`, `time`, else `utf8`. Numbers with leading
 * zeros or a `+`, as zip codes and telephone numbers, are text, and so are `nan` and infinities.
 */
export class TypeInference {
  private seen = false;
  private group: Group | undefined;

  observe(text: string): void {
    this.seen = true;
    if (this.group === undefined) this.group = groupOf(text);
    if (!this.group.observe(text)) this.group = TEXT;
  }

  /** A NULL says nothing of a type. */
  observeNull(): void {}

  /** The type of what was seen so far; `utf8` if that is nothing. */
  type(): DataType {
    return this.seen && this.group !== undefined ? this.group.type() : { kind: 'utf8' };
  }
}

/** Types of one form of text. Forms have no text in common, so that the first text decides between them. */
interface Group {
  /** False: the text has another form, and the column is text. */
  observe(text: string): boolean;
  type(): DataType;
}

const TEXT: Group = {
  observe: () => true,
  type: () => ({ kind: 'utf8' }),
};

const BOOL: Group = {
  observe: (text) => text.length <= 5 && /^(?:true|false)$/i.test(text),
  type: () => ({ kind: 'bool' }),
};

function groupOf(text: string): Group {
  const first = text.charCodeAt(0);
  if (first >= ZERO && first <= NINE) {
    if (text.charCodeAt(2) === COLON) return new Times();
    return DASHED.test(text) ? new Dates() : new Numbers();
  }
  if (first === MINUS) return new Numbers();
  return BOOL.observe(text) ? BOOL : TEXT;
}

class Numbers implements Group {
  private integers = true;
  private int64 = true;
  private float64 = true;
  private longest = 0;
  private negativeZero = false;
  private readonly scanned = new DecimalText();

  observe(text: string): boolean {
    const negative = text.charCodeAt(0) === MINUS;
    const digits = text.length - (negative ? 1 : 0);
    if (isInteger(text, negative ? 1 : 0)) {
      if (digits > this.longest) this.longest = digits;
      if (digits > 15) {
        if (digits > 19 || (digits === 19 && text.slice(-19) > (negative ? LEAST : GREATEST)))
          this.int64 = false;
        if (this.float64 && !survives(text)) this.float64 = false;
      }
      if (text === '-0') {
        this.negativeZero = true;
        this.integers = false;
      }
      return this.possible();
    }
    if (!NUMBER.test(text) || !this.scanned.scan(text)) return false;
    this.integers = false;
    if (negative && !/[1-9]/.test(text)) this.negativeZero = true;
    if (this.float64 && !survives(text)) this.float64 = false;
    return this.possible();
  }

  type(): DataType {
    if (this.integers) {
      if (this.int64) return { kind: 'int', bits: 64, signed: true };
      return this.longest <= 38 ? { kind: 'decimal', precision: 38, scale: 0 } : { kind: 'numeric' };
    }
    return this.float64 ? { kind: 'float', bits: 64 } : { kind: 'numeric' };
  }

  /** Only a float has a negative zero. */
  private possible(): boolean {
    return !this.negativeZero || this.float64;
  }
}

/** A number without sign, point or leading zero. */
function isInteger(text: string, from: number): boolean {
  const end = text.length;
  if (from === end || (text.charCodeAt(from) === ZERO && end - from > 1)) return false;
  for (let at = from; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code < ZERO || code > NINE) return false;
  }
  return true;
}

/** Whether a number's text becomes a double whose shortest text has the same value. 15 digits always do. */
function survives(text: string): boolean {
  if (text.length <= 15 && isPlainDecimal(text)) return true;
  const value = Number(text);
  if (!Number.isFinite(value)) return false;
  return parts(text) === parts(String(value));
}

/** A number's significant digits and its power of ten, the same for all texts of the same value. */
function parts(text: string): string {
  const [mantissa = '', exponent = '0'] = text
    .replace(/^-/, '')
    .toLowerCase()
    .split(/e(?=[+-]?\d+$)/);
  const [whole = '', fraction = ''] = mantissa.split('.');
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}

class Dates implements Group {
  private onlyDates = true;
  private plain = true;
  private zoned = true;
  private micro = true;
  private nano = true;
  private readonly scanned = new TemporalScan();

  observe(text: string): boolean {
    if (!DASHED.test(text) || text.endsWith('C') || text.endsWith(')')) return false;
    const { scanned } = this;
    const onlyDate = text.length === 10;
    if (onlyDate) {
      if (!scanned.date(text)) return false;
      scanned.seconds = 0;
    }
    if (!onlyDate) this.onlyDates = false;
    const plain: boolean = onlyDate || (this.plain && scanned.timestamp(text, 9, false));
    const zoned: boolean = !onlyDate && !plain && this.zoned && scanned.timestamp(text, 9, true);
    this.plain &&= plain;
    this.zoned &&= zoned;
    if (!plain && !zoned) return false;
    if (!onlyDate && scanned.fraction % 1000 !== 0) this.micro = false;
    const seconds = scanned.days * 86_400 + scanned.seconds - (onlyDate ? 0 : scanned.offset);
    if (seconds < -NS_SECONDS || seconds > NS_SECONDS) this.nano = false;
    return (this.plain || this.zoned) && (this.micro || this.nano || this.onlyDates);
  }

  type(): DataType {
    if (this.onlyDates) return { kind: 'date' };
    return { kind: 'timestamp', unit: this.micro ? 'us' : 'ns', zoned: !this.plain };
  }
}

class Times implements Group {
  private micro = true;
  private readonly scanned = new TemporalScan();

  observe(text: string): boolean {
    if (!this.scanned.time(text, 9, false)) return false;
    if (this.scanned.fraction % 1000 !== 0) this.micro = false;
    return true;
  }

  type(): DataType {
    return { kind: 'time', unit: this.micro ? 'us' : 'ns', zoned: false };
  }
}
