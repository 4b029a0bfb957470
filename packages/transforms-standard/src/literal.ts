import type { Column, DataType } from '@datacook/core';
import { createColumnBuilder } from '@datacook/toolkit';

/** A recipe's integers beyond 2^53 come as bigint, so that no digit is lost. */
export type Literal = string | number | boolean | bigint | null;

const DIGITS_38 = 10n ** 38n;

export function isLiteral(value: unknown): value is Literal {
  return value === null || ['string', 'number', 'boolean', 'bigint'].includes(typeof value);
}

/** The type that a literal has by itself. */
export function literalType(value: Literal): DataType {
  switch (typeof value) {
    case 'boolean':
      return { kind: 'bool' };
    case 'number':
      return Number.isSafeInteger(value) && !Object.is(value, -0)
        ? { kind: 'int', bits: 64, signed: true }
        : { kind: 'float', bits: 64 };
    case 'bigint':
      if (BigInt.asIntN(64, value) === value) return { kind: 'int', bits: 64, signed: true };
      return -DIGITS_38 < value && value < DIGITS_38
        ? { kind: 'decimal', precision: 38, scale: 0 }
        : { kind: 'numeric' };
    default:
      return { kind: 'utf8' };
  }
}

/** A column of the one value, read from its text; undefined if it is no value of the type. */
export function literalColumn(value: Literal, type: DataType): Column | undefined {
  const builder = createColumnBuilder(type, 1);
  if (value === null) builder.appendNull();
  else if (!builder.appendText(Object.is(value, -0) ? '-0' : String(value))) return undefined;
  return builder.finish();
}
