import { isDatacookError } from '@datacook/core';
import type { Session } from '../connection/session.js';
import type { TableName } from './names.js';
import { lockHolders } from './sessions.js';
import { sqlState, withHint } from './write-errors.js';

/**
 * An error, and where it is a lock that wasn't to be had, with who has locks there. To be called outside a transaction;
 * a session that fails tells nothing more.
 */
export async function withHolders(
  error: unknown,
  session: Session,
  tables: readonly TableName[],
): Promise<unknown> {
  if (sqlState(error) !== '55P03' || !isDatacookError(error)) return error;
  try {
    const holders = await lockHolders(session, tables);
    if (holders === '') return error;
    return withHint(
      error,
      `${error.hint ?? ''} The run tries again; select pg_terminate_backend(…) ends a session that has stopped.`.trim(),
      ` Who has locks there: ${holders}.`,
    );
  } catch {
    return error;
  }
}
