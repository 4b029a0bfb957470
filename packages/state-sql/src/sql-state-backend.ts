import { DatacookError, type Json, type StateBackend, type Versioned } from '@datacook/core';
import { nextStateVersion, parseDurationMs, stateText } from '@datacook/toolkit';
import { parseAddress } from './address.js';
import { FORMAT } from './format.js';
import { PostgresConnection } from './postgres/postgres-connection.js';
import { PostgresTable } from './postgres/postgres-table.js';
import { LostConnection, type StateTable } from './state-table.js';
import { keyToStored, prefixToStored, storedToKey } from './stored-key.js';

/** Where in the database the records lie, and how long to wait. Durations are as `'30s'`, or numbers of seconds. */
export interface SqlStateOptions {
  /** Default: the first schema of the search path. */
  readonly schema?: string;
  /** Default `_datacook_state`. */
  readonly table?: string;
  /** Default 10 s. */
  readonly connectTimeout?: string | number;
  /** Default 30 s. */
  readonly statementTimeout?: string | number;
  /** Default 10 s. */
  readonly lockTimeout?: string | number;
}

/** How often something is tried whose connection is lost: an idle one that is gone, one that breaks, a new one. */
const ATTEMPTS = 3;

/**
 * State in a table of a database, one row a key. Compare-and-set holds among all that use the table. There is one
 * connection, made when it is first needed and again when it was lost; idle, it keeps no process alive, and is closed
 * after half a minute.
 *
 * All methods throw CONNECTION if the database can't be reached or doesn't answer, AUTH if it refuses us, DATA (naming
 * key and table, and touching nothing) for a record that is spoiled or that a later datacook wrote.
 */
export class SqlStateBackend implements StateBackend {
  readonly #table: StateTable;

  /**
   * @param url `postgres://user:password@host:5432/database`. Needs the package `pg`.
   * @throws CONFIG if the URL or a duration can't be read.
   */
  constructor(url: string, options: SqlStateOptions = {}) {
    const { schema, table = '_datacook_state' } = options;
    const connection = new PostgresConnection(parseAddress(url), {
      connectMs: parseDurationMs(options.connectTimeout ?? '10s'),
      statementMs: parseDurationMs(options.statementTimeout ?? '30s'),
      lockMs: parseDurationMs(options.lockTimeout ?? '10s'),
    });
    this.#table = new PostgresTable(connection, schema, table);
  }

  async load(key: string): Promise<Versioned | undefined> {
    return this.#persist(() => this.#read(key));
  }

  async save(key: string, value: Json, expected: string | undefined): Promise<string> {
    const text = stateText(value);
    const stored = keyToStored(key);
    // An answer that was lost may have been a yes: then the record is at a version that was made here.
    const own = new Set<string>();
    return this.#persist(async () => {
      const before = await this.#read(key);
      if (before !== undefined && own.has(before.version)) return before.version;
      if (before?.version !== expected) throw this.#conflict(key, expected, before?.version);
      const version = nextStateVersion(expected);
      own.add(version);
      const isSaved =
        expected === undefined
          ? await this.#table.insert(stored, text, version)
          : await this.#table.update(stored, text, version, expected);
      if (isSaved) return version;
      const found = await this.#read(key);
      if (found !== undefined && own.has(found.version)) return found.version;
      throw this.#conflict(key, expected, found?.version);
    });
  }

  async delete(key: string, expected: string): Promise<void> {
    const stored = keyToStored(key);
    let attempts = 0;
    await this.#persist(async () => {
      const before = await this.#read(key);
      // It was there when the answer was lost, and only who knew its version could delete it.
      if (before === undefined && attempts > 0) return;
      if (before?.version !== expected) throw this.#conflict(key, expected, before?.version);
      attempts += 1;
      if (await this.#table.remove(stored, expected)) return;
      const found = await this.#read(key);
      if (found === undefined && attempts > 1) return;
      throw this.#conflict(key, expected, found?.version);
    });
  }

  async *list(prefix: string): AsyncIterable<string> {
    const stored = await this.#persist(() => this.#table.keys(prefixToStored(prefix)));
    for (const text of stored) {
      const key = storedToKey(text);
      if (key.startsWith(prefix)) yield key;
    }
  }

  async #persist<T>(action: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await action();
      } catch (error) {
        if (!(error instanceof LostConnection) || attempt === ATTEMPTS) throw error;
      }
    }
  }

  async #read(key: string): Promise<Versioned | undefined> {
    const record = await this.#table.read(keyToStored(key));
    if (record === undefined) return undefined;
    const { format, value, version } = record;
    if (typeof format === 'number' && format > FORMAT) {
      throw this.#unreadable(key, `its format is ${format}, and this datacook knows ${FORMAT}`, {
        hint: 'A later datacook wrote it. Upgrade datacook here; nothing was touched.',
      });
    }
    if (format !== FORMAT) throw this.#unreadable(key, `its format is ${format}`);
    if (!version) throw this.#unreadable(key, 'it has no version');
    if (value === null) throw this.#unreadable(key, 'it has no value');
    try {
      return { value: JSON.parse(value) as Json, version };
    } catch (error) {
      throw this.#unreadable(key, `its value is no JSON: ${value === '' ? 'it is empty' : 'it is torn'}`, {
        cause: error,
      });
    }
  }

  #unreadable(key: string, why: string, options: { hint?: string; cause?: unknown } = {}): DatacookError {
    const { place } = this.#table;
    return new DatacookError('DATA', `The state ${JSON.stringify(key)} in ${place} can't be read: ${why}`, {
      hint: 'Something else has changed that row. Nothing was touched. Restore it, or delete it: the next run goes by the destination’s own record.',
      details: { key, table: place },
      ...options,
    });
  }

  #conflict(key: string, expected: string | undefined, found: string | undefined): DatacookError {
    const { place } = this.#table;
    const was = expected === undefined ? 'not to exist' : `to be at version ${expected}`;
    const is = found === undefined ? 'does not exist' : `is at version ${found}`;
    return new DatacookError(
      'CONFLICT',
      `The state ${JSON.stringify(key)} in ${place} ${is}; it was expected ${was}`,
      {
        hint: 'Another run has changed it. Look at it with `datacook show-state`, then run again.',
        details: { key, table: place, expected: expected ?? null, found: found ?? null },
      },
    );
  }
}
