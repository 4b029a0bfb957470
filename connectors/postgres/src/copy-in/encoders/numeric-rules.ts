import type { NumericLimits } from '../../types/base-types.js';
import { cannotHold } from './cannot-hold.js';

/**
 * A `numeric` in binary (numeric_recv): uint16 digits, int16 weight, uint16 sign, uint16 scale, then the digits, of
 * base 10000, each a uint16. The n-th counts 10000^(weight - n). The server takes zero digits off at either end.
 */
export const NUMERIC_HEADER = 8;
export const NEGATIVE = 0x4000;
export const NAN = 0xc000;
export const INFINITY = 0xd000;
export const MINUS_INFINITY = 0xf000;

/** A `numeric` has no more digits than these before and after the point. */
export const MOST_WHOLE_DIGITS = 131_072;
export const MOST_PLACES = 16_383;
/** Infinity is a `numeric` since PostgreSQL 14. */
const KNOWS_INFINITY = 140_000;

/** What a `numeric` target takes, as a type's name says it, and of which server. */
export interface NumericTarget {
  readonly typeSql: string;
  readonly limits: NumericLimits | undefined;
  /** As 180004. */
  readonly server: number;
}

export function wrongNumber(column: string, text: string): Error {
  return cannotHold(column, text, 'is no number', 'The step or source that made it has a defect: report it.');
}

export function refuseInfinity(
  column: string,
  text: string,
  { server, limits, typeSql }: NumericTarget,
): void {
  if (server < KNOWS_INFINITY)
    throw cannotHold(
      column,
      text,
      'no numeric can hold before PostgreSQL 14',
      'Filter or replace it before it is loaded, or update the server.',
    );
  if (limits !== undefined)
    throw cannotHold(
      column,
      text,
      `the column's type ${typeSql} can't hold`,
      'Give the column of the table the type numeric, or filter or replace it before it is loaded.',
    );
}

export function tooLong(column: string, text: string): Error {
  return cannotHold(
    column,
    text,
    `has more digits than a numeric holds: ${MOST_WHOLE_DIGITS} before the point and ${MOST_PLACES} after it`,
    'Round it before it is loaded, or load the column as text.',
  );
}

export function doesNotFit(column: string, text: string, { typeSql }: NumericTarget): Error {
  return cannotHold(
    column,
    text,
    `the column's type ${typeSql} can't hold exactly`,
    'Give the column of the table a wider numeric, or round the values before they are loaded.',
  );
}
