import { batchFromRows, columnTextReader, parseType, rowsOf } from '@datacook/toolkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { castBetween } from '../src/cast.js';

const RUNS = { seed: 20240229, numRuns: 2000 };

/** What one value is cast to, in the form that columns give; undefined if it fails. */
function castOne(from: string, to: string, value: unknown): unknown {
  const schema = (type: string) => ({ fields: [{ name: 'a', type: parseType(type), nullable: true }] });
  const { columns } = batchFromRows([{ a: value }], schema(from));
  const { column, failed } = castBetween(parseType(from), parseType(to))!(columns[0]!, 1);
  if (failed.length > 0) return undefined;
  return [...rowsOf({ length: 1, schema: schema(to), columns: [column] })][0]!['a'];
}

const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: 2n ** 53n - 10n, max: 2n ** 53n + 10n }),
  fc.bigInt({ min: -(2n ** 53n) - 10n, max: -(2n ** 53n) + 10n }),
  fc
    .tuple(fc.bigInt({ min: -(2n ** 53n), max: 2n ** 53n }), fc.bigInt({ min: 0n, max: 9n }))
    .map(([a, b]) => a * 2n ** b),
);

describe('castBetween', () => {
  it('makes a float64 of exactly those integers that one holds', () => {
    fc.assert(
      fc.property(int64, (value) => {
        const exact = BigInt(Number(value)) === value;
        expect(castOne('int64', 'float64', value)).toBe(exact ? Number(value) : undefined);
        expect(castOne('decimal(38,0)', 'float64', String(value))).toBe(exact ? Number(value) : undefined);
      }),
      RUNS,
    );
  });

  it('makes a float32 of exactly those integers that one holds', () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.integer({ min: 2 ** 24 - 20, max: 2 ** 24 + 20 })), (value) => {
        expect(castOne('int32', 'float32', value)).toBe(Math.fround(value) === value ? value : undefined);
      }),
      RUNS,
    );
  });

  it('makes an int64 of exactly those floats that are whole and within its range', () => {
    const float = fc.oneof(
      fc.double(),
      fc.double().map(Math.round),
      fc.double({ min: -1e19, max: 1e19 }).map(Math.trunc),
    );
    fc.assert(
      fc.property(float, (value) => {
        const whole = Number.isInteger(value) && BigInt.asIntN(64, BigInt(value)) === BigInt(value);
        expect(castOne('float64', 'int64', value)).toBe(whole ? BigInt(value) : undefined);
      }),
      RUNS,
    );
  });

  it('brings every float to numeric and back', () => {
    fc.assert(
      fc.property(fc.oneof(fc.double(), fc.double().map(Math.round)), (value) => {
        if (Object.is(value, -0)) return;
        expect(castOne('numeric', 'float64', castOne('float64', 'numeric', value))).toBe(value);
      }),
      RUNS,
    );
  });

  it('brings text to a type and back unchanged, whenever the text is canonical', () => {
    const texts = fc.oneof(
      int64.map(String),
      fc.double().map(String),
      fc.boolean().map(String),
      fc.uuid(),
      fc.string(),
    );
    const types = ['int64', 'uint8', 'float64', 'bool', 'uuid', 'numeric', 'decimal(20,3)', 'date'];
    fc.assert(
      fc.property(texts, fc.constantFrom(...types), (text, type) => {
        const value = castOne('utf8', type, text);
        if (value === undefined) return;
        const schema = { fields: [{ name: 'a', type: parseType(type), nullable: true }] };
        const canonical = columnTextReader(
          parseType(type),
          batchFromRows([{ a: value }], schema).columns[0]!,
        )(0);
        expect(castOne(type, 'utf8', value)).toBe(canonical);
        expect(castOne('utf8', type, canonical)).toEqual(value);
      }),
      RUNS,
    );
  });
});
