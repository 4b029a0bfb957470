import { DatacookError } from '@datacook/core';
import type { Session } from '../connection/session.js';

const BEGIN = 'begin isolation level read committed read write';
/** Sees the catalog and all tables as they were at one moment. */
const BEGIN_READING = 'begin isolation level repeatable read read only';

/** Runs a transaction. What the action throws undoes it. */
export function transaction<T>(session: Session, doing: string, action: () => Promise<T>): Promise<T> {
  return run(session, BEGIN, doing, action);
}

/** The same, for what only reads, and wants to see one moment. */
export function readTransaction<T>(session: Session, doing: string, action: () => Promise<T>): Promise<T> {
  return run(session, BEGIN_READING, doing, action);
}

async function run<T>(session: Session, begin: string, doing: string, action: () => Promise<T>): Promise<T> {
  await session.run(begin, { action: doing });
  let result: T;
  try {
    result = await action();
  } catch (error) {
    await rollBack(session);
    throw error;
  }
  await commitTransaction(session, doing);
  return result;
}

/** Begins what only reads, and sees one moment. Whoever ends the session ends it. */
export async function beginReading(session: Session, doing: string): Promise<void> {
  await session.run(BEGIN_READING, { action: doing });
}

export async function beginTransaction(session: Session, doing: string): Promise<void> {
  await session.run(BEGIN, { action: doing });
}

/** Throws what kept the server from it. If the connection is lost meanwhile, nobody knows whether it was done. */
export async function commitTransaction(session: Session, doing: string): Promise<void> {
  const [result] = await session.run('commit', { action: doing });
  if (result?.command === 'COMMIT') return;
  throw new DatacookError('INTERNAL', `Postgres did not commit: ${doing}.`, {
    hint: 'Nothing was written. This is a defect: report it.',
  });
}

/** Never fails: a session that can't do even that is closed, which undoes its transaction as well. */
export async function rollBack(session: Session): Promise<void> {
  try {
    await session.run('rollback', { action: 'roll back' });
  } catch {
    await session.close();
  }
}
