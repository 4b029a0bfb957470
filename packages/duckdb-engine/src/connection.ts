import { setTimeout as sleep } from 'node:timers/promises';
import { DatacookError } from '@datacook/core';
import type { Bindings, Connection, DataChunk } from './bindings.js';
import { duckdbError, isFatal } from './errors.js';
import { readText } from './strings.js';

/** A row of a result, by column name. Every value is text, or null. */
export type TextRow = { readonly [column: string]: string | null };

/** A session of a database. Statements run one after another, off the main thread. */
export interface DuckDBConnection {
  /**
   * Runs one statement and returns how many rows it changed. `?` in it stands for the next of `values`.
   *
   * @param doing What it is for, in the message of an error: `create table t`.
   */
  run(sql: string, values?: readonly (string | number | null)[], doing?: string): Promise<number>;
  /** Runs one query whose columns are all VARCHAR (cast what isn't), and returns all its rows. */
  rows(sql: string, values?: readonly (string | number | null)[], doing?: string): Promise<TextRow[]>;
  /** Runs `action` in a transaction: committed when it is done, rolled back when it throws. */
  transaction<T>(action: () => Promise<T>): Promise<T>;
  /** Stops the statement that runs now: it throws CANCELLED. */
  interrupt(): void;
  /**
   * Ends the session; a transaction that is open is rolled back. What runs is stopped first, and throws CANCELLED: the
   * session ends when it has. Can be called twice.
   */
  close(): void;
}

/** What this package's own modules see of a connection. */
export interface OpenConnection extends DuckDBConnection {
  readonly bindings: Bindings;
  readonly handle: Connection;
  /** Called with every error of DuckDB before it is thrown. */
  failed(error: unknown): void;
  /** Runs what uses the handle off the main thread: the session doesn't end before it. Throws INTERNAL once closed. */
  working<T>(doing: string, action: () => Promise<T>): Promise<T>;
  /** `close`, done when the session has ended. */
  end(): Promise<void>;
}

/** Between two interrupts of a session that ends: DuckDB forgets one that comes before a statement has begun. */
const INTERRUPT_EVERY_MS = 10;

/** Makes a connection of the addon's handle. */
export function createConnection(
  bindings: Bindings,
  handle: Connection,
  events: { onFatal(): void; onClose(): void },
): OpenConnection {
  const running = new Set<Promise<unknown>>();
  let ending: Promise<void> | undefined;
  /** A statement that begins while another runs would make an end of that one. */
  let queue: Promise<unknown> = Promise.resolve();

  const failed = (error: unknown) => {
    if (isFatal(error)) events.onFatal();
  };

  async function working<T>(doing: string, action: () => Promise<T>): Promise<T> {
    if (ending !== undefined)
      throw new DatacookError('INTERNAL', `DuckDB could not ${doing}: the connection is closed.`, {
        hint: 'Open another one; this is a defect of who used it: report it.',
      });
    const work = queue.then(action);
    queue = work.catch(() => undefined);
    running.add(work);
    try {
      return await work;
    } finally {
      running.delete(work);
    }
  }

  async function end(): Promise<void> {
    while (running.size > 0) {
      bindings.interrupt(handle);
      await Promise.race([Promise.allSettled(running), sleep(INTERRUPT_EVERY_MS)]);
    }
    bindings.disconnect_sync(handle);
    events.onClose();
  }

  async function execute<T>(
    sql: string,
    values: readonly (string | number | null)[],
    doing: string,
    read: (result: Awaited<ReturnType<Bindings['query']>>) => Promise<T>,
  ): Promise<T> {
    try {
      const statement = await bindings.prepare(handle, sql);
      try {
        values.forEach((value, at) => {
          if (value === null) bindings.bind_null(statement, at + 1);
          else if (typeof value === 'string') bindings.bind_varchar(statement, at + 1, value);
          else if (Number.isInteger(value)) bindings.bind_int64(statement, at + 1, BigInt(value));
          else bindings.bind_double(statement, at + 1, value);
        });
        if (ending !== undefined) throw new DatacookError('CANCELLED', `DuckDB was stopped: ${doing}.`);
        return await read(await bindings.execute_prepared(statement));
      } finally {
        bindings.destroy_prepare_sync(statement);
      }
    } catch (error) {
      failed(error);
      throw duckdbError(error, doing);
    }
  }

  const connection: OpenConnection = {
    bindings,
    handle,
    failed,
    working,
    end: () => {
      ending ??= end();
      return ending;
    },
    run: (sql, values = [], doing = `run ${sql}`) =>
      working(doing, () => execute(sql, values, doing, async (result) => bindings.rows_changed(result))),
    rows: (sql, values = [], doing = `run ${sql}`) =>
      working(doing, () =>
        execute(sql, values, doing, async (result) => {
          const names: string[] = [];
          for (let at = 0; at < bindings.column_count(result); at++) {
            names.push(bindings.column_name(result, at));
            if (bindings.column_type(result, at) !== bindings.Type.VARCHAR)
              throw new TypeError(`column ${names[at]} of a text query is not VARCHAR`);
          }
          const rows: TextRow[] = [];
          for (
            let chunk = await bindings.fetch_chunk(result);
            chunk !== null;
            chunk = await bindings.fetch_chunk(result)
          ) {
            if (bindings.data_chunk_get_size(chunk) === 0) break;
            rows.push(...chunkRows(bindings, chunk, names));
          }
          return rows;
        }),
      ),
    async transaction(action) {
      await connection.run('BEGIN TRANSACTION');
      let result: Awaited<ReturnType<typeof action>>;
      try {
        result = await action();
      } catch (error) {
        // DuckDB may have ended the transaction by itself; what it says to that is of no interest.
        await connection.run('ROLLBACK').catch(() => undefined);
        throw error;
      }
      await connection.run('COMMIT', [], 'commit');
      return result;
    },
    interrupt: () => {
      if (ending === undefined) bindings.interrupt(handle);
    },
    close: () => {
      void connection.end();
    },
  };
  return connection;
}

function chunkRows(bindings: Bindings, chunk: DataChunk, names: readonly string[]): TextRow[] {
  const count = bindings.data_chunk_get_size(chunk);
  const columns = names.map((_, at) => readText(bindings, bindings.data_chunk_get_vector(chunk, at), count));
  return Array.from({ length: count }, (_, row) =>
    Object.fromEntries(names.map((name, at) => [name, columns[at]?.[row] ?? null])),
  );
}
