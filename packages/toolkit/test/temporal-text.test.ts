import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { columnReader, columnTextReader, createColumnBuilder, parseType } from '../src/index.js';
import { SEED } from './arbitrary.js';

function value(type: string, text: string): unknown {
  const builder = createColumnBuilder(parseType(type));
  return builder.appendText(text) ? columnReader(parseType(type), builder.finish())(0) : undefined;
}

function textOf(type: string, given: unknown): unknown {
  const builder = createColumnBuilder(parseType(type));
  builder.append(given);
  return columnTextReader(parseType(type), builder.finish())(0);
}

const two = (number: number) => String(number).padStart(2, '0');

/** Milliseconds of the ECMAScript calendar, which is proleptic Gregorian too. */
function utc(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : undefined;
}

describe('dates', () => {
  it('agree with the ECMAScript calendar, days that do not exist included', () => {
    const parts = fc.tuple(
      fc.integer({ min: 0, max: 9999 }),
      fc.integer({ min: 0, max: 13 }),
      fc.integer({ min: 0, max: 32 }),
    );
    fc.assert(
      fc.property(parts, ([year, month, day]) => {
        const text = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
        const ms = utc(year, month, day);
        expect([text, value('date', text)]).toEqual([text, ms === undefined ? undefined : ms / 86_400_000]);
      }),
      { ...SEED, numRuns: 3000 },
    );
  });

  it('read back every day from year 1 to 9999, month ends and leap days included', () => {
    for (let days = -719_162; days <= 2_932_896; days += 97) {
      const text = textOf('date', days) as string;
      expect(text).toBe(new Date(days * 86_400_000).toISOString().slice(0, 10));
      expect(value('date', text)).toBe(days);
    }
  });

  it('know the ends of int32, infinity, and years before Christ', () => {
    expect(value('date', 'infinity')).toBe(2147483647);
    expect(value('date', '-Infinity')).toBe(-2147483648);
    for (const days of [2147483646, -2147483647, -719_528, -719_529, 2147483647, -2147483648]) {
      expect(value('date', textOf('date', days) as string)).toBe(days);
    }
    expect(value('date', '0001-01-01 BC')).toBe(value('date', '0000-01-01'));
    expect(value('date', '0044-03-15 (BC)')).toBe(value('date', '-0043-03-15'));
  });

  it('refuse other forms', () => {
    const forms = [
      '',
      '2024-1-1',
      '24-01-01',
      '2024/01/01',
      '2024-01-01 ',
      ' 2024-01-01',
      '20240101',
      '2024-01',
      '2024-01-01T00:00',
      '99999999-01-01',
      '5881580-07-11',
      '0000-01-01 BC',
      'today',
      'infinite',
      '2024-01-0١',
    ];
    for (const text of forms) expect([text, value('date', text)]).toEqual([text, undefined]);
  });
});

