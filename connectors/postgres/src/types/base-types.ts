import type { DataType } from '@datacook/core';
import type { ScalarWire } from './pg-column.js';

/** A type as it is read, and as it is sent. */
interface BaseType {
  readonly type: DataType;
  readonly wire: ScalarWire;
}

const UTF8: BaseType = { type: { kind: 'utf8' }, wire: 'text' };

/** The built-in types that have a type of ours, by OID: these numbers are fixed for ever (pg_type.dat). */
const BASE_TYPES: ReadonlyMap<number, BaseType> = new Map<number, BaseType>([
  [16, { type: { kind: 'bool' }, wire: 'bool' }],
  [17, { type: { kind: 'binary' }, wire: 'bytea' }],
  [18, { type: { kind: 'utf8' }, wire: 'char' }],
  [19, UTF8],
  [20, { type: { kind: 'int', bits: 64, signed: true }, wire: 'int8' }],
  [21, { type: { kind: 'int', bits: 16, signed: true }, wire: 'int2' }],
  [23, { type: { kind: 'int', bits: 32, signed: true }, wire: 'int4' }],
  [25, UTF8],
  [26, { type: { kind: 'int', bits: 32, signed: false }, wire: 'oid' }],
  [114, { type: { kind: 'json' }, wire: 'json' }],
  [700, { type: { kind: 'float', bits: 32 }, wire: 'float4' }],
  [701, { type: { kind: 'float', bits: 64 }, wire: 'float8' }],
  [1042, UTF8],
  [1043, UTF8],
  [1082, { type: { kind: 'date' }, wire: 'date' }],
  [1083, { type: { kind: 'time', unit: 'us', zoned: false }, wire: 'time' }],
  [1114, { type: { kind: 'timestamp', unit: 'us', zoned: false }, wire: 'timestamp' }],
  [1184, { type: { kind: 'timestamp', unit: 'us', zoned: true }, wire: 'timestamp' }],
  [1186, { type: { kind: 'interval' }, wire: 'interval' }],
  [1266, { type: { kind: 'time', unit: 'us', zoned: true }, wire: 'timetz' }],
  [1700, { type: { kind: 'numeric' }, wire: 'numeric' }],
  [2950, { type: { kind: 'uuid' }, wire: 'uuid' }],
  [3802, { type: { kind: 'json' }, wire: 'jsonb' }],
]);

/** A built-in scalar type; undefined for every other OID. A `typmod` of -1 means that there is none. */
export function baseType(oid: number, typmod: number): BaseType | undefined {
  const base = BASE_TYPES.get(oid);
  return base?.wire === 'numeric' ? { ...base, type: numericType(typmod) } : base;
}

/** What `numeric(p,s)` allows; a scale may be below zero or above the precision. */
export interface NumericLimits {
  readonly precision: number;
  readonly scale: number;
}

/**
 * The type modifier of `numeric(p,s)` is `p << 16 | s`, plus 4, with s in eleven bits, signed (since PostgreSQL 15).
 * Undefined if there is none.
 */
export function numericLimits(typmod: number): NumericLimits | undefined {
  if (typmod < 4) return undefined;
  const precision = ((typmod - 4) >> 16) & 0xffff;
  const scale = (((typmod - 4) & 0x7ff) ^ 1024) - 1024;
  return { precision, scale };
}

/** A scale below zero or above the precision has no decimal type; its values are exact as `numeric`. */
function numericType(typmod: number): DataType {
  const limits = numericLimits(typmod);
  if (limits === undefined || limits.scale < 0 || limits.scale > limits.precision) return { kind: 'numeric' };
  return { kind: 'decimal', ...limits };
}
