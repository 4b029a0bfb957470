import type { Bindings } from './bindings.js';
import {
  badValue,
  bytesOf,
  createScratch,
  isValid,
  offsetsOf,
  type WriteColumn,
  wordsOf,
} from './vectors.js';

const WORD = 4294967296;

/** The exact integer of `size` words, low word first. */
function exact(words: Int32Array, at: number, size: number): bigint {
  let value = BigInt(words[at + size - 1] as number);
  for (let word = at + size - 2; word >= at; word--)
    value = (value << 32n) | BigInt((words[word] as number) >>> 0);
  return value;
}

/** About the same as a double: off by less than one part in 10^15. */
function about(words: Int32Array, at: number, size: number): number {
  let value = words[at + size - 1] as number;
  for (let word = at + size - 2; word >= at; word--) value = value * WORD + ((words[word] as number) >>> 0);
  return value;
}

/**
 * A decimal, to DuckDB's int16, int32, int64 or int128, by precision. Refuses as DATA what has more digits than the
 * type says: DuckDB would keep it and show nonsense.
 */
export function decimalWriter(bindings: Bindings, name: string, precision: number): WriteColumn {
  const scratch = createScratch();
  const size = precision <= 18 ? 2 : 4;
  const width = precision <= 4 ? 2 : precision <= 9 ? 4 : size * 4;
  const bound = 10n ** BigInt(precision);
  const near = Number(bound) * (precision <= 15 ? 1 : 1 - 1e-12);

  return (vector, column, from, count) => {
    const words = wordsOf(name, column, (from + count) * size * 4);
    for (let row = from; row < from + count; row++) {
      if (Math.abs(about(words, row * size, size)) < near || !isValid(column.validity, row)) continue;
      const value = exact(words, row * size, size);
      if (value >= bound || value <= -bound)
        throw badValue(
          name,
          row,
          `has more than ${precision} digits`,
          'Give the column a wider decimal type.',
        );
    }
    if (width === size * 4) {
      bindings.copy_data_to_vector(
        vector,
        0,
        words.buffer as ArrayBuffer,
        words.byteOffset + from * width,
        count * width,
      );
      return;
    }
    const target = scratch(count * width);
    const values =
      width === 2 ? new Int16Array(target.buffer, 0, count) : new Int32Array(target.buffer, 0, count);
    for (let at = 0; at < count; at++) values[at] = words[(from + at) * size] as number;
    bindings.copy_data_to_vector(vector, 0, target.buffer, 0, count * width);
  };
}

/** What `numeric` becomes: DuckDB has no decimal without bounds. */
export const NUMERIC_PRECISION = 38;
export const NUMERIC_SCALE = 9;

/** Exact text of any size, to DECIMAL(38,9). What doesn't fit exactly is DATA. */
export function numericWriter(bindings: Bindings, name: string): WriteColumn {
  const scratch = createScratch();
  return (vector, column, from, count) => {
    const bytes = bytesOf(name, column, 0);
    const offsets = offsetsOf(name, column, from, count, bytes.length);
    const target = scratch(count * 16);
    const words = new Uint32Array(target.buffer, 0, count * 4);
    for (let at = 0; at < count; at++) {
      const row = from + at;
      if (!isValid(column.validity, row)) continue;
      const start = offsets[row] as number;
      const stop = offsets[row + 1] as number;
      if (!plain(bytes, start, stop, words, at * 4))
        unusual(name, row, bytes.subarray(start, stop), words, at * 4);
    }
    bindings.copy_data_to_vector(vector, 0, target.buffer, 0, count * 16);
  };
}

/** limbs = limbs * power + part, of four 32-bit words; power is 10^6 at most, so that each product is exact. */
function multiplyAdd(words: Uint32Array, to: number, power: number, part: number): void {
  let carry = part;
  for (let at = to; at < to + 4; at++) {
    const product = (words[at] as number) * power + carry;
    words[at] = product;
    carry = Math.floor(product / WORD);
  }
}

/**
 * Reads plain digits, at most 27 before and 9 after the point, into an int128 scaled by 10^9. False where the text
 * is anything else.
 */
function plain(bytes: Uint8Array, start: number, stop: number, words: Uint32Array, to: number): boolean {
  const negative = bytes[start] === 45;
  let digits = 0;
  let scale = -1;
  let part = 0;
  let power = 1;
  words.fill(0, to, to + 4);
  for (let at = negative ? start + 1 : start; at < stop; at++) {
    const digit = (bytes[at] as number) - 48;
    if (digit === -2 && scale < 0 && digits > 0) {
      scale = 0;
      continue;
    }
    if (digit < 0 || digit > 9) return false;
    part = part * 10 + digit;
    power *= 10;
    digits++;
    if (scale >= 0) scale++;
    if (power === 1000000) {
      multiplyAdd(words, to, power, part);
      part = 0;
      power = 1;
    }
  }
  const fraction = Math.max(scale, 0);
  if (digits === 0 || scale === 0 || fraction > NUMERIC_SCALE || digits - fraction > 27) return false;
  multiplyAdd(words, to, power, part);
  for (let missing = NUMERIC_SCALE - fraction; missing > 0; missing -= 6)
    multiplyAdd(words, to, 10 ** Math.min(missing, 6), 0);
  if (negative) negate(words, to);
  return true;
}

function negate(words: Uint32Array, to: number): void {
  let carry = 1;
  for (let at = to; at < to + 4; at++) {
    const word = (~(words[at] as number) >>> 0) + carry;
    words[at] = word;
    carry = word > 0xffffffff ? 1 : 0;
  }
}

/** The same for exponents, zeros beyond the scale, many digits; throws what can't be held exactly. */
function unusual(name: string, row: number, bytes: Uint8Array, words: Uint32Array, to: number): void {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const value = scaled(text);
  if (value === undefined)
    throw badValue(
      name,
      row,
      `is ${text.length > 60 ? `${text.slice(0, 60)}…` : text}, which DECIMAL(${NUMERIC_PRECISION},${NUMERIC_SCALE}) can't hold exactly`,
      `Make the column utf8, or a decimal(p,s) that holds it: with a step cast_columns (columns: { ${JSON.stringify(name)}: utf8 }), or where the source declares types (of a text file: types in its format).`,
    );
  for (let word = 0; word < 4; word++)
    words[to + word] = Number(BigInt.asUintN(32, value >> BigInt(32 * word)));
}

const MAX_NUMERIC = 10n ** BigInt(NUMERIC_PRECISION);

/** The decimal times 10^9, or undefined if that is no integer, has more than 38 digits, or the text is no number. */
function scaled(text: string): bigint | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const digits = (whole + fraction).replace(/^0+/, '');
  if (whole + fraction === '') return undefined;
  if (digits === '') return 0n;
  const significant = digits.replace(/0+$/, '');
  const power = Number(exponent) - fraction.length + NUMERIC_SCALE + (digits.length - significant.length);
  if (power < 0 || significant.length + power > NUMERIC_PRECISION) return undefined;
  const value = BigInt(significant) * 10n ** BigInt(power);
  if (value >= MAX_NUMERIC) return undefined;
  return sign === '-' ? -value : value;
}
