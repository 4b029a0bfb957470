import { quoteIdentifier, sha256, sleep } from '@datacook/toolkit';
import type { Session } from '../connection/session.js';
import type { TableName } from './names.js';
import { sqlState } from './write-errors.js';

/** How long a session that was told to end is waited for. */
const END_MS = 5_000;
const LOOK_MS = 50;

/** What a session is for: it bears the head's version that its run holds, or says why it has none. */
export type SessionLabel = number | 'claim' | 'look';

const prefix = (key: string) => `dc:${sha256(key).slice(0, 16)}:`;

/** The name by which `claim` finds the sessions of a head: `dc:<hash of its key>:<version>`. */
export function sessionName(key: string, label: SessionLabel): string {
  return `${prefix(key)}${label}`;
}

/** Another session, as far as this role may see it. */
export interface OtherSession {
  readonly pid: string;
  readonly role: string;
  readonly name: string;
  readonly state: string;
}

const OF_KEY = `select pid::text, usename::text, application_name, state from pg_catalog.pg_stat_activity
where datname = pg_catalog.current_database() and pid <> pg_catalog.pg_backend_pid()
  and pg_catalog.starts_with(application_name, $1) order by pid`;

/** Numbers of processes are used again, so the name must be the same still. */
const END = `select pg_catalog.pg_terminate_backend(pid)::text from pg_catalog.pg_stat_activity
where pid = $1::int and application_name = $2`;

const HOLDERS = `select distinct a.pid::text, a.usename::text, a.application_name, a.state
from pg_catalog.pg_locks l join pg_catalog.pg_stat_activity a on a.pid = l.pid
where l.locktype = 'relation' and l.granted and l.pid <> pg_catalog.pg_backend_pid()
  and l.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
  and l.relation in (select c.oid from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = $1 and c.relname = $2)
order by 1`;

function toSession([pid, role, name, state]: readonly (string | null)[]): OtherSession {
  return { pid: pid!, role: role ?? '', name: name ?? '', state: state ?? '' };
}

/** Sessions of other runs that were asked to end. */
export interface Ended {
  readonly ended: readonly OtherSession[];
  /** This role may not end them, or they don't end. */
  readonly left: readonly OtherSession[];
}

/**
 * Ends the sessions of a key whose version is less than `below`, or all of them, and waits until they are gone, with
 * their locks.
 */
export async function endSessions(session: Session, key: string, below: number | 'all'): Promise<Ended> {
  const action = `look for sessions of ${key}`;
  const { rows } = await session.query(OF_KEY, [prefix(key)], { action });
  const others = rows.map(toSession).filter(({ name }) => {
    const version = name.slice(prefix(key).length);
    return below === 'all' || (/^\d+$/.test(version) && Number(version) < below);
  });
  const ended: OtherSession[] = [];
  const left: OtherSession[] = [];
  for (const other of others) ((await endOne(session, other)) ? ended : left).push(other);
  return { ended, left };
}

async function endOne(session: Session, other: OtherSession): Promise<boolean> {
  const place = { action: `end the session ${other.pid}` };
  const values = [other.pid, other.name];
  const until = Date.now() + END_MS;
  try {
    // Asked again and again: it tells whether the session is there, and ends one that was busy with its start.
    while ((await session.query(END, values, place)).rows.length > 0) {
      if (Date.now() > until) return false;
      await sleep(LOOK_MS);
    }
    return true;
  } catch (error) {
    if (sqlState(error) === '42501') return false;
    throw error;
  }
}

/** Who has a lock on one of the tables, for a message: empty if nobody has, by now. */
export async function lockHolders(session: Session, tables: readonly TableName[]): Promise<string> {
  const found: OtherSession[] = [];
  for (const { schema, name } of tables) {
    const { rows } = await session.query(HOLDERS, [schema, name], { action: 'look for who holds locks' });
    for (const row of rows) {
      const other = toSession(row);
      if (!found.some(({ pid }) => pid === other.pid)) found.push(other);
    }
  }
  return found.map(describeSession).join('; ');
}

export function describeSession({ pid, role, name, state }: OtherSession): string {
  const facts = [role === '' ? '' : `role ${role}`, name === '' ? '' : name, state].filter(
    (fact) => fact !== '',
  );
  return `session ${pid}${facts.length === 0 ? '' : ` (${facts.join(', ')})`}`;
}

/** What lets a role end sessions of others. */
export function signalGrant(role: string): string {
  return `grant pg_signal_backend to ${quoteIdentifier(role)}`;
}
