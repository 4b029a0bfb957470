import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { ReadingSocket } from '../../src/connection/reading-socket.js';

/** What a listener that keeps its chunks has of `one` and `two`, once both have come. */
async function kept(lends: boolean): Promise<string[]> {
  const server = createServer((peer) => {
    peer.write('one');
    // The other is sent when the first has been heard.
    peer.once('data', () => peer.end('two'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = new ReadingSocket();
  socket.lends = lends;
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    if (chunks.length === 1) socket.write('heard');
  });
  socket.connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'end');
  socket.destroy();
  server.close();
  return chunks.map(String);
}

test('hands out copies, which stay as they are', async () => {
  expect(await kept(false)).toEqual(['one', 'two']);
});

test('lends its one buffer to whoever wants no more', async () => {
  expect(await kept(true)).toEqual(['two', 'two']);
});
