import { DatacookError, type ErrorOptions, type Json } from '@datacook/core';

const LONGEST_SHOWN = 100;

/** A line that isn't CSV, or has another shape than the rest. The message leaves the line to the caller. */
export function syntaxError(
  what: string,
  line: number,
  options: Pick<ErrorOptions, 'hint' | 'cause'> & {
    readonly details?: { readonly [key: string]: Json };
  } = {},
): DatacookError {
  return new DatacookError('DATA', `${what[0]!.toUpperCase()}${what.slice(1)}.`, {
    ...options,
    details: { ...options.details, line },
  });
}

/** A value for a message: as JSON writes it, at most 100 characters of it. */
export function shorten(text: string): string {
  if (text.length <= LONGEST_SHOWN) return text;
  return `${text.slice(0, LONGEST_SHOWN)}…`;
}
