import { readFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { DatacookError } from '@datacook/core';
import { parseDurationMs } from '@datacook/toolkit';
import { type ConnectionConfig, SSL_MODES } from './connection-config.js';
import { defaultPassFile, findPassword } from './pass-file.js';
import { readService } from './service-file.js';
import type { SslMode, TlsSettings } from './tls.js';
import { type Keywords, parseUrl } from './url.js';

/** How a connection is made. */
export interface ConnectionSettings {
  /** A name or an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  /** Asked for only if the server demands one. */
  readonly password: () => Promise<string | undefined>;
  readonly tls: TlsSettings;
  /** SCRAM bound to the TLS connection: refused where the server doesn't offer it. */
  readonly channelBinding: boolean;
  readonly applicationName: string;
  readonly connectTimeoutMs: number;
  /** Of the server's process, as `-c work_mem=64MB`. */
  readonly options?: string;
}

/** The name of our sessions unless another is said. Sessions so named only read: a watermark need not wait for them. */
export const APPLICATION_NAME = 'datacook source';

const CONNECT_TIMEOUT = '10s';

/**
 * How to connect: what the configuration says, else the service that it or `PGSERVICE` names, else the environment's
 * `PG…` variables, else libpq's defaults (but the host is `localhost`). Throws CONFIG, NOT_FOUND.
 */
export async function connectionSettings(
  config: ConnectionConfig,
  warn: (text: string) => void,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<ConnectionSettings> {
  const said = saidBy(config);
  const variables = fromEnvironment(environment);
  const service = said['service'] ?? variables['service'];
  const keywords: Keywords = {
    ...variables,
    ...(service === undefined ? {} : await readService(service, environment)),
    ...said,
  };
  const { host = 'localhost', port = '5432' } = keywords;
  const user = keywords['user'] ?? userInfo().username;
  const database = keywords['dbname'] ?? user;
  const query = { host, port: Number(port), user, database };
  const { application_name, connect_timeout, channel_binding, options } = keywords;
  return {
    ...query,
    password: async () => {
      if (config.password_file !== undefined) return passwordIn(config.password_file);
      if (keywords['password'] !== undefined) return keywords['password'];
      return findPassword(keywords['passfile'] || defaultPassFile(environment), query, warn);
    },
    tls: tlsSettings(keywords),
    channelBinding: channel_binding === 'require',
    applicationName: application_name ?? APPLICATION_NAME,
    connectTimeoutMs: timeoutOf(config.connect_timeout, connect_timeout),
    ...(options === undefined ? {} : { options }),
  };
}

/** The database that a configuration names, without asking any file; undefined: it isn't said. */
export function databaseOf(
  config: Pick<ConnectionConfig, 'url' | 'database'>,
  environment: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const { dbname } = config.url === undefined ? {} : parseUrl(config.url);
  return config.database ?? dbname ?? (environment['PGDATABASE'] || undefined);
}

function saidBy(config: ConnectionConfig): Keywords {
  const { url, host, port, database, user, password, sslmode, sslrootcert, sslcert, sslkey } = config;
  const own: Record<string, string | undefined> = {
    host,
    port: port === undefined ? undefined : String(port),
    dbname: database,
    user,
    password,
    sslmode,
    sslrootcert,
    sslcert,
    sslkey,
    application_name: config.application_name,
  };
  return { ...(url === undefined ? {} : parseUrl(url)), ...defined(own) };
}

function fromEnvironment(environment: NodeJS.ProcessEnv): Keywords {
  return defined({
    host: environment['PGHOST'],
    port: environment['PGPORT'],
    dbname: environment['PGDATABASE'],
    user: environment['PGUSER'],
    password: environment['PGPASSWORD'],
    passfile: environment['PGPASSFILE'],
    service: environment['PGSERVICE'],
    sslmode: environment['PGSSLMODE'],
    sslrootcert: environment['PGSSLROOTCERT'],
    sslcert: environment['PGSSLCERT'],
    sslkey: environment['PGSSLKEY'],
    channel_binding: environment['PGCHANNELBINDING'],
    application_name: environment['PGAPPNAME'],
    connect_timeout: environment['PGCONNECT_TIMEOUT'],
    options: environment['PGOPTIONS'],
  });
}

function defined(values: Readonly<Record<string, string | undefined>>): Keywords {
  const said = Object.entries(values).filter(([, value]) => value !== undefined && value !== '');
  return Object.fromEntries(said) as Keywords;
}

function tlsSettings(keywords: Keywords): TlsSettings {
  const { sslmode = 'prefer', sslrootcert, sslcert, sslkey } = keywords;
  const mode = SSL_MODES.find((known) => known === sslmode);
  if (mode === undefined)
    throw new DatacookError('CONFIG', `There is no sslmode ${JSON.stringify(sslmode)}.`, {
      hint: `There are ${SSL_MODES.join(', ')}.`,
    });
  const isSystem = sslrootcert === 'system';
  return {
    // As libpq has it: whoever trusts all of the system's authorities must look at the name.
    mode: isSystem ? ('verify-full' satisfies SslMode) : mode,
    ...(sslrootcert === undefined ? {} : { rootCertificates: sslrootcert }),
    ...(sslcert === undefined ? {} : { certificate: sslcert }),
    ...(sslkey === undefined ? {} : { key: sslkey }),
  };
}

function timeoutOf(own: string | number | undefined, keyword: string | undefined): number {
  if (own !== undefined) return parseDurationMs(own);
  if (keyword === undefined || !/^\d+$/.test(keyword)) return parseDurationMs(CONNECT_TIMEOUT);
  return parseDurationMs(Number(keyword));
}

async function passwordIn(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new DatacookError(
      isMissing ? 'NOT_FOUND' : 'AUTH',
      `password_file: the file ${path} ${isMissing ? "isn't there" : "can't be read"}.`,
      { details: { path }, cause: error },
    );
  }
}
