import type { Json } from '@datacook/core';
import { expect, test } from 'vitest';
import { nextStateVersion, stateText } from '../src/state-record.js';

test('a value is kept as the JSON that it is', () => {
  const value = { a: [1, null, 'ü', { b: true }], c: {} };
  expect(stateText(value)).toBe(JSON.stringify(value));
  expect(stateText(Object.assign(Object.create(null) as { x?: Json }, { x: 1 }))).toBe('{"x":1}');
});

test.each([
  ['undefined', { a: undefined }, 'value.a'],
  ['a number without an end', [1, Infinity], 'value[1]'],
  ['what is no number', Number.NaN, 'value'],
  ['a bigint', { a: [{ b: 1n }] }, 'value.a[0].b'],
  ['a date', { at: new Date(0) }, 'value.at'],
  ['a map', new Map(), 'value'],
])('%s, which JSON would change or refuse, is named with its place', (_what, value, place) => {
  expect(() => stateText(value as unknown as Json)).toThrow(
    expect.objectContaining({ code: 'INTERNAL', message: expect.stringContaining(`A state's ${place} is`) }),
  );
});

test('versions count, and none is given twice', () => {
  const first = nextStateVersion(undefined);
  expect(first).toMatch(/^1-[0-9a-f]{20}$/);
  expect(nextStateVersion(first)).toMatch(/^2-/);
  expect(nextStateVersion('torn')).toMatch(/^1-/);
  expect(nextStateVersion(undefined)).not.toBe(first);
});