describe('timestamps', () => {
  it('agree with Date to the millisecond, for all years from 1 to 9999', () => {
    const ms = fc.integer({ min: utc(1, 1, 1)!, max: utc(9999, 12, 31)! + 86_399_999 });
    fc.assert(
      fc.property(ms, fc.constantFrom('T', ' ', 't'), (instant, separator) => {
        const iso = new Date(instant).toISOString();
        const text = iso.slice(0, -1).replace('T', separator);
        expect(value('timestamp', text)).toBe(BigInt(instant) * 1000n);
        expect(value('timestamptz', `${text}Z`)).toBe(BigInt(instant) * 1000n);
        expect(textOf('timestamptz', BigInt(instant) * 1000n)).toBe(`${iso.slice(0, -1)}000Z`);
        expect(textOf('timestamp', new Date(instant))).toBe(`${iso.slice(0, -1)}000`);
      }),
      { ...SEED, numRuns: 2000 },
    );
  });

  it('keep fractions to the unit exactly, and refuse more digits than it holds unless they are zeros', () => {
    expect(value('timestamp', '1970-01-01T00:00:00.1')).toBe(100_000n);
    expect(value('timestamp', '1970-01-01T00:00:00.000001')).toBe(1n);
    expect(value('timestamp', '1970-01-01T00:00:00.123456000')).toBe(123_456n);
    expect(value('timestamp', '1970-01-01T00:00:00.1234561')).toBeUndefined();
    expect(value('timestamp_ns', '1970-01-01T00:00:00.123456789')).toBe(123_456_789n);
    expect(value('timestamp_ns', '1969-12-31T23:59:59.999999999')).toBe(-1n);
    expect(value('timestamp_ns', '1970-01-01T00:00:00.1234567891')).toBeUndefined();
  });

  it('know the ends of int64 and infinity', () => {
    const most = 2n ** 63n - 1n;
    expect(value('timestamp_ns', '2262-04-11T23:47:16.854775806')).toBe(most - 1n);
    expect(value('timestamp_ns', '2262-04-11T23:47:16.854775807')).toBeUndefined();
    expect(value('timestamp_ns', '1677-09-21T00:12:43.145224193')).toBe(-most);
    expect(value('timestamp_ns', '1677-09-21T00:12:43.145224192')).toBeUndefined();
    expect(value('timestamp', 'infinity')).toBe(most);
    expect(textOf('timestamp', -most - 1n)).toBe('-infinity');
    for (const units of [most - 1n, -most, most, -most - 1n]) {
      expect(value('timestamp', textOf('timestamp', units) as string)).toBe(units);
      expect(value('timestamptz_ns', textOf('timestamptz_ns', units) as string)).toBe(units);
    }
  });

  it('shift by offsets of every form', () => {
    const at = (text: string) => value('timestamptz', text);
    const noon = at('2024-06-01T12:00:00Z');
    for (const text of [
      '14:00:00+02',
      '14:00:00+0200',
      '14:00:00 +02:00',
      '17:30+05:30',
      '08:30:00-03:30',
      '12:00:00 UTC',
      '12:00:00z',
      '12:01:15+00:01:15',
    ]) {
      expect([text, at(`2024-06-01 ${text}`)]).toEqual([text, noon]);
    }
    expect(at('2024-05-31T23:00:00-13:00')).toBe(noon);
  });

  it('ask for a zone exactly where the type has one', () => {
    expect(value('timestamptz', '2024-06-01T12:00:00')).toBeUndefined();
    expect(value('timestamptz', '2024-06-01')).toBeUndefined();
    expect(value('timestamp', '2024-06-01T12:00:00Z')).toBeUndefined();
    expect(value('timestamp', '2024-06-01T12:00:00+02')).toBeUndefined();
    expect(value('timestamp', '2024-06-01')).toBe(value('timestamp', '2024-06-01 00:00'));
  });

  it('refuse times that do not exist, and other forms', () => {
    const clocks = [
      '24:00:00',
      '23:60:00',
      '23:59:60',
      '1:00:00',
      '12',
      '12:',
      '12:0',
      '12:00:0',
      '12:00:00.',
      '12:00:00,5',
      '12:00:00x',
      '12:00:00.5x',
      '12:00Z',
      '',
    ];
    for (const clock of clocks) {
      expect([clock, value('timestamp', `2024-06-01T${clock}`)]).toEqual([clock, undefined]);
    }
    for (const zone of [
      '+',
      '+2',
      '+16:00',
      '+02:60',
      '+02:0',
      '+020',
      'CET',
      '+02:00:00:00',
      'ZZ',
      '+02:00 ',
    ]) {
      expect([zone, value('timestamptz', `2024-06-01T12:00:00${zone}`)]).toEqual([zone, undefined]);
    }
    expect(value('timestamp', '2023-02-29T12:00:00')).toBeUndefined();
  });
});

describe('times', () => {
  it('run from 00:00 to 24:00 exactly', () => {
    expect(value('time', '00:00')).toBe(0n);
    expect(value('time', '23:59:59.999999')).toBe(86_399_999_999n);
    expect(value('time', '24:00:00')).toBe(86_400_000_000n);
    expect(value('time', '24:00:00.000001')).toBeUndefined();
    expect(value('time', '24:01')).toBeUndefined();
    expect(value('time', '12:00Z')).toBeUndefined();
    expect(() => createColumnBuilder(parseType('time')).append(86_400_000_001n)).toThrow('is no time');
  });

  it('with a zone count from midnight UTC of their own day', () => {
    expect(value('timetz', '00:30+02:00')).toBe(-5_400_000_000n);
    expect(value('timetz', '23:30-02:00')).toBe(91_800_000_000n);
    expect(value('timetz', '12:00')).toBeUndefined();
    expect(textOf('timetz', -5_400_000_000n)).toBe('00:30:00.000000+02:00');
  });
});

describe('intervals', () => {
  it('are ISO 8601 durations whose parts have signs', () => {
    const parts = (months: number, days: number, nanoseconds: bigint) => ({ months, days, nanoseconds });
    expect(value('interval', 'P1Y2M3DT4H5M6.789S')).toEqual(parts(14, 3, 14_706_789_000_000n));
    expect(value('interval', '-P1MT1S')).toEqual(parts(-1, 0, -1_000_000_000n));
    expect(value('interval', 'P-1M2WT-0.000000001S')).toEqual(parts(-1, 14, -1n));
    expect(value('interval', 'PT0S')).toEqual(parts(0, 0, 0n));
    for (const text of ['', 'P', 'PT', 'P1', '1 day', 'P1.5D', 'P99999999999M', 'PT0.0000000001S', 'P1DT']) {
      expect([text, value('interval', text)]).toEqual([text, undefined]);
    }
  });
});
