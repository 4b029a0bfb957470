import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Client } from 'pg';
import { message } from './recording.js';

const AUTHENTICATION_OK = message(0x52, Buffer.alloc(4));
const READY = message(0x5a, Buffer.from('I'));

export interface FakeServer {
  readonly client: Client;
  /** What came from the client, statement by statement. */
  readonly requests: Buffer[];
  /** Requests to cancel, in hex. */
  readonly cancels: string[];
  close(): Promise<void>;
}

const CANCEL_CODE = 80877102;
const QUERY = 0x51;

/**
 * A server that lets anyone in and answers each statement with the next of the given bytes, and with nothing after
 * that. A request to cancel is closed, unless it is said what is done.
 */
export async function startFakeServer(
  answers: readonly (Buffer | ((socket: Socket) => void))[],
  onCancel: (socket: Socket, session: Socket) => void = (socket) => socket.end(),
): Promise<FakeServer> {
  const requests: Buffer[] = [];
  const cancels: string[] = [];
  let session: Socket | undefined;
  const sockets = new Set<Socket>();
  let next = 0;
  const server = createServer((socket) => {
    let isIn = false;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      if (!isIn && chunk.readInt32BE(4) === CANCEL_CODE) {
        cancels.push(chunk.toString('hex'));
        onCancel(socket, session!);
      } else if (!isIn) {
        isIn = true;
        session = socket;
        socket.write(
          Buffer.concat([AUTHENTICATION_OK, message(0x4b, Buffer.from([0, 0, 0, 7, 0, 0, 0, 9])), READY]),
        );
      } else if (chunk[0] === QUERY) {
        requests.push(chunk);
        const answer = answers[next++];
        if (typeof answer === 'function') answer(socket);
        else if (answer !== undefined) socket.write(answer);
      }
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = new Client({
    host: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    user: 'nobody',
  });
  client.on('error', () => {});
  await client.connect();
  return {
    client,
    requests,
    cancels,
    close: async () => {
      await client.end();
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
