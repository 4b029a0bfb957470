import { DatacookError, isDatacookError } from '@datacook/core';
import { quoteIdentifier } from '@datacook/toolkit';
import type { Session } from '../connection/session.js';
import { createSchema, isRace } from './create-schema.js';
import { bumpHead, checkFormat, HEADS_COLUMNS, type HeadRow, headsExist } from './heads.js';
import type { TableName } from './names.js';
import { describeSession, type Ended, endSessions, lockHolders, signalGrant } from './sessions.js';
import { transaction } from './transaction.js';
import { sqlState, withHint } from './write-errors.js';

/** Whoever holds a head's row writes it and commits at once: one that takes longer has stopped. */
const LONGEST_WAIT_MS = 3_000;
const MOST_TRIES = 10;

export interface ClaimOptions {
  /** Bears the key's name, and no version. */
  readonly session: Session;
  readonly heads: TableName;
  readonly target: TableName;
  readonly key: string;
  readonly owner: string;
  readonly role: string;
  /** 0: no limit. */
  readonly lockMs: number;
  readonly log: (level: 'info' | 'warn', text: string) => void;
}

/**
 * Adds 1 to the head's version, and makes the head, its table and its schema if they aren't there. Then no session
 * of an older holder is left, nor a lock of theirs, as far as this role may end them.
 */
export async function claimHead(options: ClaimOptions): Promise<HeadRow> {
  const { session, heads, key } = options;
  await createHeads(session, heads, options.role);
  const row = await bump(options);
  tell(options, await endSessions(session, key, row.version));
  return row;
}

async function createHeads(session: Session, heads: TableName, role: string): Promise<void> {
  for (let tries = 1; !(await headsExist(session, heads)); tries++) {
    try {
      await createSchema(session, heads.schema, role);
      await session.run(`create table ${heads.sql} (${HEADS_COLUMNS})`, { action: `create ${heads.sql}` });
      return;
    } catch (error) {
      if (isRace(error) && tries < MOST_TRIES) continue;
      if (sqlState(error) !== '42501' || !isDatacookError(error)) throw error;
      const grant = `grant create on schema ${quoteIdentifier(heads.schema)} to ${quoteIdentifier(role)}`;
      const hint = error.message.includes(heads.sql)
        ? `datacook keeps there how far a load has come. Let the role make tables: ${grant}. Or set internal_schema to a schema of its own.`
        : `${error.hint ?? ''} Or set internal_schema to a schema that is there.`;
      throw withHint(error, hint);
    }
  }
}

async function bump(options: ClaimOptions): Promise<HeadRow> {
  const { session, heads, target, key, owner, lockMs } = options;
  const waitMs = lockMs === 0 ? LONGEST_WAIT_MS : Math.min(lockMs, LONGEST_WAIT_MS);
  const until = Date.now() + lockMs;
  for (;;) {
    try {
      return await transaction(session, `claim ${key}`, async () => {
        await session.run(`set local lock_timeout = ${waitMs}`, { action: `claim ${key}` });
        await checkFormat(session, heads);
        return bumpHead(session, heads, key, owner, target);
      });
    } catch (error) {
      if (sqlState(error) !== '55P03') throw error;
      const ended = await endSessions(session, key, 'all');
      tell(options, ended);
      if (ended.ended.length > 0 || lockMs === 0 || Date.now() < until) continue;
      throw busy(key, await lockHolders(session, [heads]), error);
    }
  }
}

function busy(key: string, holders: string, cause: unknown): DatacookError {
  return new DatacookError(
    'CONNECTION',
    `The head of ${key} is locked${holders === '' ? '' : `. Who has locks there: ${holders}`}.`,
    {
      hint: 'It is held only while a commit is written. End that session (select pg_terminate_backend(…)); the run tries again.',
      retry: true,
      cause,
    },
  );
}

function tell({ key, role, log }: ClaimOptions, { ended, left }: Ended): void {
  if (ended.length > 0)
    log('info', `${key}: sessions of an earlier run were ended: ${ended.map(describeSession).join('; ')}`);
  if (left.length > 0)
    log(
      'warn',
      `${key}: sessions of an earlier run can't be ended by the role ${role}: ${left.map(describeSession).join('; ')}. They can't commit any more, but may hold locks. ${signalGrant(role)} lets it.`,
    );
}
