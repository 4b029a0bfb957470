import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

/** How a client asks for TLS: https://www.postgresql.org/docs/current/protocol-message-formats.html */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);

/** The path of a file of `test/fixtures`. The server's certificate is for `localhost`, `ca.crt` vouches for it. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
}

/** Stands before a server of Postgres and offers TLS, or says that it has none. */
export async function startTlsServer(url: string, hasTls: boolean) {
  const target = new URL(url);
  const counts = { encrypted: 0, plain: 0 };
  const sockets = new Set<Socket>();
  const forward = (client: Socket, first: Buffer) => {
    const server = connect(Number(target.port), target.hostname);
    sockets.add(server);
    server.write(first);
    pipeline(client, server, client, () => undefined);
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', (first) => {
      if (!first.equals(SSL_REQUEST)) {
        counts.plain += 1;
        forward(socket, first);
        return;
      }
      socket.write(hasTls ? 'S' : 'N');
      if (!hasTls) return;
      const keys = { key: readFileSync(fixture('server.key')), cert: readFileSync(fixture('server.crt')) };
      const secure = new TLSSocket(socket, { isServer: true, ...keys });
      secure.on('error', () => socket.destroy());
      secure.once('data', (next: Buffer) => {
        counts.encrypted += 1;
        forward(secure, next);
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  /** The URL of the server by one of its names, with parameters. */
  const through = (host: string, parameters: { readonly [name: string]: string }): string => {
    const url = new URL(target);
    url.host = `${host}:${(server.address() as AddressInfo).port}`;
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return url.href;
  };
  return { counts, through };
}
