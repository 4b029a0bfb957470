import type { Batch, Column, Json } from '@datacook/core';
import { describe, expect, test } from 'vitest';
import {
  batchFromRows,
  createColumnBuilder,
  nullColumn,
  rowsOf,
  type Window,
  WindowReader,
} from '../../src/index.js';

const WINDOW: Window = {
  version: 1,
  strategy: 'cursor',
  column: 'at',
  type: 'date',
  values: true,
  low: '3',
  lowInclusive: true,
  high: '9',
  highInclusive: true,
  nulls: false,
  seen: { columns: [{ name: 'id', type: 'int' }], rows: { a: 1, b: 2 } },
  remember: true,
  rememberNulls: false,
  columns: [{ name: 'id', type: 'int' }],
};

function batchOf(...ids: number[]): Batch {
  return batchFromRows(ids.map((id) => ({ id })));
}

function hashes(...texts: (string | null)[]): Column {
  const builder = createColumnBuilder({ kind: 'utf8' });
  for (const text of texts)
    if (text === null) builder.appendNull();
    else builder.append(text);
  return builder.finish();
}

const none = (length: number) => nullColumn({ kind: 'utf8' }, length);
const idsOf = (batch: Batch) => [...rowsOf(batch)].map(({ id }) => Number(id));
const reread = (position: Json): Json => JSON.parse(JSON.stringify(position));

describe('take', () => {
  test('hands on the very batch if no row is at an edge', () => {
    const reader = new WindowReader(WINDOW, 'values');
    const batch = batchOf(1, 2, 3);
    expect(reader.take(batch, { atLow: none(3), atHigh: none(3) })).toEqual({ batch, skipped: 0 });
    expect(reader.take(batch, { atLow: none(3), atHigh: none(3) }).batch).toBe(batch);
    expect(reader.take(batch, { atLow: hashes('x', null, 'y'), atHigh: none(3) }).batch).toBe(batch);
  });

  test('leaves out a row as often as it was read before, and no more often', () => {
    const reader = new WindowReader(WINDOW, 'values');
    const atLow = hashes('a', 'b', 'b', 'b', 'a', null, 'c');
    const { batch, skipped } = reader.take(batchOf(1, 2, 3, 4, 5, 6, 7), { atLow, atHigh: none(7) });
    expect(idsOf(batch)).toEqual([4, 5, 6, 7]);
    expect(skipped).toBe(3);
  });

  test('may leave out all rows of a batch', () => {
    const reader = new WindowReader(WINDOW, 'values');
    const { batch, skipped } = reader.take(batchOf(1, 2), { atLow: hashes('b', 'b'), atHigh: none(2) });
    expect([batch.length, skipped]).toEqual([0, 2]);
  });

  test('asks for the hashes that it needs, and for no others', () => {
    const reader = new WindowReader(WINDOW, 'values');
    expect(() => reader.take(batchOf(1), { atLow: none(1) })).toThrow(/without their hashes.*high/);
    expect(() => reader.take(batchOf(1), { atHigh: none(1) })).toThrow(/without their hashes.*low/);
    const { seen: _seen, ...rest } = WINDOW;
    const batch = batchOf(1);
    expect(new WindowReader({ ...rest, remember: false }, 'values').take(batch, {}).batch).toBe(batch);
  });
});

describe('a position', () => {
  test('remembers rows at the upper edge, those that are skipped too', () => {
    const reader = new WindowReader(WINDOW, 'values');
    reader.take(batchOf(1, 2, 3), { atLow: hashes('a', null, null), atHigh: hashes('a', 'z', 'z') });
    expect(reader.position({ id: 3 })).toEqual({
      version: 1,
      part: 'values',
      at: { id: 3 },
      skipped: { a: 1 },
      remembered: { a: 1, z: 2 },
    });
  });

  test('is gone on from with what was skipped and remembered until there', () => {
    const first = new WindowReader(WINDOW, 'values');
    first.take(batchOf(1, 2), { atLow: hashes('b', null), atHigh: hashes(null, 'z') });
    const second = new WindowReader(WINDOW, 'values', reread(first.position(2)));
    expect([second.from, second.isDone]).toEqual([2, false]);
    const { batch } = second.take(batchOf(3, 4, 5), {
      atLow: hashes('b', 'b', 'a'),
      atHigh: hashes('z', null, null),
    });
    expect(idsOf(batch)).toEqual([4]);
    expect(second.end()).toEqual({
      version: 1,
      part: 'values',
      done: true,
      skipped: true,
      remembered: { z: 2 },
    });
  });

  test('stays as it was when it was made, whatever is taken afterwards', () => {
    const reader = new WindowReader(WINDOW, 'values');
    reader.take(batchOf(1), { atLow: none(1), atHigh: hashes('z') });
    const position = reader.position(1);
    const before = JSON.stringify(position);
    reader.take(batchOf(2), { atLow: hashes('a'), atHigh: hashes('z') });
    expect(JSON.stringify(position)).toBe(before);
  });

  test('says that all of what was seen was skipped in one word, which is read back', () => {
    const reader = new WindowReader(WINDOW, 'values');
    reader.take(batchOf(1, 2, 3), { atLow: hashes('a', 'b', 'b'), atHigh: none(3) });
    const position = reader.position(3);
    expect(position).toEqual({ version: 1, part: 'values', at: 3, skipped: true });
    const second = new WindowReader(WINDOW, 'values', reread(position));
    expect(second.take(batchOf(4), { atLow: hashes('b'), atHigh: none(1) }).skipped).toBe(0);
    expect(second.position(4)).toMatchObject({ skipped: true });
  });

  test('at the end is done', () => {
    const end = new WindowReader(WINDOW, 'values').end();
    const reader = new WindowReader(WINDOW, 'values', reread(end));
    expect([reader.from, reader.isDone]).toEqual([undefined, true]);
  });

  test.each<[string, Json, RegExp]>([
    [
      'a newer version',
      { version: 2, part: 'values', at: 1 },
      /has format 2; this version of datacook reads format 1/,
    ],
    ['no version', { part: 'values', at: 1 }, /is damaged/],
    ['neither place nor end', { version: 1, part: 'values' }, /is damaged/],
    ['counts that are none', { version: 1, part: 'values', at: 1, skipped: { a: -1 } }, /is damaged/],
    ['another part', { version: 1, part: 'all', at: 1 }, /is damaged/],
    ['no object', 'x', /is damaged/],
  ])('that has %s is refused', (_, position, message) => {
    expect(() => new WindowReader(WINDOW, 'values', position)).toThrow(message);
  });
});

test('NULL rows have a memory of their own', () => {
  const window: Window = {
    ...WINDOW,
    nulls: true,
    seenNulls: { columns: WINDOW.columns, rows: { n: 1 } },
    rememberNulls: true,
  };
  const reader = new WindowReader(window, 'nulls');
  const { batch, skipped } = reader.take(batchOf(1, 2, 3), {
    atLow: hashes('n', 'a', 'n'),
    atHigh: hashes('n', 'a', 'n'),
  });
  expect([idsOf(batch), skipped]).toEqual([[2, 3], 1]);
  expect(reader.end()).toEqual({
    version: 1,
    part: 'nulls',
    done: true,
    skipped: true,
    remembered: { a: 1, n: 2 },
  });
});
