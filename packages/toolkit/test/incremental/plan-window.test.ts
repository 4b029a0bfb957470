import type { Json, WriteMode } from '@datacook/core';
import { describe, expect, test } from 'vitest';
import {
  type CursorColumn,
  finishWindow,
  type PlannedWindow,
  planWindow,
  type SqlIncremental,
  type Watermark,
} from '../../src/index.js';
import {
  CURSOR_COLUMN,
  KEY_COLUMN,
  MemorySession,
  MemoryTable,
  TEXT_COLUMN,
} from './simulation/memory-table.js';

const CURSOR: SqlIncremental = { strategy: 'cursor', cursor_column: 'cursor', on_null: 'error' };
const WATERMARK: SqlIncremental = {
  strategy: 'watermark',
  cursor_column: 'cursor',
  lag: '2s',
  on_null: 'error',
};
const COLUMNS = [CURSOR_COLUMN, KEY_COLUMN, TEXT_COLUMN];
const AT = { version: 1, strategy: 'cursor', column: 'cursor', type: 'integer' };
const seen = (...hashes: string[]) => ({
  columns: COLUMNS,
  rows: Object.fromEntries(hashes.map((hash) => [hash, 1])),
});
/** Rows that a position can remember. */
const room = (rows: number) => rows * 38;

interface Ask {
  readonly rows?: readonly (number | null)[];
  readonly clock?: number;
  readonly incremental?: SqlIncremental;
  readonly position?: Json;
  readonly range?: { readonly from?: string; readonly to?: string };
  readonly writeMode?: WriteMode;
  readonly memoryBytes?: number;
  readonly column?: Partial<CursorColumn>;
  readonly watermark?: Partial<Watermark>;
}

async function plan(ask: Ask): Promise<PlannedWindow & { readonly log: readonly string[] }> {
  const table = new MemoryTable();
  table.rows = (ask.rows ?? []).map((cursor, index) => ({ key: index + 1, cursor, text: 'a' }));
  table.clock = ask.clock ?? 20;
  const session = new MemorySession(table, ask.column);
  const { watermark } = ask;
  if (watermark) {
    const answer = session.watermark.bind(session);
    session.watermark = async (lagMs) => ({ ...(await answer(lagMs)), ...watermark });
  }
  const log: string[] = [];
  const planned = await planWindow({
    request: {
      stream: 'public.t',
      ...(ask.position === undefined ? {} : { position: ask.position }),
      ...(ask.range ? { range: ask.range } : {}),
      ...(ask.writeMode ? { writeMode: ask.writeMode } : {}),
    },
    incremental: ask.incremental ?? CURSOR,
    system: session,
    log: (level, text) => log.push(`${level}: ${text}`),
    ...(ask.memoryBytes === undefined ? {} : { memoryBytes: ask.memoryBytes }),
  });
  // Both go through the head.
  expect(JSON.parse(JSON.stringify(planned))).toEqual(planned);
  return { ...planned, log };
}

