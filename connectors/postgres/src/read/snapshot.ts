import { DatacookError } from '@datacook/core';
import { quoteLiteral } from '@datacook/toolkit';
import type { Relation } from '../catalog/relation.js';
import type { Session } from '../connection/session.js';
import { Turn } from './turn.js';

export interface SnapshotOptions {
  /** The session that opened the transaction, and has fixed the snapshot. */
  readonly coordinator: Session;
  readonly begin: string;
  /** Connections at once, at most. */
  readonly maxConnections: number;
  /** Another connection, ready for `begin`. */
  readonly connect: () => Promise<Session>;
  readonly warn: (text: string) => void;
}

const SAVEPOINT = 'datacook_read';
const PING_MS = 60_000;

/**
 * How the transaction begins that a load is read in. Nobody may rewrite the table from then on: TRUNCATE and some
 * ALTER TABLE leave nothing, or something else, for a snapshot that is older.
 */
export function beginSql(relation: Relation | undefined): string {
  const begin = 'begin isolation level repeatable read read only';
  return isLockable(relation) ? `${begin}; lock table ${relation.sql} in access share mode` : begin;
}

function isLockable(relation: Relation | undefined): relation is Relation {
  return relation?.isReadable === true && /^(?:partitioned )?table$/.test(relation.kind);
}

/**
 * The sessions that read in one snapshot: the coordinator, which holds it, and others that import it when they are
 * wanted. Who finds all of them taken waits for his turn.
 */
export class Snapshot {
  readonly #options: SnapshotOptions;
  readonly #all = new Set<Session>();
  readonly #idle: Session[] = [];
  readonly #waiting: Turn[] = [];
  /** Who reads, and whether his reader is waited for: nothing is asked of him. */
  readonly #reading = new Map<Session, boolean>();
  readonly #ping: NodeJS.Timeout;
  #exported: Promise<string> | undefined;
  #most: number;
  #opening = 0;
  /** The server has refused a connection for want of room. */
  #isShort = false;

  constructor(options: SnapshotOptions) {
    this.#options = options;
    this.#most = options.maxConnections;
    this.#all.add(options.coordinator);
    this.#idle.push(options.coordinator);
    // A firewall or the server may end a session that is silent for long.
    this.#ping = setInterval(() => this.#pingIdle(), PING_MS);
    this.#ping.unref();
  }

  /** A place in the queue for a session. */
  request(): Turn {
    const turn = new Turn({
      leave: () => {
        const at = this.#waiting.indexOf(turn);
        if (at >= 0) this.#waiting.splice(at, 1);
      },
      isStalled: () => this.#isStalled,
    });
    this.#waiting.push(turn);
    this.#serve();
    return turn;
  }

