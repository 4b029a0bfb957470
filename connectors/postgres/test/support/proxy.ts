import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { onTestFinished } from 'vitest';

const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

export function fixture(name: string): string {
  return new URL(`../fixtures/${name}`, import.meta.url).pathname;
}

export interface Proxy {
  readonly port: number;
  /** Connections that were encrypted, and those that weren't. */
  readonly counts: { encrypted: number; plain: number };
  /** From now on it takes what comes, and answers nothing. */
  freeze(): void;
  /** Cuts all connections. */
  cut(): void;
}

/**
 * Stands before a server. `tls`: offers TLS with the fixtures' certificate; `onlyTls`: refuses those who don't want it
 * as pg_hba.conf would.
 */
export async function proxy(
  serverUrl: string,
  options: { readonly tls?: boolean; readonly onlyTls?: boolean } = {},
): Promise<Proxy> {
  const { hostname, port } = new URL(serverUrl);
  const sockets = new Set<Socket>();
  const counts = { encrypted: 0, plain: 0 };
  let isFrozen = false;
  const pipe = (client: Socket, first: Buffer) => {
    const server = connect(Number(port), hostname);
    sockets.add(server);
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on('data', (chunk) => {
        if (!isFrozen) to.write(chunk);
      });
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
    server.write(first);
  };
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    if (isFrozen) return;
    socket.once('data', (first) => {
      if (!first.equals(SSL_REQUEST)) {
        counts.plain += 1;
        if (options.onlyTls === true) refuse(socket);
        else pipe(socket, first);
        return;
      }
      socket.write(options.tls === true ? 'S' : 'N');
      if (options.tls !== true) {
        socket.once('data', (next) => pipe(socket, next));
        return;
      }
      const secure = new TLSSocket(socket, {
        isServer: true,
        key: readFileSync(fixture('server.key')),
        cert: readFileSync(fixture('server.crt')),
      });
      secure.on('error', () => socket.destroy());
      secure.once('data', (next) => {
        counts.encrypted += 1;
        pipe(secure, next);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    counts,
    freeze: () => {
      isFrozen = true;
    },
    cut: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
  };
}

/** As the server words it: an ErrorResponse with SQLSTATE 28000. */
function refuse(socket: Socket): void {
  const fields = 'SFATAL\0VFATAL\0C28000\0Mno pg_hba.conf entry for host, no encryption\0\0';
  const message = Buffer.alloc(5 + fields.length);
  message.write('E');
  message.writeInt32BE(4 + fields.length, 1);
  message.write(fields, 5);
  socket.end(message);
}
