import { expect, test } from 'vitest';
import { waitingRange } from '../../src/index.js';

const position = { version: 1, column: 'at', type: 'timestamptz', value: '2020-01-01 00:00:00+00' };

test('rows wait from where a window ended, if it ended below a value', () => {
  const { value } = position;
  expect(waitingRange({ ...position, strategy: 'watermark', inclusive: false })).toEqual({
    from: value,
    to: 'infinity',
  });
  expect(waitingRange({ ...position, strategy: 'cursor', inclusive: false })).toEqual({ from: value });
});

test('none wait behind a window that took all, and of other positions nothing is known', () => {
  expect(waitingRange({ ...position, strategy: 'cursor', inclusive: true })).toBeUndefined();
  for (const other of [undefined, null, 'x', [], { files: {} }, { strategy: 'cursor' }])
    expect(waitingRange(other)).toBeUndefined();
});
