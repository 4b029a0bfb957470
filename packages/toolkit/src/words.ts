/** 64-bit integers as two 32-bit words, low word first, so that no BigInt is made per value. */

const WORD = 4294967296;
const HALF = 65536;

/**
 * Writes the integer `a * factor + add` as an int64 or uint64. Exact for |a| < 5.9e11 and factor <= 1e9, or
 * |a| < 5.9e14 and factor <= 1e6, with |add| <= factor. False, with the words undefined, if it doesn't fit.
 */
export function writeProduct(
  words: Int32Array,
  at: number,
  a: number,
  factor: number,
  add: number,
  signed: boolean,
): boolean {
  const aHigh = Math.floor(a / HALF);
  const aLow = a - aHigh * HALF;
  const product = aHigh * factor;
  const productHigh = Math.floor(product / HALF);
  const sum = (product - productHigh * HALF) * HALF + aLow * factor + add;
  const high = productHigh + Math.floor(sum / WORD);
  words[at] = sum | 0;
  words[at + 1] = high | 0;
  return signed ? high >= -2147483648 && high <= 2147483647 : high >= 0 && high < WORD;
}

/** Writes a safe integer as an int64. */
export function writeSafeInteger(words: Int32Array, at: number, value: number): void {
  words[at] = value | 0;
  words[at + 1] = Math.floor(value / WORD) | 0;
}

/** The int64 at `at` as a number, or NaN if it isn't a safe integer. */
export function readSafeInteger(words: Int32Array, at: number): number {
  const high = words[at + 1]!;
  if (high >= 2097152 || high < -2097152) return Number.NaN;
  const value = high * WORD + (words[at]! >>> 0);
  return value === -9007199254740992 ? Number.NaN : value;
}

/** The floor of the int64 at `at` divided by `divisor` (at most 1e9); the remainder goes to `rest[0]`. */
export function divideWords(words: Int32Array, at: number, divisor: number, rest: Float64Array): number {
  const high = words[at + 1]!;
  const low = words[at]! >>> 0;
  const first = Math.floor(high / divisor);
  const middle = (high - first * divisor) * HALF + (low >>> 16);
  const second = Math.floor(middle / divisor);
  const last = (middle - second * divisor) * HALF + (low & 65535);
  const third = Math.floor(last / divisor);
  rest[0] = last - third * divisor;
  return first * WORD + second * HALF + third;
}

/** The 32-bit words of a column of 64-bit integers, without a copy. */
export function wordsOf(values: ArrayBufferView): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.byteLength >> 2);
}

/** A view of the first `count` elements; a copy if the buffer behind it is mostly unused. */
export function trim<T extends TypedArray>(values: T, count: number): T {
  return (count * 4 < values.length ? values.slice(0, count) : values.subarray(0, count)) as T;
}

export type TypedArray =
  | Int8Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | BigUint64Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;
