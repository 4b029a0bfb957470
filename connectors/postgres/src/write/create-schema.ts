import { isDatacookError } from '@datacook/core';
import { quoteIdentifier } from '@datacook/toolkit';
import type { Session } from '../connection/session.js';
import { sqlState, withHint } from './write-errors.js';

/** Makes a schema if it isn't there. (IF NOT EXISTS would want the right to make it even where it is.) */
export async function createSchema(session: Session, name: string, role: string): Promise<void> {
  const action = `create the schema ${name}`;
  const { rows } = await session.query(
    'select pg_catalog.current_database()::text, exists (select from pg_catalog.pg_namespace where nspname = $1)::text',
    [name],
    { action },
  );
  const [database, exists] = rows[0] as string[];
  if (exists === 'true') return;
  try {
    await session.run(`create schema ${quoteIdentifier(name)}`, { action });
  } catch (error) {
    if (sqlState(error) !== '42501' || !isDatacookError(error)) throw error;
    throw withHint(
      error,
      `Create it for the role, or let the role: grant create on database ${quoteIdentifier(database!)} to ${quoteIdentifier(role)}.`,
    );
  }
}

/** Whether somebody else has made the same schema or table at the same moment: it is there on the next try. */
export function isRace(error: unknown): boolean {
  const state = sqlState(error);
  if (state === '42P06' || state === '42P07' || state === '42710') return true;
  // Two that look before either has committed meet in the catalog's own indexes.
  if (state === '23505') return (error as Error).message.includes('pg_');
  return state === 'XX000' && (error as Error).message.includes('concurrently updated');
}
