import { DatacookError } from '@datacook/core';
import { parseDurationMs } from '@datacook/toolkit';
import type { PostgresConfig } from '../config.js';
import { connect } from './connect.js';
import type { Session } from './session.js';
import { sessionSettings } from './session-settings.js';
import { type ConnectionSettings, connectionSettings } from './settings.js';

/** What is to be known of a server, and of who we are there. */
export interface Facts {
  /** As 180004 for 18.4. */
  readonly version: number;
  readonly isStandby: boolean;
  readonly role: string;
  /** The role sees what other sessions do. */
  readonly seesSessions: boolean;
  readonly seesStatistics: boolean;
}

/** Older servers lack what the catalog is asked for. */
const LEAST_VERSION = 110_000;
const IDLE_TIMEOUT = '1h';

const FACTS = `select pg_catalog.current_setting('server_version_num'), pg_catalog.pg_is_in_recovery()::text,
  current_user::text, pg_catalog.pg_has_role(current_user, 'pg_read_all_stats', 'usage')::text,
  pg_catalog.has_table_privilege('pg_catalog.pg_stats', 'select')::text`;

/** The server of a source: makes sessions that are ready to read. */
export class Server {
  readonly #config: PostgresConfig;
  readonly #warn: (text: string) => void;
  readonly #signal: AbortSignal;
  #settings: Promise<ConnectionSettings> | undefined;
  #facts: Facts | undefined;

  constructor(config: PostgresConfig, warn: (text: string) => void, signal: AbortSignal) {
    this.#config = config;
    this.#warn = warn;
    this.#signal = signal;
  }

  /** Known once a session is there. */
  get facts(): Facts {
    if (this.#facts === undefined) throw new DatacookError('INTERNAL', 'No session was opened yet.');
    return this.#facts;
  }

  /** Connects, and fixes the session's settings. Throws CONNECTION, AUTH, NOT_FOUND, UNSUPPORTED, CANCELLED. */
  async connect(): Promise<Session> {
    this.#settings ??= connectionSettings(this.#config, this.#warn);
    const session = await connect(await this.#settings, this.#signal);
    try {
      const { statement_timeout, lock_timeout } = this.#config;
      const settings = sessionSettings({
        lockMs: parseDurationMs(lock_timeout),
        idleMs: parseDurationMs(IDLE_TIMEOUT),
        ...(statement_timeout === undefined ? {} : { statementMs: parseDurationMs(statement_timeout) }),
      });
      const ask = this.#facts === undefined ? `; ${FACTS}` : '';
      const results = await session.run(`${settings}${ask}`, { action: 'begin a session' });
      this.#facts ??= factsOf(results.at(-1)!.rows[0] as readonly string[]);
      return session;
    } catch (error) {
      await session.close();
      throw error;
    }
  }
}

function factsOf(row: readonly string[]): Facts {
  const [version, isStandby, role, seesSessions, seesStatistics] = row;
  if (Number(version) < LEAST_VERSION)
    throw new DatacookError('UNSUPPORTED', `This is a Postgres of version number ${version}.`, {
      hint: 'PostgreSQL 11 is the oldest that can be read.',
    });
  return {
    version: Number(version),
    isStandby: isStandby === 'true',
    role: role!,
    seesSessions: seesSessions === 'true',
    seesStatistics: seesStatistics === 'true',
  };
}
