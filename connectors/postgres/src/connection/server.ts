import { DatacookError } from '@datacook/core';
import type { Use } from '../error-meanings.js';
import { connect } from './connect.js';
import type { ConnectionConfig } from './connection-config.js';
import type { Session } from './session.js';
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

const FACTS = `select pg_catalog.current_setting('server_version_num'), pg_catalog.pg_is_in_recovery()::text,
  current_user::text, pg_catalog.pg_has_role(current_user, 'pg_read_all_stats', 'usage')::text,
  pg_catalog.has_table_privilege('pg_catalog.pg_stats', 'select')::text`;

/** How sessions are made. */
export interface ServerOptions {
  readonly connection: ConnectionConfig;
  /** SQL that each session begins with. */
  readonly settings: string;
  readonly use: Use;
  readonly warn: (text: string) => void;
  readonly signal: AbortSignal;
}

/** A server: makes sessions that are ready for use. */
export class Server {
  readonly #options: ServerOptions;
  #settings: Promise<ConnectionSettings> | undefined;
  #facts: Facts | undefined;

  constructor(options: ServerOptions) {
    this.#options = options;
  }

  /** Known once a session is there. */
  get facts(): Facts {
    if (this.#facts === undefined) throw new DatacookError('INTERNAL', 'No session was opened yet.');
    return this.#facts;
  }

  /**
   * Connects, and fixes the session's settings. `name` is the session's, if not what the configuration says. Throws
   * CONNECTION, AUTH, NOT_FOUND, UNSUPPORTED, CANCELLED.
   */
  async connect(name?: string): Promise<Session> {
    const { connection, settings, use, warn, signal } = this.#options;
    this.#settings ??= connectionSettings(connection, warn);
    const known = await this.#settings;
    const named = name === undefined ? known : { ...known, applicationName: name };
    const session = await connect(named, signal, use);
    try {
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
      hint: 'PostgreSQL 11 is the oldest that is supported.',
    });
  return {
    version: Number(version),
    isStandby: isStandby === 'true',
    role: role!,
    seesSessions: seesSessions === 'true',
    seesStatistics: seesStatistics === 'true',
  };
}
