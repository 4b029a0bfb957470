import type { DataType } from '@datacook/core';
import { type NumericLimits, numericLimits } from './base-types.js';
import type { PgColumn } from './pg-column.js';
import { isBinary, type TargetForm } from './target-form.js';

/** A column of a table that is written to. `type` is what it reads back as. */
export interface TargetColumn extends PgColumn {
  /** Its value is computed: it can't be written. */
  readonly isGenerated: boolean;
  readonly isIdentity: boolean;
  /** It has a value of its own where none is given: a default of the column or of its domain, or an identity. */
  readonly hasDefault: boolean;
  /** As `format_type()` says it, with length or precision: good for DDL. */
  readonly typeSql: string;
  /** Values can be compared with `=`: the type has a default operator class of B-trees or hashes. */
  readonly hasEquality: boolean;
  /** How it is written. */
  readonly form: TargetForm;
}

/** The greatest precision of `numeric(p,s)`. */
const MOST_PRECISION = 1000;
/** The digits of which an integer type holds every number. */
const WHOLE_DIGITS = { 16: 4, 32: 9, 64: 18 } as const;
/** The digits that an integer type's numbers have at most. */
const INT_DIGITS = { 8: 3, 16: 5, 32: 10, 64: 19 } as const;
/** The precision of a time that rounds nothing. */
const MICROSECONDS = 6;
/** The type modifier of `interval(6)`: all fields (0x7fff), and the precision. */
const WHOLE_INTERVAL = (0x7fff << 16) | MICROSECONDS;

type ScalarForm = Extract<TargetForm, { readonly kind: 'scalar' }>;

/** The SQL type of a new column. */
export function newColumnType(type: DataType): string {
  return columnTypeOf(type).typeSql;
}

/** The SQL type of a new column, and what it reads back as. */
export function columnTypeOf(type: DataType): { readonly type: DataType; readonly typeSql: string } {
  switch (type.kind) {
    case 'bool':
      return { type, typeSql: 'boolean' };
    case 'int':
      return intType(type.bits, type.signed);
    case 'float':
      return { type, typeSql: type.bits === 32 ? 'real' : 'double precision' };
    case 'decimal':
      if (type.precision > MOST_PRECISION) return { type: { kind: 'numeric' }, typeSql: 'numeric' };
      return { type, typeSql: `numeric(${type.precision},${type.scale})` };
    case 'numeric':
      return { type, typeSql: 'numeric' };
    case 'utf8':
      return { type, typeSql: 'text' };
    case 'binary':
      return { type, typeSql: 'bytea' };
    case 'time':
    case 'timestamp':
      return {
        type: { ...type, unit: 'us' },
        typeSql: type.zoned ? `${type.kind}tz` : type.kind,
      };
    case 'date':
    case 'interval':
    case 'uuid':
      return { type, typeSql: type.kind };
    case 'json':
    case 'struct':
      return { type: { kind: 'json' }, typeSql: 'jsonb' };
    case 'list': {
      // An array of arrays has to be rectangular: lists of lists don't.
      if (type.item.type.kind === 'list') return { type: { kind: 'json' }, typeSql: 'jsonb' };
      const item = columnTypeOf(type.item.type);
      return {
        type: { kind: 'list', item: { name: 'item', type: item.type, nullable: true } },
        typeSql: `${item.typeSql}[]`,
      };
    }
  }
}

function intType(bits: number, signed: boolean): { readonly type: DataType; readonly typeSql: string } {
  const needed = signed ? bits : bits * 2;
  if (needed <= 16) return { type: { kind: 'int', bits: 16, signed: true }, typeSql: 'smallint' };
  if (needed === 32) return { type: { kind: 'int', bits: 32, signed: true }, typeSql: 'integer' };
  if (needed === 64) return { type: { kind: 'int', bits: 64, signed: true }, typeSql: 'bigint' };
  return { type: { kind: 'decimal', precision: 20, scale: 0 }, typeSql: 'numeric(20,0)' };
}

/** The type's values go into the column as they are, or the server refuses one that it can't take. */
export function canHold(column: TargetColumn, type: DataType): boolean {
  return formHolds(column.form, type);
}

function formHolds(form: TargetForm, type: DataType): boolean {
  switch (form.kind) {
    case 'enum':
    case 'other':
      return type.kind === 'utf8';
    case 'array':
      if (type.kind === 'list') return formHolds(form.element, type.item.type);
      // What has no type of ours is read as text, arrays of it too.
      return type.kind === 'utf8' && !isBinary(form);
    case 'scalar':
      return scalarHolds(form, type);
  }
}

function scalarHolds({ wire, typmod, type: own }: ScalarForm, type: DataType): boolean {
  switch (wire) {
    case 'bool':
    case 'date':
    case 'uuid':
      return type.kind === wire;
    case 'bytea':
      return type.kind === 'binary';
    case 'int2':
      return fitsInt(type, 16);
    case 'int4':
      return fitsInt(type, 32);
    case 'int8':
      return fitsInt(type, 64);
    case 'oid':
      return type.kind === 'int' && !type.signed && type.bits <= 32;
    case 'float4':
      return fitsFloat(type, 32);
    case 'float8':
      return fitsFloat(type, 64);
    case 'numeric':
      return fitsNumeric(type, numericLimits(typmod));
    case 'char':
      return type.kind === 'utf8';
    case 'text':
      return type.kind === 'utf8' || type.kind === 'json';
    case 'json':
    case 'jsonb':
      return type.kind === 'json' || type.kind === 'utf8' || type.kind === 'struct' || type.kind === 'list';
    case 'time':
    case 'timetz':
    case 'timestamp':
      return (
        (type.kind === 'time' || type.kind === 'timestamp') &&
        type.kind === own.kind &&
        type.zoned === own.zoned &&
        (typmod < 0 || typmod >= MICROSECONDS)
      );
    case 'interval':
      return type.kind === 'interval' && (typmod < 0 || typmod === WHOLE_INTERVAL);
  }
}

/** An integer goes into a wider one, and so does a decimal without places. */
function fitsInt(type: DataType, bits: 16 | 32 | 64): boolean {
  if (type.kind === 'int') return type.signed ? type.bits <= bits : type.bits < bits;
  return type.kind === 'decimal' && type.scale === 0 && type.precision <= WHOLE_DIGITS[bits];
}

/** An integer goes into a float that tells all integers of its width apart. */
function fitsFloat(type: DataType, bits: 32 | 64): boolean {
  if (type.kind === 'float') return type.bits <= bits;
  return type.kind === 'int' && type.bits <= bits / 2;
}

function fitsNumeric(type: DataType, limits: NumericLimits | undefined): boolean {
  if (type.kind !== 'int' && type.kind !== 'decimal') return type.kind === 'numeric';
  if (limits === undefined) return true;
  const [precision, scale] = type.kind === 'int' ? [digitsOfInt(type), 0] : [type.precision, type.scale];
  return scale <= limits.scale && precision - scale <= limits.precision - limits.scale;
}

function digitsOfInt({ bits, signed }: Extract<DataType, { kind: 'int' }>): number {
  return bits === 64 && !signed ? 20 : INT_DIGITS[bits];
}

/** Not of a domain or enum, whose rules would be gone with another type. */
export function isBuiltIn({ form, oid }: TargetColumn): boolean {
  if (form.kind === 'scalar') return form.oid === oid;
  return form.kind === 'array' && form.element.kind === 'scalar' && form.element.oid === form.elementOid;
}
