import type { DataType, Field, Schema } from '@datacook/core';
import fc from 'fast-check';

/** What each property test runs with, so that a failure comes again. */
export const SEED = { seed: 20240229, numRuns: 300 };

const INT_BITS = [8, 16, 32, 64] as const;

/** The least and the greatest value of an integer type. */
export function intRange(bits: number, signed: boolean): [bigint, bigint] {
  return signed ? [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n] : [0n, 2n ** BigInt(bits) - 1n];
}

const scalar: fc.Arbitrary<DataType> = fc.oneof(
  fc.constantFrom<DataType>(
    { kind: 'bool' },
    { kind: 'utf8' },
    { kind: 'binary' },
    { kind: 'date' },
    { kind: 'interval' },
    { kind: 'json' },
    { kind: 'uuid' },
    { kind: 'numeric' },
    { kind: 'float', bits: 32 },
    { kind: 'float', bits: 64 },
  ),
  fc.record({ kind: fc.constant('int' as const), bits: fc.constantFrom(...INT_BITS), signed: fc.boolean() }),
  fc.integer({ min: 1, max: 45 }).chain((precision) =>
    fc.record({
      kind: fc.constant('decimal' as const),
      precision: fc.constant(precision),
      scale: fc.nat(precision),
    }),
  ),
  fc.record({
    kind: fc.constantFrom('time' as const, 'timestamp' as const),
    unit: fc.constantFrom('us' as const, 'ns' as const),
    zoned: fc.boolean(),
  }),
);

const columnName = fc.oneof(
  fc.constantFrom('', '__proto__', 'a "b"', 'ä b', "it's", 'constructor'),
  fc.string(),
);

const field = (type: fc.Arbitrary<DataType>): fc.Arbitrary<Field> =>
  fc.record({ name: columnName, type, nullable: fc.constant(true) });

const fields = (type: fc.Arbitrary<DataType>) =>
  fc.uniqueArray(field(type), { maxLength: 3, selector: (one) => one.name });

/** Types of all kinds, nested ones too. */
export const dataType: fc.Arbitrary<DataType> = fc.letrec<{ type: DataType }>((tie) => ({
  type: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.record({
      kind: fc.constant('list' as const),
      item: fc.record({ name: fc.constant('item'), type: tie('type'), nullable: fc.constant(true) }),
    }),
    fc.record({ kind: fc.constant('struct' as const), fields: fields(tie('type')) }),
  ),
})).type;

const digits = (min: number, max: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: min, maxLength: max });

/** Unscaled digits at a scale, as plain text: what a decimal's canonical text is. */
export function plainDecimal(unscaled: bigint, scale: number): string {
  const negative = unscaled < 0n;
  const text = String(negative ? -unscaled : unscaled).padStart(scale + 1, '0');
  const whole = text.slice(0, text.length - scale);
  return `${negative ? '-' : ''}${whole}${scale === 0 ? '' : `.${text.slice(text.length - scale)}`}`;
}

const numeric = fc
  .tuple(fc.boolean(), fc.oneof(fc.bigInt({ min: 0n, max: 1000n }), fc.bigInt({ min: 0n })), digits(0, 30))
  .map(([negative, whole, fraction]) => {
    const zero = whole === 0n && !/[1-9]/.test(fraction);
    return `${negative && !zero ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
  });

function timeRange(type: Extract<DataType, { kind: 'time' | 'timestamp' }>): [bigint, bigint] {
  const second = type.unit === 'us' ? 1_000_000n : 1_000_000_000n;
  if (type.kind === 'time')
    return type.zoned ? [-57_599n * second, 143_999n * second] : [0n, 86_400n * second];
  return type.unit === 'us' ? [-(10n ** 17n), 10n ** 17n] : intRange(64, true);
}

/** Values of a type in the form that `columnReader` gives. */
export function valuesOfType(type: DataType): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'bool':
      return fc.boolean();
    case 'int': {
      const [min, max] = intRange(type.bits, type.signed);
      const wide = fc.oneof(fc.constantFrom(min, max, min + 1n, max - 1n), fc.bigInt({ min, max }));
      return type.bits === 64 ? wide : wide.map(Number);
    }
    case 'float':
      return type.bits === 32 ? fc.float() : fc.double();
    case 'decimal': {
      const most = 10n ** BigInt(type.precision) - 1n;
      const unscaled = fc.oneof(
        fc.constantFrom(most, -most, 0n, 1n, -1n),
        fc.bigInt({ min: -most, max: most }),
      );
      return unscaled.map((value) => plainDecimal(value, type.scale));
    }
    case 'numeric':
      return fc.oneof(
        { weight: 9, arbitrary: numeric },
        { weight: 1, arbitrary: fc.constantFrom('NaN', '-Infinity') },
      );
    case 'utf8':
      return fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary', minLength: 30, maxLength: 60 }),
        fc.string(),
      );
    case 'json':
      return fc.json();
    case 'binary':
      return fc.uint8Array();
    case 'uuid':
      return fc.uint8Array({ minLength: 16, maxLength: 16 });
    case 'date':
      return fc.oneof(
        fc.constantFrom(2147483647, -2147483648, 0, -1),
        fc.integer({ min: -800_000, max: 2_932_896 }),
      );
    case 'time':
    case 'timestamp': {
      const [min, max] = timeRange(type);
      return fc.oneof(fc.constantFrom(min, max, 0n), fc.bigInt({ min, max }));
    }
    case 'interval':
      return fc.record({
        months: fc.integer(),
        days: fc.integer(),
        nanoseconds: fc.oneof(
          fc.constantFrom(...intRange(64, true)),
          fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
        ),
      });
    case 'list':
      return fc.array(orNull(nestedValue(type.item.type)), { maxLength: 4 });
    case 'struct':
      return fc.tuple(...type.fields.map((one) => orNull(nestedValue(one.type)))).map((values) => {
        const entries = type.fields.map((one, index) => [one.name, values[index]] as const);
        return Object.fromEntries(entries);
      });
  }
}

/** Inside of a list or struct, JSON's own null can't be told from NULL in text. */
function nestedValue(type: DataType): fc.Arbitrary<unknown> {
  return type.kind === 'json' ? fc.json().filter((text) => text !== 'null') : valuesOfType(type);
}

export function orNull(value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.option(value, { freq: 4 });
}

/** A type with values of it, some NULL. */
export const typedValues: fc.Arbitrary<{ type: DataType; values: unknown[] }> = dataType.chain((type) =>
  fc.array(orNull(valuesOfType(type)), { maxLength: 40 }).map((values) => ({ type, values })),
);

/** A schema with rows of it. */
export const typedRows: fc.Arbitrary<{ schema: Schema; rows: Record<string, unknown>[] }> = fields(
  dataType,
).chain((all) => {
  const row = fc
    .tuple(...all.map((one) => orNull(valuesOfType(one.type))))
    .map((values) => Object.fromEntries(all.map((one, index) => [one.name, values[index]] as const)));
  return fc.array(row, { maxLength: 40 }).map((rows) => ({ schema: { fields: all }, rows }));
});
