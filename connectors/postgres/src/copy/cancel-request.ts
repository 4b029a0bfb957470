import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { type Client, Connection } from 'pg';

/** What `pg` has and its type declarations leave out. */
interface ClientParts {
  readonly host: string;
  readonly port: number;
  readonly ssl: unknown;
  readonly sslNegotiation?: 'postgres' | 'direct';
  readonly processID: number | null;
  readonly secretKey: number | null;
}

interface RawConnection {
  readonly stream: Duplex;
  connect(portOrPath: number | string, host?: string): void;
  requestSsl(): void;
  cancel(processId: number, secretKey: number): void;
  on(event: 'connect' | 'sslconnect', listener: () => void): void;
}

/**
 * Asks the server to cancel what the client's session is doing, over a connection of its own, with TLS where the
 * client has it (PostgreSQL, "Canceling Requests in Progress"). Resolves when the server has closed it: by then the
 * session has been told, so that what the session does next isn't hit. Throws if the server can't be reached.
 */
export async function requestCancel(client: Client, signal: AbortSignal): Promise<void> {
  const { host, port, ssl, sslNegotiation, processID, secretKey } = client as unknown as ClientParts;
  if (processID === null || secretKey === null) throw new Error('the server gave no key to cancel with');
  const options = { ssl, sslNegotiation } as ConstructorParameters<typeof Connection>[0];
  const connection = new Connection(options);
  const raw = connection as unknown as RawConnection;
  const ended = once(connection, 'end', { signal });
  raw.on('connect', () => {
    if (!ssl) raw.cancel(processID, secretKey);
    else if (sslNegotiation !== 'direct') raw.requestSsl();
  });
  raw.on('sslconnect', () => raw.cancel(processID, secretKey));
  try {
    if (host.startsWith('/')) raw.connect(`${host}/.s.PGSQL.${port}`);
    else raw.connect(port, host);
    await ended;
  } finally {
    raw.stream.destroy();
  }
}
