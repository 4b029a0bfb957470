import type { DataType, Field } from '@datacook/core';

type Int = Extract<DataType, { kind: 'int' }>;
type Decimal = Extract<DataType, { kind: 'decimal' }>;
type Bits = Int['bits'];

/** Whether two types hold the same values in the same layout. The name of a list's item doesn't count. */
export function sameType(a: DataType, b: DataType): boolean {
  if (a === b) return true;
  switch (a.kind) {
    case 'int':
      return b.kind === 'int' && a.bits === b.bits && a.signed === b.signed;
    case 'float':
      return b.kind === 'float' && a.bits === b.bits;
    case 'decimal':
      return b.kind === 'decimal' && a.precision === b.precision && a.scale === b.scale;
    case 'time':
    case 'timestamp':
      return b.kind === a.kind && a.unit === b.unit && a.zoned === b.zoned;
    case 'list':
      return b.kind === 'list' && sameField(a.item, b.item);
    case 'struct':
      return (
        b.kind === 'struct' &&
        a.fields.length === b.fields.length &&
        a.fields.every((field, index) => {
          const other = b.fields[index]!;
          return field.name === other.name && sameField(field, other);
        })
      );
    default:
      return a.kind === b.kind;
  }
}

function sameField(a: Field, b: Field): boolean {
  return a.nullable === b.nullable && sameType(a.type, b.type);
}

/**
 * The narrowest type that holds every value of both without loss: of integers, of `float32` and `float64`, of integers
 * to 32 bits and floats (`float64`), of integers and decimals, of these and `numeric`, and of lists and structs of
 * them. Undefined if there is none.
 */
export function widenType(a: DataType, b: DataType): DataType | undefined {
  if (sameType(a, b)) return a;
  if (a.kind === 'list' && b.kind === 'list') {
    const item = widenField(a.item, b.item);
    return item && { kind: 'list', item };
  }
  if (a.kind === 'struct' && b.kind === 'struct') return widenStruct(a.fields, b.fields);
  if (a.kind === 'int' && b.kind === 'int') return widenInts(a, b);
  if (a.kind === 'float' || b.kind === 'float') {
    const exact = (type: DataType) => type.kind === 'float' || (type.kind === 'int' && type.bits <= 32);
    return exact(a) && exact(b) ? { kind: 'float', bits: 64 } : undefined;
  }
  if (!isExactNumber(a) || !isExactNumber(b)) return undefined;
  if (a.kind === 'numeric' || b.kind === 'numeric') return { kind: 'numeric' };
  return widenDecimals(asDecimal(a), asDecimal(b));
}

function widenField(a: Field, b: Field): Field | undefined {
  const type = widenType(a.type, b.type);
  return type && { name: a.name, type, nullable: a.nullable || b.nullable };
}

function widenStruct(a: readonly Field[], b: readonly Field[]): DataType | undefined {
  if (a.length !== b.length) return undefined;
  const fields: Field[] = [];
  for (const [index, field] of a.entries()) {
    const other = b[index]!;
    const wide = field.name === other.name ? widenField(field, other) : undefined;
    if (wide === undefined) return undefined;
    fields.push(wide);
  }
  return { kind: 'struct', fields };
}

function widenInts(a: Int, b: Int): DataType {
  if (a.signed === b.signed) return a.bits > b.bits ? a : b;
  const signed = a.signed ? a.bits : b.bits;
  const unsigned = a.signed ? b.bits : a.bits;
  const bits = Math.max(signed, unsigned * 2);
  return bits > 64
    ? { kind: 'decimal', precision: 20, scale: 0 }
    : { kind: 'int', bits: bits as Bits, signed: true };
}

function isExactNumber(type: DataType): type is Int | Decimal | { readonly kind: 'numeric' } {
  return type.kind === 'int' || type.kind === 'decimal' || type.kind === 'numeric';
}

const INT_DIGITS: { readonly [bits in Bits]: number } = { 8: 3, 16: 5, 32: 10, 64: 19 };

function asDecimal(type: Int | Decimal): Decimal {
  if (type.kind === 'decimal') return type;
  const precision = type.bits === 64 && !type.signed ? 20 : INT_DIGITS[type.bits];
  return { kind: 'decimal', precision, scale: 0 };
}

function widenDecimals(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return {
    kind: 'decimal',
    precision: Math.max(a.precision - a.scale, b.precision - b.scale) + scale,
    scale,
  };
}
