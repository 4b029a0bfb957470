import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatPath, parsePath } from '../src/path.js';
import { lateScope } from '../src/scopes.js';
import { nearest } from '../src/suggest.js';
import { bytesOf, millisecondsOf } from '../src/units.js';

describe('paths', () => {
  it('are written so that they can be read', () => {
    expect(formatPath(['transform', 'steps', 1, 'mapping', 'a.b'])).toBe('transform.steps[1].mapping["a.b"]');
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 4 }), (keys) => {
        expect(parsePath(formatPath(keys))).toEqual(keys);
      }),
      { seed: 31, numRuns: 500 },
    );
  });
  it('are refused where they are none, or name by index', () => {
    for (const text of ['', ' ', '.a', 'a.', 'a..b', 'a[b]', 'a["b]', 'a b', 'a"b"'])
      expect(parsePath(text)).toBeUndefined();
    expect(parsePath('a[0]')).toBe('index');
    expect(parsePath(`a['b "c"'].d`)).toEqual(['a', 'b "c"', 'd']);
  });
});

describe('units', () => {
  it('read sizes and durations', () => {
    expect(['1', '1kb', '2 MiB', '1.5gb', 5].map(bytesOf)).toEqual([1, 1024, 2_097_152, 1_610_612_736, 5]);
    expect(['100ms', '60s', '5m', '1.5h', '1d', '3', 0.5].map(millisecondsOf)).toEqual([
      100, 60_000, 300_000, 5_400_000, 86_400_000, 3000, 500,
    ]);
  });
  it('refuse what is none', () => {
    for (const value of [
      '',
      'kb',
      '1xb',
      '-1kb',
      '1 constructor',
      '0',
      0,
      1.5,
      Number.NaN,
      '9999999tb',
      null,
      true,
    ])
      expect(bytesOf(value)).toBeUndefined();
    for (const value of ['', 's', '1h30m', '-1s', '0s', 0, -1, 1e300, [], undefined])
      expect(millisecondsOf(value)).toBeUndefined();
  });
});

describe('near names', () => {
  it('are those that were likely meant, best first', () => {
    expect(nearest('tabel', ['table', 'label', 'path'])).toEqual(['label', 'table']);
    expect(nearest('BatchSize', ['batch_size', 'parallelism'])).toEqual(['batch_size']);
    expect(nearest('x', ['type', 'name'])).toEqual([]);
  });
});

describe('the table of a stream', () => {
  it.each([
    ['customers', 'customers'],
    ['public.customers', 'customers'],
    ['a.b.c', 'c'],
    ['public."Odd.Na""me"', 'Odd.Na"me'],
    ['"x"', 'x'],
    ['a.', 'a.'],
  ])('of %s is %s', (stream, table) => {
    const expression = { source: '', name: 'stream.table', args: [], filters: [] } as const;
    expect(lateScope({ env: () => undefined, stream })(expression)).toEqual({ value: table });
  });
});
