import type { Client, QueryResult } from 'pg';
import type { Address } from '../address.js';
import { LostConnection } from '../state-table.js';
import { connect, describe } from './connect.js';
import { type ErrorPlace, serverCode, statementError } from './postgres-error.js';

/** How long to wait, in milliseconds. */
export interface Timeouts {
  readonly connectMs: number;
  readonly statementMs: number;
  readonly lockMs: number;
}

/** A connection that nobody uses is closed after this time. */
const IDLE_MS = 30_000;
/** What the network may take beyond the server's own timeout. */
const GRACE_MS = 5_000;
/** The server ends the session with these: 57P01 to 57P05, and class 08. */
const ENDS_SESSION = /^(?:57P0|08)/;

type Row = { readonly [column: string]: unknown };

/** One connection, made when it is needed. Statements run one after another. Idle, it keeps no process alive. */
export class PostgresConnection {
  /** Host, port and database. */
  readonly address: string;
  /** Who we are; undefined: never connected. */
  user: string | undefined;
  readonly #address: Address;
  readonly #timeouts: Timeouts;
  #client: Client | undefined;
  #idle: NodeJS.Timeout | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(address: Address, timeouts: Timeouts) {
    this.#address = address;
    this.#timeouts = timeouts;
    this.address = describe(address);
  }

  /**
   * Runs one statement, in a transaction of its own that is durable when it returns. Gives its rows and how many it
   * concerned. Throws `LostConnection` if the connection was lost meanwhile; what the server refuses as what it means,
   * with `sqlstate` in the details.
   */
  run(sql: string, place: ErrorPlace): Promise<{ readonly rows: readonly Row[]; readonly count: number }> {
    const result = this.#last.then(() => this.#run(sql, place));
    this.#last = result.catch(() => undefined);
    return result;
  }

  async #run(sql: string, place: ErrorPlace) {
    const client = await this.#connected();
    holdProcess(client).ref();
    const { statementMs } = this.#timeouts;
    // A server that has vanished says nothing: then the socket is cut.
    const late = statementMs === 0 ? undefined : setTimeout(() => this.#drop(client), statementMs + GRACE_MS);
    try {
      // Several statements in one message are one transaction.
      const results: unknown = await client.query(`${this.#settings()}; ${sql}`);
      const result = (results as QueryResult<Row>[]).at(-1)!;
      return { rows: result.rows, count: result.rowCount ?? 0 };
    } catch (error) {
      const state = serverCode(error);
      if (state !== undefined && !ENDS_SESSION.test(state)) throw statementError(error, place);
      this.#drop(client);
      throw new LostConnection(
        `The state in ${place.place} ${place.failure}: the connection to the database was lost (${(error as Error).message})`,
        { hint: 'Look at the server and its log.', cause: error },
      );
    } finally {
      clearTimeout(late);
      if (this.#client === client) this.#rest(client);
    }
  }

  async #connected(): Promise<Client> {
    clearTimeout(this.#idle);
    if (this.#client !== undefined) return this.#client;
    const client = await connect(this.#address, this.#timeouts.connectMs);
    client.on('error', () => this.#drop(client));
    client.on('end', () => this.#drop(client));
    this.user = client.user;
    this.#client = client;
    return client;
  }

  #rest(client: Client): void {
    holdProcess(client).unref();
    this.#idle = setTimeout(() => this.#drop(client), IDLE_MS).unref();
  }

  #drop(client: Client): void {
    if (this.#client === client) {
      this.#client = undefined;
      clearTimeout(this.#idle);
    }
    void client.end().catch(() => undefined);
  }

  /** For the transaction alone, so that it holds behind a pooler too. A synchronous_commit above `on` stays. */
  #settings(): string {
    const { statementMs, lockMs } = this.#timeouts;
    return `select set_config('statement_timeout', '${statementMs}', true),
      set_config('lock_timeout', '${lockMs}', true),
      set_config('synchronous_commit', case when current_setting('synchronous_commit') in ('off', 'local')
        then 'on' else current_setting('synchronous_commit') end, true)`;
  }
}

/** Whether the connection keeps the process alive; the driver's types lack it. */
function holdProcess(client: Client): { ref(): void; unref(): void } {
  return client as unknown as { ref(): void; unref(): void };
}