  /** To be called before a reader hands on what it has read, and with false when it is asked for more. */
  pause(session: Session, isPaused: boolean): void {
    if (!this.#reading.has(session)) return;
    this.#reading.set(session, isPaused);
    if (isPaused) this.#tellStall();
  }

  /** Gives a session back. One that was left in the middle of a statement is made fit to read on, or given up. */
  async release(session: Session, isClean: boolean): Promise<void> {
    if (!isClean && session.failure === undefined) {
      await session
        .run(`rollback to savepoint ${SAVEPOINT}`, { action: 'go back to the snapshot' })
        .catch(() => this.#giveUp(session));
    }
    this.#reading.delete(session);
    if (session.failure !== undefined) this.#giveUp(session);
    if (this.#all.has(session)) this.#idle.push(session);
    this.#serve();
    this.#tellStall();
  }

  /** Ends all sessions. Never fails. */
  async close(): Promise<void> {
    clearInterval(this.#ping);
    for (const turn of this.#waiting.splice(0)) turn.fail(closed());
    const sessions = [...this.#all];
    this.#all.clear();
    await Promise.all(sessions.map((session) => session.close()));
  }

  get #isStalled(): boolean {
    return (
      this.#opening === 0 && this.#reading.size > 0 && [...this.#reading.values()].every((paused) => paused)
    );
  }

  #tellStall(): void {
    if (!this.#isStalled) return;
    for (const turn of this.#waiting) turn.stalled();
  }

  #serve(): void {
    while (this.#waiting.length > 0) {
      const session = this.#idle.pop();
      if (session !== undefined) {
        this.#hand(session);
      } else if (this.#all.size + this.#opening < this.#most && this.#opening < this.#waiting.length) {
        this.#opening += 1;
        void this.#open();
      } else {
        return;
      }
    }
  }

  #hand(session: Session): void {
    const turn = this.#waiting.shift()!;
    this.#reading.set(session, !turn.isAwaited);
    const { coordinator } = this.#options;
    if (session !== coordinator) {
      turn.give(session);
      return;
    }
    this.#export().then(
      () => turn.give(session),
      (error: unknown) => {
        this.#reading.delete(session);
        this.#idle.push(session);
        turn.fail(error);
      },
    );
  }

  async #open(): Promise<void> {
    try {
      const session = await this.#import();
      this.#all.add(session);
      this.#idle.push(session);
    } catch (error) {
      const { sqlstate } = error instanceof DatacookError ? error.details : {};
      const others = this.#all.size + this.#opening - 1;
      // Fewer at once will do.
      if (sqlstate === '53300' && others > 0) {
        this.#most = others;
        this.#isShort = true;
      } else {
        this.#waiting.shift()?.fail(error);
      }
    } finally {
      this.#opening -= 1;
      if (this.#isShort && this.#opening === 0) {
        this.#isShort = false;
        this.#options.warn(`the server has no room for more than ${this.#most} of our connections`);
      }
      this.#serve();
      this.#tellStall();
    }
  }

  async #import(): Promise<Session> {
    const { connect, begin } = this.#options;
    const name = await this.#export();
    const session = await connect();
    try {
      // The lock comes first: until the snapshot is imported, the coordinator's own lock is held as well.
      await session.run(`${begin}; set transaction snapshot ${quoteLiteral(name)}; savepoint ${SAVEPOINT}`, {
        action: 'share the snapshot',
      });
      return session;
    } catch (error) {
      await session.close();
      throw this.#options.coordinator.failure === undefined ? error : lost(error);
    }
  }

  /** Exports the snapshot, once; no savepoint may be before it. */
  #export(): Promise<string> {
    this.#exported ??= this.#options.coordinator
      .run(`select pg_catalog.pg_export_snapshot(); savepoint ${SAVEPOINT}`, {
        action: 'export the snapshot',
      })
      .then(([result]) => result!.rows[0]![0]!);
    return this.#exported;
  }

  #giveUp(session: Session): void {
    this.#all.delete(session);
    void session.close();
    // Nobody else can join the snapshot without its coordinator.
    if (session === this.#options.coordinator) this.#most = 0;
    if (this.#most > 0 || this.#all.size > 0 || this.#opening > 0) return;
    for (const turn of this.#waiting.splice(0)) turn.fail(lost(session.failure));
  }

  #pingIdle(): void {
    for (const session of this.#idle) {
      if (!session.isBusy) session.run('select 1', { action: 'keep the snapshot' }).catch(() => undefined);
    }
  }
}

function lost(cause: unknown): DatacookError {
  return new DatacookError('CONNECTION', 'The session that holds the snapshot has ended.', {
    hint: 'The run tries again; if it goes on, look for what ends sessions: the server, a proxy, a timeout.',
    retry: true,
    cause,
  });
}

function closed(): DatacookError {
  return new DatacookError('CANCELLED', 'The source was closed.');
}

/**
 * For a table that couldn't be locked before its snapshot (of some columns only it may be read): takes the lock by
 * reading nothing, and throws CONNECTION, to be tried again, if the table was rewritten in between.
 */
export async function checkNotRewritten(session: Session, relation: Relation): Promise<void> {
  if (relation.kind !== 'table' || relation.isReadable) return;
  const [, files] = await session.run(
    `select 1 from ${relation.sql} limit 0;
     select (pg_catalog.pg_relation_filenode(c.oid) = c.relfilenode)::text
     from pg_catalog.pg_class c where c.oid = ${relation.oid}`,
    { action: `read ${relation.schema}.${relation.name}` },
  );
  if (files?.rows[0]?.[0] === 'true') return;
  throw new DatacookError(
    'CONNECTION',
    `${relation.schema}.${relation.name} was rewritten while its snapshot was taken.`,
    { hint: 'The run tries again.', retry: true },
  );
}