describe('strategy cursor', () => {
  test('begins with everything up to the greatest value, whatever its text sorts as', async () => {
    const { window, next } = await plan({ rows: [9, 10, 10, 2] });
    expect(window).toEqual({
      version: 1,
      strategy: 'cursor',
      column: 'cursor',
      type: 'integer',
      values: true,
      lowInclusive: true,
      high: '10',
      highInclusive: true,
      nulls: false,
      rememberNulls: false,
      remember: true,
      columns: COLUMNS,
    });
    expect(next).toBeNull();
  });

  test('goes on with the rows at the edge, without those that were read', async () => {
    const position = { ...AT, value: '9', inclusive: true, seen: seen('x') };
    const { window } = await plan({ rows: [9, 10], position });
    expect(window).toMatchObject({
      low: '9',
      lowInclusive: true,
      high: '10',
      highInclusive: true,
      seen: seen('x'),
    });
  });

  test('reads the edge again if it has not moved: rows may have come or changed there', async () => {
    const position = { ...AT, value: '9', inclusive: true, seen: seen('x') };
    const { window, next } = await plan({ rows: [9, 9], position });
    expect(window).toMatchObject({ low: '9', high: '9', seen: seen('x'), remember: true });
    expect(next).toBe(position);
  });

  test('reads nothing, and keeps its position word for word, if there is nothing', async () => {
    expect(await plan({ rows: [] })).toMatchObject({ next: null });
    const position = { ...AT, value: '9', inclusive: true, seen: seen('x') };
    const gone = await plan({ rows: [3], position });
    expect(gone.window).toBeUndefined();
    expect(finishWindow(gone, [])).toBe(position);
  });

  test('needs no memory if it is unique', async () => {
    const first = await plan({ rows: [9, 10], column: { isUnique: true } });
    expect(first.window).toMatchObject({ high: '10', highInclusive: true, remember: false, columns: [] });
    const position = finishWindow(first, []);
    expect(position).toEqual({ ...AT, value: '10', inclusive: true });
    expect((await plan({ rows: [9, 10], column: { isUnique: true }, position })).window).toBeUndefined();
    const next = await plan({ rows: [9, 10, 11], column: { isUnique: true }, position });
    expect(next.window).toMatchObject({ low: '10', lowInclusive: false, high: '11' });
  });

  test('says what it rests on', async () => {
    expect((await plan({ rows: [1] })).log[0]).toMatch(/^info: strategy cursor .* committed in their order/);
  });

  test.each(['infinity', 'NaN'])('refuses %s as an edge, beyond which nothing could come', async (value) => {
    const table = new MemoryTable();
    const session = new MemorySession(table, { type: 'numeric' });
    session.greatest = async () => ({ value, rows: 1 });
    const ask = { request: { stream: 't' }, incremental: CURSOR, system: session, log: () => undefined };
    await expect(planWindow(ask)).rejects.toMatchObject({
      code: 'DATA',
      message: expect.stringContaining(value),
    });
    const words = new MemorySession(table, { type: 'character varying' });
    words.greatest = session.greatest;
    await expect(planWindow({ ...ask, system: words })).resolves.toMatchObject({ window: { high: value } });
  });
});

describe('a tie at the edge that is too large to be remembered', () => {
  test('waits, if the load appends, and the report says how many rows do', async () => {
    const { window, log } = await plan({ rows: [7, 9, 9, 9], memoryBytes: room(2) });
    expect(window).toMatchObject({ high: '9', highInclusive: false, remember: false });
    expect(log.at(-1)).toMatch(
      /^warn: 3 rows of public\.t have cursor = 9, .* they wait until there is a greater value/,
    );
  });

  test('is all that there is: nothing is read, and the position stays', async () => {
    const first = await plan({ rows: [9, 9, 9], memoryBytes: room(2) });
    expect([first.window, first.next]).toEqual([undefined, null]);
    const position = { ...AT, value: '9', inclusive: true, seen: seen('x') };
    const grown = await plan({ rows: [9, 9, 9], memoryBytes: room(2), position });
    expect([grown.window, grown.next]).toEqual([undefined, position]);
    expect(grown.log.at(-1)).toMatch(/^warn: 3 rows/);
  });

  test('is read whole once there is a greater value', async () => {
    const first = await plan({ rows: [7, 9, 9, 9], memoryBytes: room(2) });
    const position = finishWindow(first, []);
    expect(position).toEqual({ ...AT, value: '9', inclusive: false });
    const { window } = await plan({ rows: [7, 9, 9, 9, 12], memoryBytes: room(2), position });
    expect(window).toMatchObject({
      low: '9',
      lowInclusive: true,
      high: '12',
      highInclusive: true,
      remember: true,
    });
    expect(window).not.toHaveProperty('seen');
  });

  test.each<WriteMode>(['merge', 'replace'])(
    'is read without memory by a %s, and again the next time',
    async (writeMode) => {
      const first = await plan({ rows: [9, 9, 9], memoryBytes: room(2), writeMode });
      expect(first.window).toMatchObject({ high: '9', highInclusive: true, remember: false });
      expect(first.log.at(-1)).toMatch(/^info: 3 rows/);
      const position = finishWindow(first, []);
      const second = await plan({ rows: [9, 9, 9], memoryBytes: room(2), writeMode, position });
      expect(second.window).toMatchObject({ low: '9', lowInclusive: true, high: '9' });
      expect(second.window).not.toHaveProperty('seen');
      expect(finishWindow(second, [])).toEqual(position);
    },
  );

  test('fits to the row', async () => {
    expect((await plan({ rows: [9, 9, 9], memoryBytes: room(3) })).window).toMatchObject({ remember: true });
    expect((await plan({ rows: Array(27_594).fill(9) })).window).toMatchObject({ remember: true });
    expect((await plan({ rows: Array(27_595).fill(9) })).window).toBeUndefined();
  });
});

