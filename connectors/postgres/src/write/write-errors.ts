import { DatacookError, isDatacookError } from '@datacook/core';

/** SQLSTATE of what a statement was refused with. */
export function sqlState(error: unknown): string | undefined {
  const state = isDatacookError(error) ? error.details['sqlstate'] : undefined;
  return typeof state === 'string' ? state : undefined;
}

/** The head has moved on: another run has claimed it. */
export function conflict(key: string, expected: number, found: number | undefined): DatacookError {
  const now = found === undefined ? '' : ` (version ${found}, not ${expected})`;
  return new DatacookError('CONFLICT', `Another run has taken over ${key}${now}.`, {
    hint: 'Nothing was written by this one. Wait for the other run to end.',
    details: { key, expected, ...(found === undefined ? {} : { found }) },
  });
}

/** The same error with another hint, and more to its message. */
export function withHint(error: DatacookError, hint: string, more = ''): DatacookError {
  return new DatacookError(error.code, `${error.message}${more}`, {
    hint,
    retry: error.retry,
    details: error.details,
    cause: error.cause ?? error,
  });
}
