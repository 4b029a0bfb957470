import { userInfo } from 'node:os';
import type { Client } from 'pg';
import type { Address } from '../address.js';
import { loadDriver } from './driver.js';
import { connectError, serverCode } from './postgres-error.js';
import { type Tls, tlsWays } from './tls.js';

const KEEP_ALIVE_MS = 60_000;

/**
 * Connects. What the URL doesn't say comes from the `PG…` variables, the password also from the driver's password
 * file. Throws CONNECTION, AUTH, NOT_FOUND, CONFIG; none of them names the password.
 */
export async function connect(address: Address, timeoutMs: number): Promise<Client> {
  const ways = isSocket(address) ? [false as const] : await tlsWays(address);
  const [first, second] = ways;
  try {
    return await connectOnce(address, first!, timeoutMs);
  } catch (error) {
    if (second === undefined || !isRefusedForTls(error)) throw connectError(error, describe(address));
  }
  try {
    return await connectOnce(address, second, timeoutMs);
  } catch (error) {
    throw connectError(error, describe(address));
  }
}

/** Host, port and database, for messages. */
export function describe(address: Address): string {
  const { host, port, database } = { ...defaults(), ...address };
  return `${host}:${port}/${database ?? address.user ?? defaults().user}`;
}

async function connectOnce(address: Address, ssl: Tls, timeoutMs: number): Promise<Client> {
  const { Client } = await loadDriver();
  const { parameters, ...place } = address;
  const client = new Client({
    ...defaults(),
    ...place,
    ssl,
    // Else the driver looks at PGSSLNEGOTIATION.
    ...{ sslnegotiation: 'postgres' },
    application_name: parameters.application_name ?? process.env['PGAPPNAME'] ?? 'datacook state',
    ...(parameters.options === undefined ? {} : { options: parameters.options }),
    connectionTimeoutMillis: timeoutMs,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
  } as ConstructorParameters<typeof Client>[0]);
  // Of several errors of one attempt, the first is thrown.
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch (error) {
    void client.end().catch(() => undefined);
    throw error;
  }
}

function defaults() {
  const { PGHOST, PGPORT, PGUSER, PGDATABASE } = process.env;
  return {
    host: PGHOST || 'localhost',
    port: Number(PGPORT || 5432),
    user: PGUSER || userInfo().username,
    ...(PGDATABASE ? { database: PGDATABASE } : {}),
  };
}

function isSocket({ host = process.env['PGHOST'] }: Address): boolean {
  return host?.startsWith('/') === true;
}

/** Whether the other way, without TLS, may be let in: `prefer` tries both, as libpq does. */
function isRefusedForTls(error: unknown): boolean {
  return serverCode(error) === '28000' || /does not support SSL/.test((error as Error).message);
}