describe('strategy watermark', () => {
  test('reads up to the watermark, that one excluded, and goes on with it', async () => {
    const first = await plan({ rows: [9, 30], incremental: WATERMARK, clock: 12 });
    expect(first.window).toMatchObject({
      strategy: 'watermark',
      high: '10',
      highInclusive: false,
      remember: false,
    });
    const position = finishWindow(first, []);
    expect(position).toEqual({ ...AT, strategy: 'watermark', value: '10', inclusive: false });
    const second = await plan({ rows: [9, 30], incremental: WATERMARK, clock: 15, position });
    expect(second.window).toMatchObject({ low: '10', lowInclusive: true, high: '13' });
  });

  test.each([12, 11, 3])('reads nothing and stays if the clock, at %i, has not gone on', async (clock) => {
    const position = { ...AT, strategy: 'watermark', value: '10', inclusive: false };
    const { window, next } = await plan({ rows: [9], incremental: WATERMARK, clock, position });
    expect([window, next]).toEqual([undefined, position]);
  });

  test('says what holds it back, and that it rests on lag alone', async () => {
    const held = await plan({
      incremental: WATERMARK,
      watermark: { high: '5', heldBackBy: 'a transaction of 2 h' },
    });
    expect(held.log).toEqual(['warn: public.t is read up to cursor = 5: held back by a transaction of 2 h']);
    const blind = await plan({
      incremental: WATERMARK,
      watermark: { exact: false, reason: 'the role sees its own' },
    });
    expect(blind.log[0]).toMatch(
      /^warn: that no row .* rests on incremental\.lag \(2s\) alone: the role sees its own/,
    );
  });
});

describe('NULL cursors', () => {
  const include: SqlIncremental = { ...CURSOR, on_null: 'include' };

  test('are an error by default, with their number', async () => {
    await expect(plan({ rows: [null, 3, null] })).rejects.toMatchObject({
      code: 'DATA',
      message: '2 rows of public.t have NULL in the cursor cursor, so that no window would find them.',
      hint: expect.stringContaining('on_null: include'),
    });
    await expect(plan({ rows: Array(20_000).fill(null) })).rejects.toThrow(/^10000 or more rows/);
    await expect(plan({ rows: [null], incremental: WATERMARK })).rejects.toThrow(/^1 row of/);
  });

  test('are not looked for where there can be none', async () => {
    expect((await plan({ rows: [null, 3], column: { isNullable: false } })).window).toMatchObject({
      nulls: false,
    });
  });

  test('are left out if that is asked', async () => {
    const exclude: SqlIncremental = { ...CURSOR, on_null: 'exclude' };
    expect((await plan({ rows: [null, 3], incremental: exclude })).window).toMatchObject({
      nulls: false,
      high: '3',
    });
    expect((await plan({ rows: [null], incremental: exclude })).window).toBeUndefined();
  });

  test('are remembered by an append, also where there is nothing else', async () => {
    const { window } = await plan({ rows: [null, null], incremental: include });
    expect(window).toMatchObject({
      values: false,
      nulls: true,
      rememberNulls: true,
      remember: false,
      columns: COLUMNS,
    });
    expect(window).not.toHaveProperty('high');
    const position = { ...AT, value: '3', inclusive: true, seen: seen('x'), nulls: seen('n') };
    const next = await plan({ rows: [3, null], incremental: include, position });
    expect(next.window).toMatchObject({ values: true, nulls: true, seen: seen('x'), seenNulls: seen('n') });
  });

  test('leave less room for the edge, and are an error if they alone are too many', async () => {
    const both = await plan({ rows: [null, 3, 3], incremental: include, memoryBytes: room(2) });
    expect(both.window).toMatchObject({ values: false, nulls: true });
    await expect(
      plan({ rows: [null, null, 3], incremental: include, memoryBytes: room(1) }),
    ).rejects.toMatchObject({
      code: 'DATA',
      message: expect.stringMatching(/^More than 1 rows of public\.t have NULL/),
    });
  });

  test('are read each time by a merge, which then keeps no memory at all', async () => {
    const position = { ...AT, value: '3', inclusive: true, seen: seen('x') };
    const { window } = await plan({ rows: [null, 3], incremental: include, writeMode: 'merge', position });
    expect(window).toMatchObject({
      nulls: true,
      rememberNulls: false,
      remember: false,
      low: '3',
      lowInclusive: true,
    });
    expect(window).not.toHaveProperty('seen');
  });

  test('that were merged stop an append, as long as there are some', async () => {
    const position = { ...AT, value: '3', inclusive: false, nulls: 'forgotten' };
    await expect(plan({ rows: [null, 3], incremental: include, position })).rejects.toMatchObject({
      code: 'STALE_POSITION',
      message: expect.stringContaining('loaded by merging'),
    });
    const gone = await plan({ rows: [3], incremental: include, position });
    expect(gone.window).toMatchObject({ nulls: true, rememberNulls: true });
  });

  test('that were read stay remembered while they are left out', async () => {
    const position = { ...AT, value: '3', inclusive: false, nulls: seen('n') };
    const planned = await plan({ rows: [null, 5], incremental: { ...CURSOR, on_null: 'exclude' }, position });
    const ends = [{ version: 1, part: 'values', done: true }];
    expect(finishWindow(planned, ends)).toMatchObject({ value: '5', nulls: seen('n') });
  });
});

