import { DatacookError, isDatacookError } from '@datacook/core';

/** The head has moved on: another run has claimed it. */
export function conflict(key: string, expected: number, found: number | undefined): DatacookError {
  const now = found === undefined ? '' : ` (version ${found}, not ${expected})`;
  return new DatacookError('CONFLICT', `Another run has taken over ${key}${now}.`, {
    hint: 'Nothing was written by this one. Wait for the other run to end.',
    details: { key, expected, ...(found === undefined ? {} : { found }) },
  });
}

/** Whether DuckDB refused a transaction because of another one, and not we because of the head. */
function isTransactionConflict(error: unknown): error is DatacookError {
  return isDatacookError(error) && error.code === 'CONFLICT' && error.cause !== undefined;
}

/**
 * Runs what ends in a comparison with the head. DuckDB's own conflicts are told apart: with a head that has moved on
 * it is CONFLICT; else another run of this process wrote the same table, and to try again is right.
 *
 * @param version Reads the head's version, outside the transaction that failed.
 */
export async function fenced<T>(
  key: string,
  expected: number,
  version: () => Promise<number>,
  action: () => Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!isTransactionConflict(error)) throw error;
    const found = await version();
    if (found !== expected) throw conflict(key, expected, found);
    throw new DatacookError('CONNECTION', `Another run of this process got in the way: ${error.message}`, {
      hint: 'Nothing was written by this attempt. If it happens again and again, let the runs follow one another.',
      retry: true,
      cause: error,
    });
  }
}
