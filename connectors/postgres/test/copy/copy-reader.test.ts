import type { Batch } from '@datacook/core';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type FakeServer, startFakeServer } from './fake-server.js';
import { message, messagesOf, READY, type Recording, record } from './recording.js';
import { connect, readBatches, textsOf, useDatabase } from './support.js';

const db = useDatabase();
const servers: FakeServer[] = [];
let recording: Recording;

const COMPLETE = 0x43;
const ERROR = 0x45;
const COPY_DONE = 0x63;
const PARAMETER = message(0x53, Buffer.from('a_name\0a value\0'));

beforeAll(async () => {
  const client = await connect(db.url);
  recording = await record(client, 'select i, i::text as word from generate_series(1, 50) i');
  client.connection.stream.destroy();
});

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function serve(...answers: Parameters<typeof startFakeServer>[0]): Promise<FakeServer> {
  const server = await startFakeServer(answers);
  servers.push(server);
  return server;
}

async function collect({ client }: FakeServer): Promise<readonly Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of readBatches(client, 'copy', recording.columns, { batchRows: 20 }))
    batches.push(batch);
  return batches;
}

const edited = (change: (messages: readonly Buffer[]) => readonly Buffer[]) =>
  Buffer.concat(change(messagesOf(recording.bytes)));
const isOf = (type: number) => (bytes: Buffer) => bytes[0] === type;
const SELECTED = Buffer.concat([
  message(COMPLETE, Buffer.from('SELECT 0\0')),
  message(READY, Buffer.from('I')),
]);

test('what was recorded is read', async () => {
  const server = await serve(recording.bytes);
  expect(textsOf(await collect(server))[0]).toEqual(
    Array.from({ length: 50 }, (_, index) => String(index + 1)),
  );
});

describe('a stream that is not complete is never taken for done', () => {
  test.each<[string, () => Buffer, string]>([
    [
      'a row is missing',
      () => edited((all) => all.filter((_, index) => index !== 9)),
      'the server says "COPY 50", but 49 rows arrived',
    ],
    [
      'a row is there twice',
      () => edited((all) => [...all.slice(0, 10), ...all.slice(9)]),
      'the server says "COPY 50", but 51 rows arrived',
    ],
    [
      'CopyDone is missing',
      () => edited((all) => all.filter((bytes) => !isOf(COPY_DONE)(bytes))),
      'the end of the rows was not sent',
    ],
    [
      'CommandComplete is missing',
      () => edited((all) => all.filter((bytes) => !isOf(COMPLETE)(bytes))),
      'the server says "", but 50 rows arrived',
    ],
    [
      'rows are missing, and all that follows them',
      () => edited((all) => [...all.slice(0, 20), all.at(-1)!]),
      'the end of the rows was not sent',
    ],
  ])('%s', async (_, bytes, reason) => {
    const server = await serve(bytes(), SELECTED);
    await expect(collect(server)).rejects.toMatchObject({
      code: 'CONNECTION',
      retry: true,
      message: `The COPY did not end as it should: ${reason}.`,
    });
    expect(await server.client.query('select')).toMatchObject({ command: 'SELECT' });
  });

  test('the connection ends before ReadyForQuery', async () => {
    const bytes = edited((all) => all.slice(0, -1));
    const server = await serve((socket) => socket.end(bytes));
    await expect(collect(server)).rejects.toMatchObject({ code: 'CONNECTION', retry: true });
  });
});

test('an error amid rows is what the server says, whatever follows', async () => {
  const error = message(ERROR, Buffer.from('SERROR\0C22012\0Mdivision by zero\0\0'));
  const bytes = edited((all) => [...all.slice(0, 30), error, all.at(-1)!]);
  const server = await serve(bytes, SELECTED);
  await expect(collect(server)).rejects.toMatchObject({ code: '22012', message: 'division by zero' });
  await server.client.query('select');
});

test('what comes right behind ReadyForQuery, cut amid a message, is read by pg', async () => {
  const half = PARAMETER.length >> 1;
  const server = await serve(
    Buffer.concat([recording.bytes, PARAMETER.subarray(0, half)]),
    Buffer.concat([PARAMETER.subarray(half), SELECTED]),
  );
  const names: string[] = [];
  server.client.connection.on('parameterStatus', ({ parameterName }: { parameterName: string }) =>
    names.push(parameterName),
  );
  expect((await collect(server)).length).toBe(3);
  expect(await server.client.query('select')).toMatchObject({ command: 'SELECT' });
  expect(names).toEqual(['a_name']);
});

/** int32 16, int32 80877102, and what BackendKeyData said: 7 and 9. */
const CANCEL = '0000001004d2162e0000000700000009';
const NOTICE = message(0x4e, Buffer.from('SNOTICE\0MHello\0\0'));
const REFUSED = Buffer.concat([
  message(ERROR, Buffer.from('SERROR\0C57014\0Mcanceling statement due to user request\0\0')),
  message(READY, Buffer.from('I')),
]);

test('the request to cancel bears the key of the session; what the client does next waits until it is through', async () => {
  let finishCancel: (() => void) | undefined;
  const server = await startFakeServer([edited((all) => all.slice(0, 40)), SELECTED], (socket, session) => {
    session.write(Buffer.concat([NOTICE, REFUSED]));
    finishCancel = () => socket.end();
  });
  servers.push(server);
  const noticed = new Promise<void>((resolve) => server.client.once('notice', () => resolve()));
  const reader = readBatches(server.client, 'copy', recording.columns, { batchRows: 20 })[
    Symbol.asyncIterator
  ]();
  expect((await reader.next()).value).toMatchObject({ length: 20 });
  const next = server.client.query('select');
  const left = reader.return!();
  await noticed;
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
  expect(server.requests.length).toBe(1);
  finishCancel!();
  await left;
  expect(await next).toMatchObject({ command: 'SELECT' });
  expect(server.cancels).toEqual([CANCEL]);
});

test('a server that does not stop: it is asked some times, then the connection is ended', async () => {
  const server = await serve(edited((all) => all.slice(0, 40)));
  const gone = new Promise<void>((resolve) => server.client.on('end', resolve));
  for await (const _ of readBatches(server.client, 'copy', recording.columns, { batchRows: 20 })) break;
  await gone;
  expect(server.cancels).toEqual([CANCEL, CANCEL, CANCEL, CANCEL, CANCEL]);
});
