import { describe, expect, it } from 'vitest';
import { bytes, count, duration, plural } from '../../src/text/numbers.js';

describe('numbers as text', () => {
  it('groups digits by three', () => {
    expect([0, 999, 1000, 1_234_567].map(count)).toEqual(['0', '999', '1,000', '1,234,567']);
  });

  it('says one row, and two rows', () => {
    expect([plural(1, 'row'), plural(2, 'row'), plural(0, 'row')]).toEqual(['1 row', '2 rows', '0 rows']);
  });

  it('scales bytes, and never says 1000.0 of a unit', () => {
    expect([0, 999, 1000, 999_949, 999_950, 1_234_567, 5e15].map(bytes)).toEqual([
      '0 B',
      '999 B',
      '1.0 kB',
      '999.9 kB',
      '1.0 MB',
      '1.2 MB',
      '5000.0 TB',
    ]);
  });

  it('scales durations', () => {
    expect([0, 1250, 59_940, 59_950, 125_000, 3_720_000].map(duration)).toEqual([
      '0.0 s',
      '1.3 s',
      '59.9 s',
      '1 min 0 s',
      '2 min 5 s',
      '1 h 2 min',
    ]);
  });
});
