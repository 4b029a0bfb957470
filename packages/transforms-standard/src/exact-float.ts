import type { DataType } from '@datacook/core';

type Float = Extract<DataType, { kind: 'float' }>;

/** Digits that every float of these bits keeps, unless it is too small to be a normal one. */
const KEPT_DIGITS = { 32: 6, 64: 15 } as const;
/** A plain text shorter than that is no such small number. */
const SHORT_TEXT = 30;
const FRACTION = /\.0*[1-9]/;

/**
 * Lets a number's plain text through only if the float nearest to it stands for the same number: an integer must be
 * equal to the float, a fraction to the float's shortest text.
 */
export function exactFloat({ bits }: Float): (text: string) => string | undefined {
  const kept = KEPT_DIGITS[bits];
  return (text) => {
    if (text.length <= kept) return text;
    const whole = !FRACTION.test(text);
    const digits = significant(text);
    if (!whole && digits.length <= kept && text.length < SHORT_TEXT) return text;
    const value = bits === 32 ? Math.fround(Number(text)) : Number(text);
    if (!Number.isFinite(value)) return isNumber(text) ? undefined : text;
    const nearest = whole ? String(BigInt(value)) : shortest(value, bits);
    return digits === significant(nearest) ? text : undefined;
  };
}

/** `numeric` also has `NaN` and infinities. */
const isNumber = (text: string) => /\d/.test(text);

function shortest(value: number, bits: 32 | 64): string {
  if (bits === 64) return String(value);
  for (let precision = 6; precision < 9; precision++) {
    const short = Number(value.toPrecision(precision));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}

/** The digits between the zeros at both ends. */
function significant(text: string): string {
  return text
    .replace(/e.*/i, '')
    .replace(/[-.]/g, '')
    .replace(/^0+|0+$/g, '');
}
