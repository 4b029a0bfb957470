import { describe, expect, it } from 'vitest';
import { parseBytes, parseDurationMs } from '../src/index.js';

describe('parseBytes', () => {
  it('reads sizes, a kb being 1024 bytes', () => {
    expect([0, 1000, '1000', '1kb', '1 KiB', '256mb', '1.5g', '2TB', '10b'].map(parseBytes)).toEqual([
      0,
      1000,
      1000,
      1024,
      1024,
      268_435_456,
      1_610_612_736,
      2 * 1024 ** 4,
      10,
    ]);
  });

  it('refuses what is no size', () => {
    for (const value of [
      '',
      'mb',
      '-1',
      '1 xb',
      '1e3',
      '1mb2',
      -1,
      Number.NaN,
      Infinity,
      '99999999tb',
      '1constructor',
    ]) {
      expect(() => parseBytes(value), String(value)).toThrow(expect.objectContaining({ code: 'CONFIG' }));
    }
  });
});

describe('parseDurationMs', () => {
  it('reads durations; a bare number is seconds', () => {
    expect(['60s', '5m', '2h', '100ms', '1d', '1.5 s', 30, '30', 0, '5min'].map(parseDurationMs)).toEqual([
      60_000, 300_000, 7_200_000, 100, 86_400_000, 1500, 30_000, 30_000, 0, 300_000,
    ]);
  });

  it('refuses what is no duration', () => {
    for (const value of ['', 's', '-1s', '1 week', '1h30m', -1, Number.NaN]) {
      expect(() => parseDurationMs(value), String(value)).toThrow(
        expect.objectContaining({ code: 'CONFIG' }),
      );
    }
  });
});
