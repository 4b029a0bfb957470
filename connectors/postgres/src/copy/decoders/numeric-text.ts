import { GrowingBytes } from './growing-bytes.js';

/**
 * A `numeric` in binary (numeric_send): uint16 digits, int16 weight, uint16 sign, uint16 scale, then the digits, of
 * base 10000, each a uint16. The n-th counts 10000^(weight - n). No zero digit is at either end.
 */
export const NUMERIC_HEADER = 8;
export const NEGATIVE = 0x4000;
const NAN = 0xc000;
const INFINITY = 0xd000;
const MINUS_INFINITY = 0xf000;

/** What a sign stands for that isn't one; undefined if it is no sign at all. */
export function specialName(sign: number): string | undefined {
  if (sign === NAN) return 'NaN';
  if (sign === INFINITY) return 'Infinity';
  return sign === MINUS_INFINITY ? '-Infinity' : undefined;
}

/** The four characters of each digit, as a word. */
const CHARACTERS = Int32Array.from({ length: 10000 }, (_, digit) =>
  Buffer.from(String(digit).padStart(4, '0'), 'latin1').readInt32BE(),
);

/**
 * Appends the text of a finite numeric, as the server writes it, with `scale` places after the point: more of them
 * are cut off, which the caller has seen to be zeros. False if a digit isn't below 10000.
 */
export function appendNumeric(view: DataView, start: number, scale: number, to: GrowingBytes): boolean {
  const count = view.getUint16(start);
  const weight = view.getInt16(start + 2);
  const digits = start + NUMERIC_HEADER;
  to.reserve(6 + 4 * Math.max(weight + 1, 1) + scale);
  const { bytes, view: target } = to;
  let at = to.length;
  if (view.getUint16(start + 4) === NEGATIVE) bytes[at++] = 45;
  if (weight < 0) bytes[at++] = 48;
  else {
    const digit = count > 0 ? view.getUint16(digits) : 0;
    if (digit > 9999) return false;
    const zeros = digit > 999 ? 0 : digit > 99 ? 1 : digit > 9 ? 2 : 3;
    target.setInt32(at, CHARACTERS[digit]! << (8 * zeros));
    at += 4 - zeros;
    for (let index = 1; index <= weight; index++, at += 4) {
      const digit = index < count ? view.getUint16(digits + index * 2) : 0;
      if (digit > 9999) return false;
      target.setInt32(at, CHARACTERS[digit]!);
    }
  }
  if (scale > 0) {
    bytes[at++] = 46;
    const end = at + scale;
    for (let index = weight + 1; at < end; index++, at += 4) {
      const digit = index >= 0 && index < count ? view.getUint16(digits + index * 2) : 0;
      if (digit > 9999) return false;
      target.setInt32(at, CHARACTERS[digit]!);
    }
    at = end;
  }
  to.length = at;
  return true;
}

const LONGEST = 60;

/** A numeric for a message. */
export function showNumeric(view: DataView, start: number): string {
  const to = new GrowingBytes();
  if (!appendNumeric(view, start, view.getUint16(start + 6), to)) return 'a malformed numeric';
  const text = Buffer.from(to.take()).toString('latin1');
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}… (${text.length} characters)` : text;
}
