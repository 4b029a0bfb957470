const ZERO = 48;
const DOT = 46;
const PLUS = 43;
const MINUS = 45;
const LOWER_E = 101;
const UPPER_E = 69;

const POWERS = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const WORDS: ReadonlyMap<string, number> = new Map([
  ['nan', Number.NaN],
  ['inf', Infinity],
  ['infinity', Infinity],
]);

/**
 * The double nearest to a decimal text, or `nan`, `inf`, `infinity` in any letter case, with a sign if need be.
 * Undefined if the text is no number, or if it is beyond the range of doubles (a number that would become infinite,
 * or zero though it isn't).
 *
 * To 15 digits and a power of ten to 22, both are exact doubles, and one division rounds as it should: W. Clinger,
 * "How to Read Floating Point Numbers Accurately", 1990.
 */
export function parseFloatText(text: string): number | undefined {
  const end = text.length;
  const sign = text.charCodeAt(0);
  let at = sign === MINUS || sign === PLUS ? 1 : 0;
  const start = at;
  let mantissa = 0;
  let significant = 0;
  let point = -1;
  let code = 0;
  for (; at < end; at++) {
    code = text.charCodeAt(at);
    const digit = code - ZERO;
    if (digit >= 0 && digit <= 9) {
      mantissa = mantissa * 10 + digit;
      if (mantissa > 0) significant++;
    } else if (code === DOT && point < 0) {
      point = at;
    } else {
      break;
    }
  }
  const digits = at - start - (point < 0 ? 0 : 1);
  if (digits === 0) return at === start ? special(text, start, sign === MINUS) : undefined;
  const fraction = point < 0 ? 0 : at - point - 1;
  if (at === end && significant <= 15 && fraction <= 22) {
    const value = fraction === 0 ? mantissa : mantissa / POWERS[fraction]!;
    return sign === MINUS ? -value : value;
  }
  if (at < end && !isExponent(text, at)) return undefined;
  const value = Number(text);
  if (value === Infinity || value === -Infinity || (value === 0 && mantissa > 0)) return undefined;
  return value;
}

function isExponent(text: string, from: number): boolean {
  const mark = text.charCodeAt(from);
  if (mark !== LOWER_E && mark !== UPPER_E) return false;
  let at = from + 1;
  const sign = text.charCodeAt(at);
  if (sign === MINUS || sign === PLUS) at++;
  if (at === text.length) return false;
  for (; at < text.length; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) return false;
  }
  return true;
}

function special(text: string, from: number, negative: boolean): number | undefined {
  if (text.length - from > 8) return undefined;
  const value = WORDS.get(text.slice(from).toLowerCase());
  return negative && value !== undefined ? -value : value;
}

const LEAST_NORMAL_SINGLE = 2 ** -126;

/** The shortest text that reads back as the same float: of doubles, or of singles where `single`. */
export function floatToText(value: number, single: boolean): string {
  if (Object.is(value, -0)) return '-0';
  if (single && Number.isFinite(value)) {
    for (let precision = Math.abs(value) < LEAST_NORMAL_SINGLE ? 1 : 6; precision < 9; precision++) {
      const short = Number(value.toPrecision(precision));
      if (Math.fround(short) === value) return String(short);
    }
    return String(Number(value.toPrecision(9)));
  }
  return String(value);
}
