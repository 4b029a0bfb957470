import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { sqlIncremental } from '../../src/config/index.js';

const problems = (value: unknown) =>
  sqlIncremental.safeParse(value).error?.issues.map(({ message }) => message);

describe('sqlIncremental', () => {
  test('has defaults', () => {
    expect(sqlIncremental.parse({ strategy: 'cursor', cursor_column: 'id' })).toEqual({
      strategy: 'cursor',
      cursor_column: 'id',
      on_null: 'error',
    });
    expect(sqlIncremental.parse({ strategy: 'watermark', cursor_column: 'at', on_null: 'include' })).toEqual({
      strategy: 'watermark',
      cursor_column: 'at',
      lag: '0s',
      on_null: 'include',
    });
  });

  test.each(['5m', 30, '0s'])('takes a lag of %s', (lag) => {
    expect(sqlIncremental.parse({ strategy: 'watermark', cursor_column: 'at', lag })).toMatchObject({ lag });
  });

  test('says what is wrong', () => {
    expect(problems({ strategy: 'log', cursor_column: 'id' })).toEqual([
      'there is no strategy "log"; there are cursor and watermark',
    ]);
    expect(problems({ cursor_column: 'id' })).toEqual([
      'there is no strategy null; there are cursor and watermark',
    ]);
    expect(problems('cursor')).toEqual([expect.stringMatching(/expected object/)]);
    expect(problems({ strategy: 'cursor' })).toEqual([expect.stringMatching(/expected string/)]);
    expect(problems({ strategy: 'cursor', cursor_column: 'id', lag: '5m' })).toEqual([
      expect.stringMatching(/[Uu]nrecognized key.*lag/),
    ]);
    expect(problems({ strategy: 'watermark', cursor_column: 'at', lag: 'soon' })).toEqual([
      '"soon" is no duration.',
    ]);
  });

  test('has a JSON Schema', () => {
    const schema = JSON.stringify(z.toJSONSchema(sqlIncremental, { io: 'input' }));
    for (const part of ['"cursor"', '"watermark"', '"lag"', '"on_null"', 'additionalProperties'])
      expect(schema).toContain(part);
  });
});
