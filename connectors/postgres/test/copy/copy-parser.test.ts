import { DatacookError } from '@datacook/core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  COPY_DATA,
  cut,
  message,
  messagesOf,
  type Recording,
  type Replay,
  record,
  replay,
} from './recording.js';
import { connect, textsOf, useDatabase } from './support.js';

const db = useDatabase();
const SEED = 20261124;
const LIMITS = { batchRows: 5, batchBytes: 650 };

/** Rows of all widths: NULLs, empty and long texts, lists, numerics. */
const SQL = `
  select i as id, case when i % 3 > 0 then repeat('é', case when i > 8 then 90 else i / 2 end) end as word, i * 1.25::numeric as exact,
    (i * 0.01)::numeric as free, array[i, null, -i] as list, i % 2 = 0 as even, null::int as nothing,
    timestamptz '2026-01-01+00' + i * interval '1 microsecond' as moment
  from generate_series(1, 16) i`;

let recording: Recording;
let whole: Replay;

beforeAll(async () => {
  const client = await connect(db.url);
  recording = await record(client, SQL);
  client.connection.stream.destroy();
  whole = replay(recording.columns, [recording.bytes], LIMITS);
});

function expectSame(other: Replay): void {
  if (describeReplay(other) !== describeReplay(whole))
    expect(describeReplay(other)).toBe(describeReplay(whole));
}

const described = new Map<Replay, string>();

function describeReplay(replayed: Replay): string {
  const known = described.get(replayed);
  if (known !== undefined) return known;
  const { batches, ...rest } = replayed;
  const text = JSON.stringify([batches.map(({ length }) => length), textsOf(batches), rest]);
  if (replayed === whole) described.set(replayed, text);
  return text;
}

test('in one piece, rows come in batches of at most so many rows and about so many bytes', () => {
  const texts = textsOf(whole.batches);
  expect(texts[0]).toEqual(Array.from({ length: 16 }, (_, index) => String(index + 1)));
  expect(texts[1]!.slice(0, 4)).toEqual(['', 'é', null, 'éé']);
  expect(whole).toMatchObject({ rows: 16, isDone: true });
  expect(whole.messages).toEqual([expect.stringContaining('COPY 16')]);
  const lengths = whole.batches.map(({ length }) => length);
  expect(Math.max(...lengths)).toBe(5);
  expect(Math.min(...lengths.slice(0, -1))).toBeLessThan(5);
});