describe('a position of something else', () => {
  const position = { ...AT, value: '3', inclusive: true, seen: seen('x') };

  test.each<[string, Json, Ask]>([
    ['strategy', position, { incremental: WATERMARK }],
    ['column', { ...position, column: 'other' }, {}],
  ])('(another %s) is a conflict, with the choices', async (_, other, ask) => {
    await expect(plan({ ...ask, rows: [3], position: other })).rejects.toMatchObject({
      code: 'CONFLICT',
      hint: expect.stringContaining('--full-refresh'),
    });
  });

  test('(another type) is stale; a merge, which begins anew by itself, says so', async () => {
    const column = { type: 'bigint' };
    await expect(plan({ rows: [3], column, position })).rejects.toMatchObject({
      code: 'STALE_POSITION',
      message: 'The position of public.t has type integer; the cursor cursor has type bigint now.',
    });
    const log: string[] = [];
    const merge = planWindow({
      request: { stream: 'public.t', position, writeMode: 'merge' },
      incremental: CURSOR,
      system: new MemorySession(new MemoryTable(), column),
      log: (level, text) => log.push(`${level}: ${text}`),
    });
    await expect(merge).rejects.toMatchObject({ code: 'STALE_POSITION' });
    expect(log.at(-1)).toMatch(/^warn: .* Everything is read anew\.$/);
  });

  test('(without memory, as a merge makes it) stops an append of a cursor that is not unique', async () => {
    const merged = { ...AT, value: '3', inclusive: true };
    await expect(plan({ rows: [3], position: merged })).rejects.toMatchObject({
      code: 'STALE_POSITION',
      message: expect.stringContaining("it isn't known which rows with cursor = 3 were loaded"),
    });
    expect((await plan({ rows: [3, 4], position: merged, column: { isUnique: true } })).window).toBeDefined();
  });

  test.each<[string, Json, RegExp]>([
    ['a newer version', { ...position, version: 2 }, /has format 2; this version of datacook reads format 1/],
    ['no version', { a: 1 }, /The position of public\.t is damaged: \{"a":1\}/],
    ['no edge but a memory', { ...AT, seen: seen('x') }, /is damaged/],
    ['an edge that is a number', { ...AT, value: 3, inclusive: true }, /is damaged/],
    ['counts that are none', { ...position, seen: { columns: [], rows: { x: 0 } } }, /is damaged/],
    ['text', 'x'.repeat(500), /is damaged: "x{119}…$/],
  ])('(%s) is refused', async (_, other, message) => {
    const refused = plan({ rows: [3], position: other });
    await expect(refused).rejects.toMatchObject({ code: 'DATA', hint: expect.any(String) });
    await expect(refused).rejects.toThrow(message);
  });
});

describe('columns that have changed since rows were remembered', () => {
  const old = { columns: [CURSOR_COLUMN, { name: 'gone', type: 'text' }], rows: { x: 1 } };
  const position = { ...AT, value: '3', inclusive: true, seen: old };

  test('change nothing if they were added: the hash is over those of then', async () => {
    const { window } = await plan({
      rows: [3],
      position: { ...position, seen: { ...old, columns: [CURSOR_COLUMN] } },
    });
    expect(window).toMatchObject({ seen: { columns: [CURSOR_COLUMN] }, columns: COLUMNS });
  });

  test('stop an append if they are gone, or have another type', async () => {
    await expect(plan({ rows: [3], position })).rejects.toMatchObject({
      code: 'STALE_POSITION',
      message: expect.stringContaining('gone is not among them any more'),
      hint: expect.stringContaining('write_mode: merge'),
    });
    const retyped = { ...old, columns: [{ name: 'text', type: 'char' }] };
    await expect(plan({ rows: [3], position: { ...position, seen: retyped } })).rejects.toThrow(
      /text had type char and has text now/,
    );
    const nulls = { ...position, seen: seen('x'), nulls: old };
    const include: SqlIncremental = { ...CURSOR, on_null: 'include' };
    await expect(plan({ rows: [null], incremental: include, position: nulls })).rejects.toThrow(
      /gone is not among/,
    );
  });

  test('let a merge read the edge again', async () => {
    const { window } = await plan({ rows: [3], position, writeMode: 'merge' });
    expect(window).toMatchObject({ low: '3', lowInclusive: true, remember: true });
    expect(window).not.toHaveProperty('seen');
  });
});

describe('a backfill', () => {
  test('reads from and below, in canonical text, and has no position', async () => {
    const planned = await plan({
      rows: [1, 5, null],
      range: { from: ' 03', to: '7' },
      position: { old: true },
    });
    expect(planned.window).toMatchObject({
      strategy: 'backfill',
      low: '3',
      lowInclusive: true,
      high: '7',
      highInclusive: false,
      nulls: false,
      remember: false,
    });
    expect(planned.next).toBeNull();
    expect(finishWindow(planned, [undefined])).toBeNull();
  });

  test('without a begin reads from the least value', async () => {
    expect((await plan({ rows: [1], range: { to: '7' } })).window).not.toHaveProperty('low');
  });

  test('without an end reads as far as a load would', async () => {
    const toGreatest = await plan({ rows: [1, 5], range: { from: '3' } });
    expect(toGreatest.window).toMatchObject({ high: '5', highInclusive: true });
    const toWatermark = await plan({ rows: [1, 5], range: { from: '3' }, incremental: WATERMARK, clock: 8 });
    expect(toWatermark.window).toMatchObject({ strategy: 'backfill', high: '6', highInclusive: false });
  });

  test('of nothing reads nothing', async () => {
    expect((await plan({ rows: [1], range: { from: '3' } })).window).toBeUndefined();
    const late = await plan({ rows: [1], range: { from: '9' }, incremental: WATERMARK, clock: 8 });
    expect(late.window).toBeUndefined();
  });

  test('beyond the watermark says that rows may still come there', async () => {
    const { log } = await plan({ range: { to: '30' }, incremental: WATERMARK, clock: 8 });
    expect(log).toEqual([expect.stringMatching(/^warn: cursor from 6 to 30 may still be written/)]);
  });

  test.each([
    [{ from: '7', to: '7' }, '--from 7 is not before --to 7.'],
    [{ from: '10', to: '9' }, '--from 10 is not before --to 9.'],
    [{ from: 'x' }, '--from x is no integer.'],
    [{ to: '' }, '--to  is no integer.'],
  ])('refuses %o', async (range, message) => {
    await expect(plan({ rows: [1], range })).rejects.toMatchObject({ code: 'CONFIG', message });
  });
});
