import type { DataType, Field } from '@datacook/core';

/**
 * The type whose canonical text two systems make of a column that they hold as `a` and as `b`; undefined if their
 * values can't be compared exactly. Numbers that are exact are one family, whatever their width and scale; so are the
 * floats; times are compared in the finer unit.
 */
export function comparableType(a: DataType, b: DataType): DataType | undefined {
  if (isExact(a) && isExact(b)) {
    const isWhole = a.kind === 'int' && b.kind === 'int';
    return isWhole ? { kind: 'int', bits: 64, signed: true } : { kind: 'numeric' };
  }
  switch (a.kind) {
    case 'float':
      return b.kind === 'float' ? { kind: 'float', bits: 64 } : undefined;
    case 'time':
    case 'timestamp':
      if (b.kind !== a.kind || b.zoned !== a.zoned) return undefined;
      return a.unit === 'ns' ? a : b;
    case 'list': {
      const item = b.kind === 'list' ? comparableField(a.item, b.item) : undefined;
      return item && { kind: 'list', item };
    }
    case 'struct': {
      if (b.kind !== 'struct' || a.fields.length !== b.fields.length) return undefined;
      const fields: Field[] = [];
      for (const [index, field] of a.fields.entries()) {
        const other = b.fields[index]!;
        const found = field.name === other.name ? comparableField(field, other) : undefined;
        if (found === undefined) return undefined;
        fields.push(found);
      }
      return { kind: 'struct', fields };
    }
    default:
      return a.kind === b.kind ? a : undefined;
  }
}

function isExact({ kind }: DataType): boolean {
  return kind === 'int' || kind === 'decimal' || kind === 'numeric';
}

function comparableField(a: Field, b: Field): Field | undefined {
  const type = comparableType(a.type, b.type);
  return type && { name: a.name, type, nullable: true };
}

/** Whether a canonical text may hold any sign, so that in a row's text its length in bytes leads it. */
export function isLed({ kind }: DataType): boolean {
  return kind === 'utf8' || kind === 'json' || kind === 'list' || kind === 'struct';
}
