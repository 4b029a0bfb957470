import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  columnReader,
  columnTextReader,
  createColumnBuilder,
  TypeInference,
  typeToString,
} from '../src/index.js';
import { SEED } from './arbitrary.js';

function infer(...texts: string[]) {
  const inference = new TypeInference();
  for (const text of texts) inference.observe(text);
  return inference.type();
}

const inferred = (...texts: string[]) => typeToString(infer(...texts));

describe('TypeInference', () => {
  const digits = (max: number) =>
    fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: max });
  const iso = fc
    .date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59Z'),
      noInvalidDate: true,
    })
    .map((date) => date.toISOString());
  const piece = fc.oneof(
    fc.constantFrom(
      'true',
      'FALSE',
      '-0',
      '-0.0',
      '1e5',
      '9223372036854775807',
      '9223372036854775808',
      '-9223372036854775808',
      '9007199254740993',
      '',
      ' ',
      'x',
      'NaN',
    ),
    fc.integer().map(String),
    fc.bigInt().map(String),
    digits(45),
    fc.tuple(digits(25), digits(25)).map((parts) => parts.join('.')),
    fc.tuple(fc.integer({ min: -9999, max: 9999 }), digits(3)).map((parts) => parts.join('.')),
    fc.double().map(String),
    iso,
    iso.map((text) => text.slice(0, 10)),
    iso.map((text) => text.slice(0, 19).replace('T', ' ')),
    iso.map((text) => text.slice(0, -1)),
    iso.map((text) => `${text.slice(0, -1)}456`),
    iso.map((text) => `${text.slice(0, -1)}456789+02:00`),
    iso.map((text) => text.slice(11, 19)),
    iso.map((text) => text.slice(11, 16)),
  );
  const columns = fc.oneof(
    fc.array(piece, { maxLength: 6 }),
    piece.chain((first) =>
      fc.array(fc.constantFrom(first, '1', '1.5', '2024-01-01'), { minLength: 1, maxLength: 4 }),
    ),
  );

  it('never loses a value: the type holds each text, and its canonical text is the same value', () => {
    fc.assert(
      fc.property(columns, (texts) => {
        const type = infer(...texts);
        const builder = createColumnBuilder(type);
        for (const text of texts)
          expect([texts, typeToString(type), builder.appendText(text)]).toEqual([
            texts,
            typeToString(type),
            true,
          ]);
        const column = builder.finish();
        const read = columnTextReader(type, column);
        const values = columnReader(type, column);
        for (const [row, text] of texts.entries()) {
          const out = read(row)!;
          if (type.kind === 'utf8') expect(out).toBe(text);
          else if (type.kind === 'bool') expect(out).toBe(text.toLowerCase());
          else if (type.kind === 'date') expect(out).toBe(text);
          else if (type.kind === 'timestamp') expect([text, instant(out)]).toEqual([text, instant(text)]);
          else if (type.kind === 'time')
            expect([text, instant(`1970-01-01T${out}`)]).toEqual([text, instant(`1970-01-01T${text}`)]);
          else expect([text, exact(out)]).toEqual([text, exact(text)]);
          if (type.kind === 'float') expect(Object.is(values(row), Number(text))).toBe(true);
        }
      }),
      { ...SEED, numRuns: 5000 },
    );
  });

  it('chooses in order', () => {
    expect(inferred('true', 'False')).toBe('bool');
    expect(inferred('1', '-9223372036854775808')).toBe('int64');
    expect(inferred('9223372036854775808', '1')).toBe('decimal(38,0)');
    expect(inferred('9'.repeat(38))).toBe('decimal(38,0)');
    expect(inferred('9'.repeat(39))).toBe('numeric');
    expect(inferred('0.1', '12.50', '3')).toBe('float64');
    expect(inferred('0.1', '0.1234567890123456789')).toBe('numeric');
    expect(inferred('0.5', '9007199254740993')).toBe('numeric');
    expect(inferred('1e5', '1e-5', '5e-324', '-1E+300')).toBe('float64');
    expect(inferred('1e400')).toBe('numeric');
    expect(inferred('2024-02-29')).toBe('date');
    expect(inferred('2024-02-29', '2024-02-29 12:00')).toBe('timestamp');
    expect(inferred('2024-02-29T12:00:00.123456789')).toBe('timestamp_ns');
    expect(inferred('2024-02-29T12:00:00Z', '2024-02-29 12:00:00+02')).toBe('timestamptz');
    expect(inferred('12:00', '23:59:59.5')).toBe('time');
  });

  it('leaves as text what only looks like a number or a date', () => {
    const texts = [
      ['00123'],
      ['+49301234'],
      ['1', '01'],
      ['1', 'x'],
      ['1', ''],
      [' 1'],
      ['1,5'],
      ['.5'],
      ['5.'],
      ['0x10'],
      ['NaN'],
      ['inf'],
      ['2024-02-30'],
      ['2024-2-1'],
      ['20240201', 'x'],
      ['2024-02-29', '1'],
      ['true', '1'],
      ['t'],
      ['infinity'],
      ['2024-02-29T12:00:00', '2024-02-29T12:00:00Z'],
      ['2024-02-29', '2024-02-29T12:00:00Z'],
      ['25:00'],
      ['123e4567-e89b-12d3-a456-426614174000'],
      ['-0', '0.1234567890123456789'],
      ['9999-01-01T00:00:00.123456789'],
      ['-'],
      ['1e99999999'],
    ];
    for (const column of texts) expect([column, inferred(...column)]).toEqual([column, 'utf8']);
  });

  it('knows nothing from NULLs', () => {
    const inference = new TypeInference();
    inference.observeNull();
    expect(inference.type()).toEqual({ kind: 'utf8' });
    inference.observe('1');
    inference.observeNull();
    expect(typeToString(inference.type())).toBe('int64');
  });
});

/** Nanoseconds since 1970, by Date and the fraction's own digits. */
function instant(text: string): bigint {
  const found = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?)?$/.exec(text)!;
  const [, date, clock = '00:00', seconds = ':00', fraction = '', zone = 'Z'] = found;
  const ms = Date.parse(`${date}T${clock}${seconds}${zone}`);
  return BigInt(ms) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
}

/** A number as digits times a power of ten. */
function exact(text: string): string {
  const [mantissa, exponent = '0'] = text.replace(/^-/, '').split('e');
  const [whole, fraction = ''] = mantissa!.split('.');
  let digits = BigInt(`${whole}${fraction}`);
  if (digits === 0n) return '0';
  let power = Number(exponent) - fraction.length;
  while (digits % 10n === 0n) {
    digits /= 10n;
    power++;
  }
  return `${text.startsWith('-') ? '-' : ''}${digits}e${power}`;
}
