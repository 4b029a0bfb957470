import { accessSync, constants, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, resolve } from 'node:path';
import { DatacookError } from '@datacook/core';
import {
  type DuckDB,
  type DuckDBConnection,
  duckdbError,
  foldName,
  openDuckDB,
  type TableName,
} from '@datacook/duckdb-engine';
import { parseBytes, parseTableName } from '@datacook/toolkit';
import { type DuckDBConfig, urlToPath } from './config.js';
import { countRows, relationKind } from './tables.js';

/** The database file of a destination: opened when first needed, with one connection for short statements. */
export class Client {
  readonly path: string;
  private readonly config: DuckDBConfig;
  private readonly signal: AbortSignal;
  private readonly connections = new Set<DuckDBConnection>();
  private opening: Promise<{ database: DuckDB; session: DuckDBConnection; catalog: string }> | undefined;
  private closed = false;

  constructor(config: DuckDBConfig, signal: AbortSignal) {
    this.config = config;
    this.signal = signal;
    const path = config.path ?? (config.url === undefined ? undefined : urlToPath(config.url));
    if (path === undefined)
      throw new DatacookError('CONFIG', `The connection ${config.conn_id ?? ''} names no DuckDB file.`, {
        hint: 'Give it a path, or a url such as duckdb:///data/sales.duckdb.',
      });
    this.path = resolve(path);
    signal.addEventListener('abort', this.interrupt);
  }

  /** Bytes that DuckDB may hold in memory. */
  get memoryLimit(): number {
    return parseBytes(this.config.memory_limit);
  }

  /** What of it is used where DuckDB takes much beside what it counts. See `File`. */
  get spilling(): number {
    return (this.memoryLimit * 5) / 8;
  }

  /** Whether there is a database; an open one always is. Throws NOT_FOUND if there isn't even its folder. */
  exists(): boolean {
    if (this.opening !== undefined) return true;
    const folder = dirname(this.path);
    if (this.look(folder)?.isDirectory() !== true)
      throw new DatacookError('NOT_FOUND', `There is no folder ${folder} for the DuckDB file ${this.path}.`, {
        hint: 'Create the folder, or correct the path.',
        details: { path: this.path },
      });
    return this.look(this.path) !== undefined;
  }

  private look(path: string) {
    try {
      return statSync(path, { throwIfNoEntry: false });
    } catch (error) {
      throw duckdbError(error, `open ${this.path}`);
    }
  }

  /** Throws AUTH where a new database could not be made. */
  checkFolder(): void {
    try {
      accessSync(dirname(this.path), constants.W_OK);
    } catch (error) {
      throw new DatacookError('AUTH', `No file can be made in the folder ${dirname(this.path)}.`, {
        hint: 'DuckDB must be able to write the file and its folder (it keeps a .wal beside the file).',
        cause: error,
      });
    }
  }

  /** The connection for statements that end at once. Opens the database, and makes it if it isn't there. */
  async session(): Promise<DuckDBConnection> {
    return (await this.open()).session;
  }

  /** Another connection, for a writer's transaction. */
  async connect(): Promise<DuckDBConnection> {
    return this.track(await (await this.open()).database.connect());
  }

  /** Runs a transaction on the session, one at a time over all of this process who use the file. */
  async transaction<T>(action: (session: DuckDBConnection) => Promise<T>): Promise<T> {
    const { database, session } = await this.open();
    return database.exclusive(() => session.transaction(() => action(session)));
  }

  /** Runs one action at a time over all of this process who use the file. */
  async exclusive<T>(action: () => Promise<T>): Promise<T> {
    return (await this.open()).database.exclusive(action);
  }

  /** The table that a recipe names. Throws CONFIG for what can't be one. */
  async table(text: string): Promise<TableName> {
    const { catalog } = await this.open();
    const parts = parseTableName(text);
    const [table = '', schema = 'main', database = catalog] = [...parts].reverse();
    if (parts.length > 3 || foldName(database) !== foldName(catalog))
      throw new DatacookError(
        'CONFIG',
        `The table ${text} is not in the database ${catalog} (${this.path}).`,
        {
          hint: 'Write table, schema.table, or the database in front of them; quote a name that has a dot in it.',
        },
      );
    if (foldName(table).startsWith('_datacook_'))
      throw new DatacookError(
        'CONFIG',
        `The name ${text} is taken: tables named _datacook_… are datacook's own.`,
        {
          hint: 'Choose another name.',
        },
      );
    return { catalog, schema, table };
  }

  /** A table's rows as a new transaction sees them; 0 if there is no such table. */
  async countRows(table: TableName): Promise<number> {
    const connection = await this.connect();
    try {
      const isThere = (await relationKind(connection, table)) !== undefined;
      return isThere ? await countRows(connection, table) : 0;
    } finally {
      this.release(connection);
    }
  }

  /** Runs part of an exclusive action while DuckDB may hold only so many bytes. */
  async withMemory<T>(bytes: number, action: () => Promise<T>): Promise<T> {
    return (await this.open()).database.withMemory(bytes, action);
  }

  /**
   * How many threads DuckDB has from now on. Rows come in faster with one: a second only waits in a loop, which cost a
   * fifth of the CPU time of a load of 3 million rows. What is done at once with all of them is faster with more.
   */
  async useThreads(purpose: 'rows come in' | 'all is done at once'): Promise<void> {
    const { session } = await this.open();
    const all = this.config.threads ?? availableParallelism();
    await session.run(`SET threads = ${purpose === 'rows come in' ? 1 : all}`);
  }

  /**
   * Has DuckDB write a checkpoint now, in which it takes back the space of many deleted rows, rather than at the end
   * with all of its memory. Never fails: where others write to the file, it comes later.
   */
  async reclaim(bytes: number): Promise<void> {
    try {
      const { database, session } = await this.open();
      await database.exclusive(() => database.withMemory(bytes, () => session.run('CHECKPOINT')));
    } catch {
      // Nothing depends on it.
    }
  }

  /** Gives up what is kept in memory of the file. Never fails: what was committed before stays so. */
  async trim(): Promise<void> {
    try {
      const { database } = await this.open();
      await database.exclusive(() => database.trim());
    } catch {
      // The next statement meets what is wrong, and says it.
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    this.signal.removeEventListener('abort', this.interrupt);
    const opening = this.opening;
    this.opening = undefined;
    // What failed to open has said so already.
    await opening?.then(
      ({ database }) => database.close(),
      () => undefined,
    );
  }

  private open() {
    if (this.closed)
      throw new DatacookError('INTERNAL', `The destination ${this.path} is closed.`, {
        hint: 'This is a defect: report it.',
      });
    this.opening ??= this.start().catch((error: unknown) => {
      this.opening = undefined;
      throw error;
    });
    return this.opening;
  }

  private async start() {
    const { threads } = this.config;
    const database = await openDuckDB(this.path, {
      memoryLimit: this.memoryLimit,
      ...(threads === undefined ? {} : { threads }),
    });
    try {
      const session = this.track(await database.connect());
      const [row] = await session.rows('SELECT current_database() AS name');
      return { database, session, catalog: row?.['name'] ?? '' };
    } catch (error) {
      await database.close();
      throw error;
    }
  }

  private track(connection: DuckDBConnection): DuckDBConnection {
    this.connections.add(connection);
    return connection;
  }

  private readonly interrupt = (): void => {
    for (const connection of this.connections) connection.interrupt();
  };

  /** Ends a connection that `connect` made. */
  release(connection: DuckDBConnection): void {
    this.connections.delete(connection);
    connection.close();
  }
}