describe('the same stream gives the same batches', () => {
  test('byte by byte', () => {
    expectSame(
      replay(
        recording.columns,
        Array.from(recording.bytes, (byte) => Uint8Array.of(byte)),
        LIMITS,
      ),
    );
  });

  test('cut in two at every place', () => {
    for (let at = 1; at < recording.bytes.length; at++) {
      expectSame(replay(recording.columns, cut(recording.bytes, [at]), LIMITS));
    }
  });

  test('cut at random places', () => {
    const place = fc.integer({ min: 1, max: recording.bytes.length - 1 });
    fc.assert(
      fc.property(fc.uniqueArray(place, { maxLength: 60 }), (places) => {
        expectSame(
          replay(
            recording.columns,
            cut(
              recording.bytes,
              places.sort((a, b) => a - b),
            ),
            LIMITS,
          ),
        );
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  test('with rows cut into other messages, notices in between', () => {
    const messages = messagesOf(recording.bytes);
    const payload = Buffer.concat(
      messages.filter(([type]) => type === COPY_DATA).map((data) => data.subarray(5)),
    );
    const first = messages.slice(0, 1);
    const last = messages.slice(messages.findLastIndex(([type]) => type === COPY_DATA) + 1);
    const notice = message(0x4e, Buffer.from('SNOTICE\0MHello\0\0'));
    const rows = (replayed: Replay) => textsOf(replayed.batches);
    const place = fc.integer({ min: 1, max: payload.length - 1 });
    fc.assert(
      fc.property(
        fc.uniqueArray(place, { maxLength: 80 }),
        fc.uniqueArray(fc.integer({ min: 1, max: 4000 }), { maxLength: 20 }),
        (places, cuts) => {
          const parts = cut(
            payload,
            places.sort((a, b) => a - b),
          ).map((part) => message(COPY_DATA, part));
          const notices = Math.min(3, parts.length);
          for (let at = 0; at < notices; at++) parts.splice(at * 2, 0, notice);
          const bytes = Buffer.concat([...first, ...parts, ...last]);
          const pieces = cut(
            bytes,
            cuts.filter((at) => at < bytes.length).sort((a, b) => a - b),
          );
          const other = replay(recording.columns, pieces, { batchRows: 5, batchBytes: 1 << 20 });
          expect(rows(other)).toEqual(rows(whole));
          expect(other).toMatchObject({ rows: 16, isDone: true });
          expect(other.messages.length).toBe(notices + 1);
        },
      ),
      { seed: SEED, numRuns: 300 },
    );
  });
});

test('what comes behind ReadyForQuery is given back', () => {
  const more = Buffer.from([0x53, 0, 0, 0, 40, 1, 2, 3]);
  const { rest } = replay(recording.columns, [Buffer.concat([recording.bytes, more])]);
  expect(rest).toEqual(Buffer.concat([message(0x5a, Buffer.from('I')), more]));
});

describe('a stream that is not right', () => {
  const rowMessage = () => messagesOf(recording.bytes).filter(([type]) => type === COPY_DATA);

  /** Replaces the n-th message of rows. */
  function damaged(index: number, change: (payload: Buffer) => Buffer): Buffer {
    let at = 0;
    return Buffer.concat(
      messagesOf(recording.bytes).map((bytes) =>
        bytes[0] === COPY_DATA && at++ === index
          ? message(COPY_DATA, change(Buffer.from(bytes.subarray(5))))
          : bytes,
      ),
    );
  }

  test.each<[string, () => Buffer, string]>([
    [
      'another signature',
      () => damaged(0, (row) => Buffer.concat([Buffer.from('PGCOPX'), row.subarray(6)])),
      'do not begin as a binary COPY does',
    ],
    [
      'flags that change the format',
      () =>
        damaged(0, (row) => {
          row[12] = 1;
          return row;
        }),
      'of an unknown binary format',
    ],
    [
      'too few columns',
      () =>
        damaged(3, (row) => {
          row.writeInt16BE(7);
          return row;
        }),
      'a row has 7 columns where 8 were asked for',
    ],
    [
      'bytes behind a row',
      () => damaged(3, (row) => Buffer.concat([row, Buffer.from([1, 2, 3])])),
      'columns where 8 were asked for',
    ],
    [
      'a value of impossible length',
      () =>
        damaged(3, (row) => {
          row.writeInt32BE(-7, 2);
          return row;
        }),
      'says that it has -7 bytes',
    ],
    [
      'bytes behind the end of the rows',
      () => damaged(rowMessage().length - 1, (row) => Buffer.concat([row, row])),
      'bytes came after the end of the rows',
    ],
    [
      'rows behind the end of the rows',
      () =>
        Buffer.concat([
          recording.bytes.subarray(0, recording.bytes.indexOf(message(0x63, Buffer.alloc(0)))),
          rowMessage()[3]!,
        ]),
      'bytes came after the end of the rows',
    ],
    [
      'no end of the rows',
      () =>
        Buffer.concat(
          messagesOf(recording.bytes).filter((bytes) => bytes[0] !== COPY_DATA || bytes.length > 7),
        ),
      'CopyDone came before the end of the rows',
    ],
    [
      'a message of no known type',
      () =>
        Buffer.concat([
          recording.bytes.subarray(0, messagesOf(recording.bytes)[0]!.length),
          Buffer.from('?????????'),
        ]),
      'a message of type 0x3f came',
    ],
    [
      'a message of impossible length',
      () =>
        Buffer.concat([
          recording.bytes.subarray(0, messagesOf(recording.bytes)[0]!.length),
          Buffer.from([COPY_DATA, 0x7f, 255, 255, 255]),
        ]),
      'a message says that it has 2147483647 bytes',
    ],
    [
      'no CopyOutResponse',
      () => recording.bytes.subarray(messagesOf(recording.bytes)[0]!.length),
      'rows came before CopyOutResponse',
    ],
    [
      'a COPY of text',
      () => Buffer.concat([message(0x48, Buffer.from([0, 0, 8])), recording.bytes]),
      'the COPY is not binary',
    ],
    [
      'a COPY of other columns',
      () => Buffer.concat([message(0x48, Buffer.from([1, 0, 9])), recording.bytes]),
      '9 columns are sent where 8 were asked for',
    ],
  ])('%s', (_, bytes, reason) => {
    expect(() => replay(recording.columns, [bytes()])).toThrow(
      expect.objectContaining({ code: 'CONNECTION', retry: true, message: expect.stringContaining(reason) }),
    );
  });

  test('a row whose message ends too early waits for the rest and is never made up', () => {
    const bytes = damaged(5, (row) => row.subarray(0, row.length - 1));
    expect(() => replay(recording.columns, [bytes])).toThrow(DatacookError);
  });

  test.each([
    ['int4', 0, 'value of four bytes'],
    ['numeric', 2, 'numeric'],
    ['array', 4, 'array'],
    ['bool', 5, 'boolean'],
    ['timestamptz', 7, 'timestamp'],
  ])('a value of %s that is too short is DATA and names the column', (_, index, wire) => {
    const bytes = damaged(4, (row) => shorten(row, index));
    expect(() => replay(recording.columns, [bytes])).toThrow(
      expect.objectContaining({
        code: 'DATA',
        message: expect.stringMatching(
          `The column "${recording.columns[index]!.name}" was sent with .* that is no ${wire}`,
        ),
      }),
    );
  });

  test("a byte that changed is never more than an error, a count that is not the server's, or another value", () => {
    const place = fc.integer({ min: 0, max: recording.bytes.length - 1 });
    fc.assert(
      fc.property(place, fc.integer({ min: 1, max: 255 }), (at, change) => {
        const bytes = Buffer.from(recording.bytes);
        bytes[at]! ^= change;
        try {
          const { isDone, rows, rest, messages } = replay(recording.columns, [bytes], LIMITS);
          const isComplete = isDone && rest !== undefined && messages.at(-1)!.includes(`COPY ${rows}\0`);
          if (isComplete) expect(rows).toBe(16);
        } catch (error) {
          if (!(error instanceof DatacookError)) throw error;
        }
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });
});

/** Takes the last byte of a field. */
function shorten(row: Buffer, index: number): Buffer {
  let at = 2;
  for (let field = 0; field < index; field++) at += 4 + Math.max(0, row.readInt32BE(at));
  const size = row.readInt32BE(at);
  row.writeInt32BE(size - 1, at);
  return Buffer.concat([row.subarray(0, at + 3 + size), row.subarray(at + 4 + size)]);
}
