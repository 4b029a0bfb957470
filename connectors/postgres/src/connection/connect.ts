import type { ConnectionOptions } from 'node:tls';
import { DatacookError } from '@datacook/core';
import { Client } from 'pg';
import type { Use } from '../error-meanings.js';
import { connectError, type ServerError } from '../errors.js';
import { internals } from './internals.js';
import { ReadingSocket } from './reading-socket.js';
import { Session } from './session.js';
import type { ConnectionSettings } from './settings.js';
import { tlsOptions } from './tls.js';

const KEEP_ALIVE_MS = 60_000;

/** Connects by the rules of `sslmode`. Throws CONNECTION, AUTH, NOT_FOUND, CANCELLED. */
export async function connect(
  settings: ConnectionSettings,
  signal: AbortSignal,
  use: Use = 'read',
): Promise<Session> {
  const { mode } = settings.tls;
  const isSocket = settings.host.startsWith('/');
  const tls = isSocket || mode === 'disable' ? undefined : await tlsOptions(settings.tls);
  if (tls === undefined || (mode !== 'allow' && mode !== 'prefer'))
    return connectOnce(settings, tls, signal, use);
  const [first, second] = mode === 'allow' ? [undefined, tls] : [tls, undefined];
  try {
    return await connectOnce(settings, first, signal, use);
  } catch (error) {
    if (!isRefusedForTls(error)) throw error;
    return connectOnce(settings, second, signal, use);
  }
}

async function connectOnce(
  settings: ConnectionSettings,
  tls: ConnectionOptions | undefined,
  signal: AbortSignal,
  use: Use,
): Promise<Session> {
  const { host, port, user, database } = settings;
  const address = `${host}:${port}/${database}`;
  let offersBinding = false;
  let failure: unknown;
  const client = new Client({
    host,
    port,
    user,
    database,
    password: async () => {
      try {
        return await passwordFor(settings, tls !== undefined && offersBinding);
      } catch (error) {
        failure = error;
        throw error;
      }
    },
    ssl: tls ?? false,
    ...(tls === undefined ? { stream: () => new ReadingSocket() } : {}),
    // Else the driver looks at PGSSLNEGOTIATION.
    ...{ sslnegotiation: 'postgres' },
    enableChannelBinding: settings.channelBinding,
    application_name: settings.applicationName,
    connectionTimeoutMillis: settings.connectTimeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    ...(settings.options === undefined ? {} : { options: settings.options }),
  } as ConstructorParameters<typeof Client>[0]);
  internals(client).connection.on('authenticationSASL', ({ mechanisms }) => {
    offersBinding = mechanisms.includes('SCRAM-SHA-256-PLUS');
  });
  // Of several errors of one attempt, the first is thrown.
  client.on('error', () => undefined);
  const abort = () => void internals(client).connection.stream.destroy(new Error('stopped'));
  signal.addEventListener('abort', abort, { once: true });
  try {
    if (signal.aborted) throw new Error('stopped');
    await client.connect();
    return new Session(client, signal, use);
  } catch (error) {
    internals(client).connection.stream.destroy();
    throw connectError(failure ?? error, address, signal);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function passwordFor(settings: ConnectionSettings, isBound: boolean): Promise<string> {
  const { user, host, port } = settings;
  if (settings.channelBinding && !isBound)
    throw new DatacookError('AUTH', `${host}:${port} doesn't offer the channel binding that is demanded.`, {
      hint: 'channel_binding: require needs TLS and SCRAM; leave it out if the server has not both.',
    });
  const password = await settings.password();
  if (password !== undefined) return password;
  throw new DatacookError('AUTH', `${host}:${port} asks for a password of the user ${user}: there is none.`, {
    hint: 'Say password or password_file in the connection, or set PGPASSWORD, or add a line to the password file.',
  });
}

/** Whether the other way, with or without TLS, may be let in: `prefer` and `allow` try both, as libpq does. */
function isRefusedForTls(error: unknown): boolean {
  if (!(error instanceof DatacookError)) return false;
  if ((error.cause as ServerError | undefined)?.code === '28000') return true;
  return error.code === 'CONNECTION' && error.retry === false;
}
