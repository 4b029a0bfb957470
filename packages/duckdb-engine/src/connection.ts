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
  /** Ends the session; a transaction that is open is rolled back. Can be called twice. */
  close(): void;
}

/** What this package's own modules see of a connection. */
export interface OpenConnection extends DuckDBConnection {
  readonly bindings: Bindings;
  readonly handle: Connection;
  /** Called with every error of DuckDB before it is thrown. */
  failed(error: unknown): void;
}

/** Makes a connection of the addon's handle. */
export function createConnection(
  bindings: Bindings,
  handle: Connection,
  events: { onFatal(): void; onClose(): void },
): OpenConnection {
  let open = true;

  const failed = (error: unknown) => {
    if (isFatal(error)) events.onFatal();
  };

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
    run: (sql, values = [], doing = `run ${sql}`) =>
      execute(sql, values, doing, async (result) => bindings.rows_changed(result)),
    rows: (sql, values = [], doing = `run ${sql}`) =>
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
      if (open) bindings.interrupt(handle);
    },
    close: () => {
      if (!open) return;
      open = false;
      bindings.disconnect_sync(handle);
      events.onClose();
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
