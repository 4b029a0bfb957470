import { realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { DatacookError } from '@datacook/core';
import { type Bindings, type Database, loadBindings } from './bindings.js';
import { createConnection, type DuckDBConnection, type OpenConnection } from './connection.js';
import { fileKey, removeSpilled, requireDatabaseFile, requireKeptIn } from './database-file.js';
import { duckdbError, openError } from './errors.js';
import { registerFeeds } from './feeds.js';

/** How a database is opened. Who opens a file that this process has open already gets it as it is. */
export interface DuckDBOptions {
  /** Bytes that DuckDB may hold in memory; beyond them it spills to `tempDirectory`. Default: DuckDB's, 80 % of the machine. */
  readonly memoryLimit?: number;
  /** Threads of queries. Default: one a core. */
  readonly threads?: number;
  /** Where it spills. Default: `<file>.tmp`, made when needed. */
  readonly tempDirectory?: string;
}

/** A database, shared by all of this process who opened the same file. */
export interface DuckDB {
  /** The file's real path; `:memory:` for one in memory. */
  readonly path: string;
  connect(): Promise<DuckDBConnection>;
  /**
   * Runs one action at a time of those that go through here, over all users of the file in this process. For short
   * transactions that would only conflict with each other, as DDL does.
   */
  exclusive<T>(action: () => Promise<T>): Promise<T>;
  /**
   * Gives up the blocks of the file that are kept in memory for readers, so that memory doesn't grow with what is
   * written. For use between transactions. Does nothing where the file has other users, or has no `memoryLimit`.
   */
  trim(): Promise<void>;
  /**
   * Runs an action while DuckDB may hold less, and restores `memoryLimit` after it; does nothing else where there is
   * none. For statements that take much beside what DuckDB counts. One at a time: within `exclusive`.
   *
   * @param bytes What it may hold meanwhile.
   */
  withMemory<T>(bytes: number, action: () => Promise<T>): Promise<T>;
  /**
   * Closes this user's connections: what they still run is stopped, and has ended when this returns. The last user's
   * close closes the file: another process can open it at once.
   */
  close(): Promise<void>;
}

interface Shared {
  readonly path: string;
  readonly bindings: Bindings;
  readonly database: Database;
  readonly memoryLimit: number | undefined;
  users: number;
  broken: boolean;
  queue: Promise<unknown>;
}

/** Files that are open, by device and inode, or by path where there are none (in memory: not at all). */
const instances = new Map<string, Shared>();
/** One open or close at a time: two instances of one file in one process would destroy it. */
let queue: Promise<unknown> = Promise.resolve();

/** What blocks of the file may take after `trim`. */
const TRIMMED_BYTES = 16 * 1024 * 1024;

const OWNERS = Symbol.for('datacook.duckdb.files');

/** Files open in this process, for all copies of this package: a second libduckdb on one file loses data silently. */
function openFiles(): Set<string> {
  const global = globalThis as { [OWNERS]?: Set<string> };
  global[OWNERS] ??= new Set();
  return global[OWNERS];
}

/**
 * Opens a DuckDB file, or makes it, or joins those of this process who have it open.
 *
 * @throws CONNECTION if another process has it open (its pid is in the message where DuckDB knows it), DATA if it is
 * no DuckDB file, is damaged, or was written by a newer DuckDB, NOT_FOUND without the folder or if the path is one, AUTH without the right
 * to write.
 */
export async function openDuckDB(path: string, options: DuckDBOptions = {}): Promise<DuckDB> {
  const bindings = await loadBindings();
  return oneByOne(async () => {
    const file = path === ':memory:' ? path : realPath(path);
    const shared = find(file) ?? (await create(bindings, file, options));
    if (shared.broken)
      throw new DatacookError('CONNECTION', `DuckDB gave up ${file} after an earlier error.`, {
        hint: 'Close it everywhere in this process, or start again.',
      });
    shared.users++;
    return user(shared);
  });
}

function oneByOne<T>(action: () => Promise<T>): Promise<T> {
  const result = queue.then(action);
  queue = result.catch(() => undefined);
  return result;
}

/** The path without links; of a file that isn't there yet, its folder's. */
function realPath(path: string): string {
  const absolute = resolve(path);
  try {
    return realpathSync(absolute);
  } catch {
    try {
      return join(realpathSync(dirname(absolute)), basename(absolute));
    } catch {
      throw new DatacookError('NOT_FOUND', `There is no folder ${dirname(absolute)} for the DuckDB file.`, {
        hint: 'Create the folder, or correct the path.',
        details: { path: absolute },
      });
    }
  }
}

function find(file: string): Shared | undefined {
  if (file === ':memory:') return undefined;
  const key = fileKey(file);
  return key === undefined ? undefined : instances.get(key);
}

async function create(bindings: Bindings, file: string, options: DuckDBOptions): Promise<Shared> {
  const existing = file === ':memory:' ? undefined : fileKey(file);
  if (existing !== undefined && openFiles().has(existing))
    throw new DatacookError(
      'CONNECTION',
      `The DuckDB file ${file} is open by another copy of datacook in this process.`,
      {
        hint: 'Two copies of DuckDB on one file lose data. Run `npm dedupe` so that one @datacook/duckdb-engine is left.',
      },
    );
  if (existing !== undefined) requireDatabaseFile(file);
  const config = bindings.create_config();
  const set = (name: string, value: string) => {
    try {
      bindings.set_config(config, name, value);
    } catch (error) {
      throw new DatacookError('CONFIG', `DuckDB refuses ${name} = ${value}.`, { cause: error });
    }
  };
  if (options.memoryLimit !== undefined) set('memory_limit', `${Math.floor(options.memoryLimit)}B`);
  if (options.threads !== undefined) set('threads', String(options.threads));
  if (options.tempDirectory !== undefined) set('temp_directory', options.tempDirectory);
  set('autoinstall_known_extensions', 'false');
  set('autoload_known_extensions', 'false');
  let database: Database;
  try {
    database = await bindings.open(file, config);
  } catch (error) {
    throw openError(error, file);
  }
  if (file !== ':memory:') {
    try {
      await requireKeptIn(bindings, database, file);
    } catch (error) {
      bindings.close_sync(database);
      throw openError(error, file);
    }
    if (options.tempDirectory === undefined) removeSpilled(file);
  }
  try {
    await registerFeeds(bindings, database);
  } catch (error) {
    bindings.close_sync(database);
    throw openError(error, file);
  }
  const shared: Shared = {
    path: file,
    bindings,
    database,
    memoryLimit: options.memoryLimit,
    users: 0,
    broken: false,
    queue: Promise.resolve(),
  };
  const key = file === ':memory:' ? undefined : fileKey(file);
  if (key !== undefined) {
    instances.set(key, shared);
    openFiles().add(key);
  }
  return shared;
}

function user(shared: Shared): DuckDB {
  const connections = new Set<OpenConnection>();
  const limited = new Set<Promise<unknown>>();
  let open = true;
  const connect = async (): Promise<OpenConnection> => {
    if (!open)
      throw new DatacookError('INTERNAL', `The DuckDB file ${shared.path} is closed.`, {
        hint: 'Open it again; this is a defect of who used it: report it.',
      });
    try {
      const handle = await shared.bindings.connect(shared.database);
      const connection = createConnection(shared.bindings, handle, {
        onFatal: () => {
          shared.broken = true;
        },
        onClose: () => connections.delete(connection),
      });
      connections.add(connection);
      return connection;
    } catch (error) {
      throw duckdbError(error, `connect to ${shared.path}`);
    }
  };
  return {
    path: shared.path,
    connect: () => oneByOne(connect),
    exclusive(action) {
      const result = shared.queue.then(action);
      shared.queue = result.catch(() => undefined);
      return result;
    },
    // One by one, on a connection of its own: nobody can join, close or interrupt while the limit is low.
    trim: () =>
      oneByOne(async () => {
        const { memoryLimit, users } = shared;
        if (!open || memoryLimit === undefined || users > 1) return;
        const connection = await connect();
        const limit = (bytes: number) => connection.run(`SET memory_limit = '${Math.floor(bytes)}B'`);
        try {
          // A lower limit evicts at once what isn't in use; DuckDB has no statement of its own for it.
          await limit(Math.min(memoryLimit, TRIMMED_BYTES)).catch(() => undefined);
          await limit(memoryLimit).catch(() => limit(memoryLimit));
        } finally {
          await connection.end();
        }
      }),
    async withMemory(bytes, action) {
      const work = runLimited(shared, bytes, action);
      limited.add(work);
      try {
        return await work;
      } finally {
        limited.delete(work);
      }
    },
    close: () =>
      oneByOne(async () => {
        if (!open) return;
        open = false;
        // A statement that ran on would keep the file open behind our back.
        await Promise.all([...connections].map((connection) => connection.end()));
        await Promise.allSettled(limited);
        if (--shared.users === 0) release(shared);
      }),
  };
}

/** On a handle of its own: the action's transaction may not take statements any more, or its connection be closed. */
async function runLimited<T>(
  { bindings, database, memoryLimit }: Shared,
  bytes: number,
  action: () => Promise<T>,
): Promise<T> {
  if (memoryLimit === undefined) return action();
  const handle = await bindings.connect(database);
  const limit = (value: number) => bindings.query(handle, `SET memory_limit = '${Math.floor(value)}B'`);
  try {
    // Refused where more is in use: then it stays as it is.
    await limit(Math.min(bytes, memoryLimit)).catch(() => undefined);
    return await action();
  } finally {
    await limit(memoryLimit)
      .catch(() => limit(memoryLimit))
      .catch(() => undefined);
    bindings.disconnect_sync(handle);
  }
}

function release(shared: Shared): void {
  for (const [key, each] of instances)
    if (each === shared) {
      instances.delete(key);
      openFiles().delete(key);
    }
  shared.bindings.close_sync(shared.database);
}
