import type { Scalar } from './node.js';

const INTEGER = /^[-+]?\d+$/;
const NUMBER = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:e[-+]?\d+)?$/i;

/** The integer as a number where that is exact, else as a bigint. */
function exactInteger(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** A value as YAML or a program has it; undefined if a recipe can't hold it. -0 is 0. */
export function scalarValue(value: unknown): Scalar | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return exactInteger(value);
  if (typeof value === 'number' && Number.isFinite(value)) return value === 0 ? 0 : value;
  return undefined;
}

/** Reads a whole number in decimal digits; undefined if the text is none. */
export function integerOf(text: string): number | bigint | undefined {
  return INTEGER.test(text) ? exactInteger(BigInt(text.replace('+', ''))) : undefined;
}

/** Reads a decimal number; whole ones keep every digit. Undefined if the text is none, or too great. */
export function numberOf(text: string): number | bigint | undefined {
  const integer = integerOf(text);
  if (integer !== undefined) return integer;
  if (!NUMBER.test(text)) return undefined;
  const number = scalarValue(Number(text));
  return typeof number === 'number' ? number : undefined;
}

/** The value of text under one of YAML's core tags; undefined if the tag is another or the text doesn't fit it. */
export function coreValue(tag: string, text: string): Scalar | undefined {
  switch (tag) {
    case '!':
    case 'str':
      return text;
    case 'int':
      if (/^0x[\da-f]+$/i.test(text) || /^0o[0-7]+$/.test(text)) return exactInteger(BigInt(text));
      return integerOf(text);
    case 'float': {
      const number = numberOf(text);
      return typeof number === 'bigint' ? Number(number) : number;
    }
    case 'bool':
      return /^(?:true|True|TRUE)$/.test(text)
        ? true
        : /^(?:false|False|FALSE)$/.test(text)
          ? false
          : undefined;
    case 'null':
      return /^(?:~|null|Null|NULL|)$/.test(text) ? null : undefined;
    default:
      return undefined;
  }
}
