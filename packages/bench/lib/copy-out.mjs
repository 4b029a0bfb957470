import { once } from 'node:events';

const COPY_DATA = 'd'.charCodeAt(0);
const COPY_RESPONSE = 'H'.charCodeAt(0);
const COPY_DONE = 'c'.charCodeAt(0);
const ERROR = 'E'.charCodeAt(0);
const READY = 'Z'.charCodeAt(0);

/**
 * Runs a `COPY … TO STDOUT` on a client of its own, and reads the bytes from its socket: no more is done than to step
 * from message to message (PostgreSQL, "Message Formats": a byte for the kind, four for the length, itself included).
 * `take`, if given, gets each piece of the rows' bytes; `pass` gets the messages of rows as they are, up to and with the
 * one that says they are all. Returns the messages of rows, and their bytes. Throws what the server says if it refuses.
 */
export async function copyOut(client, sql, { take, pass } = {}) {
  const socket = client.connection.stream;
  socket.removeAllListeners('data');
  const header = Buffer.alloc(5);
  const total = { messages: 0, bytes: 0 };
  let headerBytes = 0;
  let kind = 0;
  let left = 0;
  let refusal = '';
  let passes = false;
  const done = new Promise((resolve, reject) => {
    socket.on('data', (chunk) => {
      let at = 0;
      let from = 0;
      while (at < chunk.length) {
        if (left === 0) {
          header[headerBytes++] = chunk[at++];
          if (headerBytes < 5) continue;
          headerBytes = 0;
          kind = header[0];
          left = header.readUInt32BE(1) - 4;
          if (kind === COPY_DATA) {
            total.messages += 1;
            total.bytes += left;
          } else if (kind === COPY_DONE) {
            if (passes) pass(chunk.subarray(from, at));
            passes = false;
          }
        }
        const size = Math.min(left, chunk.length - at);
        const piece = take || kind === ERROR ? chunk.subarray(at, at + size) : undefined;
        if (kind === COPY_DATA) take?.(piece);
        else if (kind === ERROR) refusal += piece.toString('utf8');
        left -= size;
        at += size;
        if (kind === COPY_RESPONSE && left === 0 && pass && !passes) {
          passes = true;
          from = at;
        }
        if (kind === READY && left === 0) resolve();
      }
      if (passes && from < chunk.length) pass(chunk.subarray(from));
    });
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the server closed the connection')));
  });
  client.connection.query(sql);
  await done;
  if (refusal) throw new Error(`${sql}: ${refusal.replaceAll('\0', ' ')}`);
  return total;
}

/** Ends a client whose socket was taken. */
export async function leave(client) {
  const socket = client.connection.stream;
  socket.removeAllListeners('close').end();
  socket.resume();
  if (!socket.destroyed) await once(socket, 'close');
}
