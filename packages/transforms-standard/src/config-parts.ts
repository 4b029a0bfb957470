import { type DataType, isDatacookError } from '@datacook/core';
import { parseType } from '@datacook/toolkit';
import { z } from 'zod';

/** A type's name, parsed. */
export const typeName = z.string().transform((text, context): DataType => {
  try {
    return parseType(text);
  } catch (error) {
    if (!isDatacookError(error)) throw error;
    const message = error.hint === undefined ? error.message : `${error.message} ${error.hint}`;
    context.issues.push({ code: 'custom', message, input: text });
    return z.NEVER;
  }
});

/** Columns' names: at least one, none twice. */
export const columnNames = z
  .array(z.string())
  .min(1, 'Name at least one column.')
  .superRefine((names, context) => {
    for (const [index, name] of names.entries()) {
      if (names.indexOf(name) === index) continue;
      context.addIssue({
        code: 'custom',
        message: `The column ${JSON.stringify(name)} is named twice.`,
        path: [index],
      });
    }
  });

/** A mapping of columns, not empty. */
export function byColumn<T extends z.ZodType>(value: T) {
  return z
    .record(z.string(), value)
    .refine((mapping) => Object.keys(mapping).length > 0, { error: 'Name at least one column.' });
}
