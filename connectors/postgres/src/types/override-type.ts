import type { DataType } from '@datacook/core';
import { sameType } from '@datacook/toolkit';
import type { ResolvedType } from './type-catalog.js';

/**
 * Another type for a column that loses nothing: each value is exact in it or is refused when it is read. Undefined if
 * there is no such way. (`utf8`, which the server can make of anything, is not decided here.)
 */
export function overrideType(native: ResolvedType, wanted: DataType): ResolvedType | undefined {
  const { type, wire } = native;
  if (sameType(type, wanted)) return native;
  const isAllowed =
    widens(type, wanted) ||
    (isNumber(type) && isNumber(wanted)) ||
    (type.kind === 'utf8' && wanted.kind === 'json');
  if (isAllowed) return { type: wanted, wire };
  if (type.kind !== 'list' || wanted.kind !== 'list' || typeof wire === 'string') return undefined;
  const item = overrideType({ type: type.item.type, wire: wire.array }, wanted.item.type);
  if (item === undefined || !wanted.item.nullable) return undefined;
  return { type: { kind: 'list', item: { ...wanted.item, type: item.type } }, wire: { array: item.wire } };
}

function isNumber({ kind }: DataType): boolean {
  return kind === 'decimal' || kind === 'numeric';
}

function widens(type: DataType, wanted: DataType): boolean {
  if (type.kind === 'float') return wanted.kind === 'float' && wanted.bits > type.bits;
  if (type.kind !== 'int' || wanted.kind !== 'int') return false;
  return wanted.bits > type.bits && (wanted.signed || !type.signed);
}

/** What a column may be read as, for a hint. */
export function possibleTypes({ type }: ResolvedType): string {
  switch (type.kind) {
    case 'int': {
      const signed = [16, 32, 64].filter((bits) => bits >= type.bits).map((bits) => `int${bits}`);
      return type.signed ? signed.join(', ') : 'uint32, int64, uint64';
    }
    case 'float':
      return type.bits === 32 ? 'float32, float64' : 'float64';
    case 'decimal':
    case 'numeric':
      return 'decimal(precision, scale), numeric';
    case 'utf8':
      return 'json';
    case 'list':
      return possibleTypes({ type: type.item.type, wire: 'text' })
        .split(/, (?!scale)/)
        .map((item) => `list<${item}>`)
        .join(', ');
    case 'time':
    case 'timestamp':
      return `${type.kind}${type.zoned ? 'tz' : ''}`;
    default:
      return type.kind;
  }
}
