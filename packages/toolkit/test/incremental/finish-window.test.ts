import type { Json } from '@datacook/core';
import { describe, expect, test } from 'vitest';
import { finishWindow, type Window } from '../../src/index.js';

const COLUMNS = [{ name: 'id', type: 'int' }];
const WINDOW: Window = {
  version: 1,
  strategy: 'cursor',
  column: 'at',
  type: 'date',
  values: true,
  lowInclusive: true,
  high: '9',
  highInclusive: true,
  nulls: false,
  remember: true,
  rememberNulls: false,
  columns: COLUMNS,
};
const end = (part: string, remembered?: Json, skipped?: Json): Json => ({
  version: 1,
  part,
  done: true,
  ...(skipped === undefined ? {} : { skipped }),
  ...(remembered === undefined ? {} : { remembered }),
});
const AT = { version: 1, strategy: 'cursor', column: 'at', type: 'date' };

test('joins what each partition remembers, equal rows counted together', () => {
  const ends = [end('values', { z: 1, a: 2 }), end('values'), end('values', { z: 2 })];
  const next = finishWindow({ window: WINDOW, next: null }, ends);
  expect(next).toEqual({
    ...AT,
    value: '9',
    inclusive: true,
    seen: { columns: COLUMNS, rows: { a: 2, z: 3 } },
  });
  // Equal memories have equal text, in whatever order the rows came.
  expect(JSON.stringify(next)).toBe(
    JSON.stringify(finishWindow({ window: WINDOW, next: null }, ends.toReversed())),
  );
});

test('without memory it says the edge and nothing else', () => {
  const { remember: _remember, ...rest } = WINDOW;
  const window: Window = { ...rest, remember: false, highInclusive: false };
  expect(finishWindow({ window, next: null }, [undefined])).toEqual({ ...AT, value: '9', inclusive: false });
});

test('a load that reads nothing leaves the position as it was', () => {
  const next = { ...AT, value: '5', inclusive: true, seen: { columns: COLUMNS, rows: { a: 1 } } };
  expect(finishWindow({ next }, [])).toBe(next);
  expect(finishWindow({ next: null }, [])).toBeNull();
});

test('a backfill has no position', () => {
  expect(
    finishWindow({ window: { ...WINDOW, strategy: 'backfill', remember: false }, next: null }, []),
  ).toBeNull();
});

describe('NULL rows', () => {
  const before: Json = {
    ...AT,
    value: '5',
    inclusive: true,
    seen: { columns: COLUMNS, rows: { a: 1 } },
    nulls: { columns: COLUMNS, rows: { n: 1 } },
  };
  const { high: _high, ...rest } = WINDOW;
  const nullsOnly: Window = {
    ...rest,
    values: false,
    highInclusive: false,
    nulls: true,
    remember: false,
    rememberNulls: true,
  };

  test('alone leave the edge as it was, with its memory', () => {
    expect(finishWindow({ window: nullsOnly, next: before }, [end('nulls', { n: 1, m: 1 })])).toEqual({
      ...before,
      nulls: { columns: COLUMNS, rows: { m: 1, n: 1 } },
    });
    expect(JSON.stringify(finishWindow({ window: nullsOnly, next: before }, [end('nulls', { n: 1 })]))).toBe(
      JSON.stringify(before),
    );
  });

  test('alone, the first time, make a position without an edge', () => {
    expect(finishWindow({ window: nullsOnly, next: null }, [end('nulls', { n: 1 })])).toEqual({
      ...AT,
      nulls: { columns: COLUMNS, rows: { n: 1 } },
    });
  });

  test('that have all gone are forgotten', () => {
    expect(finishWindow({ window: nullsOnly, next: before }, [end('nulls')])).not.toHaveProperty('nulls');
  });

  test('that were merged are known to have been, though not which', () => {
    const window = { ...nullsOnly, rememberNulls: false };
    expect(finishWindow({ window, next: before }, [undefined])).toMatchObject({ nulls: 'forgotten' });
  });

  test('that are not read are remembered as before', () => {
    const { remember: _remember, ...window } = WINDOW;
    expect(finishWindow({ window: { ...window, remember: false }, next: before }, [])).toMatchObject({
      value: '9',
      nulls: { rows: { n: 1 } },
    });
  });
});

test('a partition whose memory is missing is a defect, not an empty memory', () => {
  const unfinished: Json = { version: 1, part: 'values', at: 1 };
  for (const ends of [[undefined], [end('values'), unfinished]]) {
    expect(() => finishWindow({ window: WINDOW, next: null }, ends)).toThrow(
      /ended without saying what it has read/,
    );
  }
});

test('rows that were skipped in two partitions, though read once, are a defect', () => {
  const window: Window = { ...WINDOW, low: '3', seen: { columns: COLUMNS, rows: { a: 1, b: 2 } } };
  const plan = { window, next: null };
  expect(() => finishWindow(plan, [end('values', {}, { a: 1 }), end('values', {}, { a: 1 })])).toThrow(
    /more often/,
  );
  expect(() => finishWindow(plan, [end('values', {}, true), end('values', {}, { b: 1 })])).toThrow(
    /more often/,
  );
  expect(() =>
    finishWindow(plan, [end('values', {}, { b: 1 }), end('values', {}, { a: 1, b: 1 })]),
  ).not.toThrow();
});
