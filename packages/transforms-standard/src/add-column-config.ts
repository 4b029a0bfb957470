import type { DataType } from '@datacook/core';
import { typeToString } from '@datacook/toolkit';
import { z } from 'zod';
import { castBetween } from './cast.js';
import {
  type ColumnFunction,
  FUNCTION_TYPES,
  isColumnFunction,
  looksLikeFunction,
} from './column-function.js';
import { typeName } from './config-parts.js';
import { isLiteral, type Literal, literalColumn, literalType } from './literal.js';

/** A column that is the same in each row, or that a function makes. */
export type NewColumn =
  | { readonly name: string; readonly type: DataType; readonly constant: Literal }
  | { readonly name: string; readonly type: DataType; readonly function: ColumnFunction };

const value = z
  .unknown()
  .superRefine((given, context) => {
    if (given === undefined) return;
    if (!isLiteral(given)) {
      context.addIssue({ code: 'custom', message: 'A value is a text, a number, true, false or null.' });
    } else if (looksLikeFunction(given) && !isColumnFunction(given)) {
      const known = Object.keys(FUNCTION_TYPES).join(', ');
      const message = `${JSON.stringify(given)} is no function; there are ${known}. For the text itself say literal.`;
      context.addIssue({ code: 'custom', message });
    }
  })
  .meta({
    type: ['string', 'number', 'boolean', 'null'],
    description:
      'A literal, or one of now() (one instant for the run), today() (its date in UTC), uuid() (one for each row).',
  });

export default z
  .strictObject({
    name: z.string().describe('The name of the new column.'),
    value: value.optional(),
    literal: z
      .string({ error: 'literal takes a text; put it in quotes.' })
      .optional()
      .describe('Text, taken as it is.'),
    column_type: typeName.optional().describe('Its type; by default that of the value.'),
  })
  .transform((given, context): NewColumn => {
    const fail = (path: string, message: string) => {
      context.issues.push({ code: 'custom', message, path: [path], input: given });
      return z.NEVER;
    };
    if ((given.value === undefined) === (given.literal === undefined)) {
      if (given.value === undefined) return fail('value', 'Say what the column holds: value or literal.');
      return fail('literal', 'Say only one of the two: value or literal.');
    }
    const column = newColumn(given.name, given.value, given.literal, given.column_type);
    if (fits(column)) return column;
    const shown = given.literal ?? given.value;
    const text = typeof shown === 'string' ? JSON.stringify(shown) : String(shown);
    return fail('column_type', `${text} is no ${typeToString(column.type)}.`);
  });

function newColumn(
  name: string,
  given: unknown,
  literal: string | undefined,
  type: DataType | undefined,
): NewColumn {
  if (literal === undefined && isColumnFunction(given)) {
    return { name, type: type ?? FUNCTION_TYPES[given], function: given };
  }
  const constant = literal ?? (given as Literal);
  return { name, type: type ?? literalType(constant), constant };
}

function fits(column: NewColumn): boolean {
  if ('function' in column) return castBetween(FUNCTION_TYPES[column.function], column.type) !== undefined;
  return literalColumn(column.constant, column.type) !== undefined;
}
