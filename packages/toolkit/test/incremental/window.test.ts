import type { Json } from '@datacook/core';
import { describe, expect, test } from 'vitest';
import { parseWindow, quoteLiteral, type Window, windowConditions, windowEdges } from '../../src/index.js';

const ID = { name: 'id', type: 'int' };
const NAME = { name: 'name', type: 'text' };
const WINDOW: Window = {
  version: 1,
  strategy: 'cursor',
  column: 'at',
  type: 'text',
  values: true,
  low: "o'clock",
  lowInclusive: true,
  high: '9',
  highInclusive: true,
  nulls: true,
  seen: { columns: [ID], rows: { a: 1 } },
  seenNulls: { columns: [NAME], rows: {} },
  remember: true,
  rememberNulls: true,
  columns: [ID, NAME],
};
const { low: _low, seen: _seen, seenNulls: _seenNulls, ...FIRST } = WINDOW;
const { high: _high, ...ENDLESS } = FIRST;
const NULLS_ONLY: Window = { ...ENDLESS, values: false };

describe('windowConditions', () => {
  const sql = (window: Window) => windowConditions(window, 'values', 't."at"', quoteLiteral).join(' and ');

  test('say the edges, included or not', () => {
    expect(sql(WINDOW)).toBe(`t."at" >= 'o''clock' and t."at" <= '9'`);
    expect(sql({ ...WINDOW, lowInclusive: false, highInclusive: false })).toBe(
      `t."at" > 'o''clock' and t."at" < '9'`,
    );
    expect(sql(FIRST)).toBe(`t."at" <= '9'`);
  });

  test('of NULL rows are that alone', () => {
    expect(windowConditions(WINDOW, 'nulls', 'c', quoteLiteral)).toEqual(['c is null']);
  });

  test('are not to be had for values where only NULL rows are read: that would be all rows', () => {
    expect(() => sql(NULLS_ONLY)).toThrow(/was read for rows with a cursor value/);
  });
});

describe('windowEdges', () => {
  test('ask for hashes over the columns of then, and of now', () => {
    expect(windowEdges(WINDOW, 'values')).toEqual({
      atLow: { value: "o'clock", columns: ['id'] },
      atHigh: { value: '9', columns: ['id', 'name'] },
    });
    expect(windowEdges(WINDOW, 'nulls')).toEqual({
      atLow: { columns: ['name'] },
      atHigh: { columns: ['id', 'name'] },
    });
  });

  test('ask for none where nothing was seen or is remembered', () => {
    expect(windowEdges({ ...FIRST, remember: false }, 'values')).toEqual({});
    expect(windowEdges({ ...FIRST, rememberNulls: false }, 'nulls')).toEqual({});
  });
});

describe('parseWindow', () => {
  test('reads back what was planned', () => {
    for (const window of [WINDOW, FIRST, NULLS_ONLY])
      expect(parseWindow(JSON.parse(JSON.stringify(window)))).toEqual(window);
  });

  test.each<[string, Json | undefined, RegExp]>([
    ['a newer version', { ...WINDOW, version: 3 }, /has format 3/],
    ['nothing', undefined, /is damaged/],
    ['a missing edge', ENDLESS, /is damaged/],
    ['an edge of another kind', { ...WINDOW, low: 3 }, /is damaged/],
    ['a memory without columns', { ...WINDOW, seen: { rows: {} } as Json }, /is damaged/],
    ['columns without types', { ...WINDOW, columns: [{ name: 'id' }] as Json }, /is damaged/],
    ['a strategy that there is not', { ...WINDOW, strategy: 'log' }, /is damaged/],
  ])('refuses %s', (_, json, message) => {
    expect(() => parseWindow(json)).toThrow(message);
  });
});
