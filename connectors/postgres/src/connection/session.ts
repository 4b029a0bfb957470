import type { DatacookError } from '@datacook/core';
import type { Client, CustomTypesConfig, FieldDef } from 'pg';
import { requestCancel } from '../copy/cancel-request.js';
import type { Use } from '../error-meanings.js';
import { type ErrorPlace, isServerError, postgresError } from '../errors.js';
import { internals } from './internals.js';

/** Values as the server writes them; NULL is null. */
export type Row = readonly (string | null)[];

/** What one statement brought. */
export interface Result {
  /** The first word of the server's answer, as ROLLBACK to the COMMIT of a transaction that had failed. */
  readonly command: string;
  readonly fields: readonly FieldDef[];
  readonly rows: readonly Row[];
}

type Place = Omit<ErrorPlace, 'signal' | 'use'>;

const RAW = { getTypeParser: () => (value: unknown) => value } as unknown as CustomTypesConfig;
/** What a server that doesn't answer may take of the end. */
const END_MS = 2_000;

/**
 * One connection to the server. Statements run one at a time. When the signal is aborted, what runs is cancelled on
 * the server, and the connection is closed.
 */
export class Session {
  readonly client: Client;
  readonly #signal: AbortSignal;
  readonly #use: Use;
  #failure: Error | undefined;
  #running = 0;
  #closed: Promise<void> | undefined;

  constructor(client: Client, signal: AbortSignal, use: Use) {
    this.client = client;
    this.#use = use;
    this.#signal = signal;
    client.on('error', (error) => {
      this.#failure ??= error;
    });
    signal.addEventListener('abort', this.#abort);
  }

  /** Why nothing more can be asked of it. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** It was closed, by us or by the server, or the connection is lost. */
  get isClosed(): boolean {
    return (
      this.#closed !== undefined ||
      this.#failure !== undefined ||
      internals(this.client).connection.stream.destroyed
    );
  }

  /** Runs statements without parameters, `;` between them, in one round trip: a result for each. */
  async run(sql: string, place: Place): Promise<readonly Result[]> {
    return this.#ask(place, async () => {
      const results: unknown = await this.client.query({ text: sql, rowMode: 'array', types: RAW });
      return (Array.isArray(results) ? results : [results]) as Result[];
    });
  }

  /** Runs one statement: `values` are its parameters. More than one statement is refused by the server. */
  async query(sql: string, values: unknown[], place: Place): Promise<Result> {
    return this.#ask(place, async () => {
      const query = { text: sql, values, rowMode: 'array' as const, types: RAW, queryMode: 'extended' };
      return (await this.client.query(query)) as unknown as Result;
    });
  }

  get isBusy(): boolean {
    return this.#running > 0;
  }

  /** Something runs on the client that isn't a statement of `run` or `query`. To be told when it has ended. */
  begin(): () => void {
    this.#running += 1;
    return () => {
      this.#running -= 1;
    };
  }

  /** What an error of this session means. */
  explain(error: unknown, place: Place): DatacookError {
    // What ended the connection tells more than that it has ended.
    const cause = isServerError(error) || this.#failure === undefined ? error : this.#failure;
    return postgresError(cause, { ...place, signal: this.#signal, use: this.#use });
  }

  /** Frees the connection, also of a server that doesn't answer. What runs is cancelled. Never fails. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#abort);
    const { stream } = internals(this.client).connection;
    if (this.isBusy) {
      // The server notices that nobody listens any more only when it has something to say.
      const cancelled = requestCancel(this.client, AbortSignal.timeout(END_MS)).catch(() => undefined);
      stream.destroy();
      await cancelled;
      return;
    }
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, END_MS);
    });
    await Promise.race([this.client.end().catch(() => undefined), late]);
    clearTimeout(timer);
    stream.destroy();
  }

  async #ask<T>(place: Place, statement: () => Promise<T>): Promise<T> {
    const end = this.begin();
    try {
      return await statement();
    } catch (error) {
      throw this.explain(error, place);
    } finally {
      end();
    }
  }

  readonly #abort = (): void => void this.close();
}
