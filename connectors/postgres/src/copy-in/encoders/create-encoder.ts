import { DatacookError, type DataType } from '@datacook/core';
import { typeToString } from '@datacook/toolkit';
import { numericLimits } from '../../types/base-types.js';
import { canHold, type TargetColumn } from '../../types/target-column.js';
import type { TargetForm } from '../../types/target-form.js';
import { BytesEncoder, CharEncoder, JsonbEncoder, TextEncoder, textLimits } from './bytes-encoders.js';
import type { ColumnEncoder } from './column-encoder.js';
import { IntegerEncoder, SmallDecimalEncoder } from './decimal-encoders.js';
import { JsonTextEncoder } from './json-text-encoders.js';
import { ListEncoder } from './list-encoder.js';
import { NumericEncoder } from './numeric-encoder.js';
import { DateEncoder, IntervalEncoder, TimeEncoder, TimestampEncoder } from './temporal-encoders.js';
import { BoolEncoder, NumberEncoder, UuidEncoder, Word32Encoder, Word64Encoder } from './word-encoders.js';

type ScalarForm = Extract<TargetForm, { readonly kind: 'scalar' }>;

/** What an encoder is made for, and what errors say of it. */
interface Target {
  readonly name: string;
  readonly typeSql: string;
  /** As 180004. */
  readonly server: number;
}

/** The encoder of a type's values for a column: what is decided here is not decided again for a value. */
export function createEncoder(column: TargetColumn, type: DataType, server: number): ColumnEncoder {
  const { name, typeSql } = column;
  const encoder = canHold(column, type) ? encoderOf({ name, typeSql, server }, column.form, type) : undefined;
  if (encoder === undefined) throw cannotHoldType(column, type);
  return encoder;
}

/** A type that doesn't go into a column as it is. */
export function cannotHoldType({ name, typeSql }: TargetColumn, type: DataType): DatacookError {
  return new DatacookError(
    'SCHEMA',
    `The column "${name}" is ${typeSql}, which can't hold ${typeToString(type)}.`,
    { hint: 'Cast the column with cast_columns, or load into another table.', details: { column: name } },
  );
}

function encoderOf(target: Target, form: TargetForm, type: DataType): ColumnEncoder | undefined {
  if (form.kind === 'scalar') return scalarEncoder(target, form, type);
  if (form.kind === 'enum') return new TextEncoder(target.name);
  if (form.kind === 'other' || type.kind !== 'list') return undefined;
  const item = encoderOf(target, form.element, type.item.type);
  return item && new ListEncoder(target.name, item, type.item.type, form.elementOid);
}

function scalarEncoder(target: Target, form: ScalarForm, type: DataType): ColumnEncoder | undefined {
  const { name } = target;
  switch (form.wire) {
    case 'bool':
      return new BoolEncoder(name);
    case 'bytea':
      return new BytesEncoder(name);
    case 'char':
      return new CharEncoder(name);
    case 'date':
      return new DateEncoder(name, type);
    case 'interval':
      return new IntervalEncoder(name, type);
    case 'json':
    case 'jsonb':
      return jsonEncoder(name, form.wire, type);
    case 'text':
      return new TextEncoder(name, textLimits(form.oid, form.typmod, target.typeSql));
    case 'time':
    case 'timetz':
      return type.kind === 'time' ? new TimeEncoder(name, type) : undefined;
    case 'timestamp':
      return type.kind === 'timestamp' ? new TimestampEncoder(name, type) : undefined;
    case 'uuid':
      return new UuidEncoder(name);
    case 'numeric':
      return numericEncoder(target, form.typmod, type);
    case 'oid':
      return type.kind === 'int' && type.bits === 32
        ? new Word32Encoder(name)
        : new NumberEncoder(name, 'int4', 1);
    default:
      return numberEncoder(name, form.wire, type);
  }
}

function jsonEncoder(name: string, wire: 'json' | 'jsonb', type: DataType): ColumnEncoder {
  const bytes = wire === 'json' ? new TextEncoder(name) : new JsonbEncoder(name);
  return type.kind === 'list' || type.kind === 'struct' ? new JsonTextEncoder(name, type, bytes) : bytes;
}

function numberEncoder(
  name: string,
  wire: 'int2' | 'int4' | 'int8' | 'float4' | 'float8',
  type: DataType,
): ColumnEncoder | undefined {
  if (type.kind === 'decimal') {
    return wire === 'int8' ? new Word64Encoder(name) : new NumberEncoder(name, wire, 2);
  }
  if (type.kind === 'int') {
    if (wire === 'int4' && type.bits === 32) return new Word32Encoder(name);
    if (wire === 'int8' && type.bits === 64) return new Word64Encoder(name);
  }
  if (type.kind === 'float') {
    if (wire === 'float4') return new Word32Encoder(name);
    if (type.bits === 64) return new Word64Encoder(name);
  }
  return new NumberEncoder(name, wire, 1);
}

function numericEncoder(target: Target, typmod: number, type: DataType): ColumnEncoder | undefined {
  const { name, typeSql, server } = target;
  if (type.kind === 'int') {
    if (type.bits < 64) return new IntegerEncoder(name, 'numbers', 0);
    return new IntegerEncoder(name, type.signed ? 'int64' : 'uint64', 0);
  }
  if (type.kind === 'decimal' && type.precision <= 38) {
    if (SmallDecimalEncoder.takes(type)) return new SmallDecimalEncoder(name, type);
    return new IntegerEncoder(name, type.precision <= 18 ? 'int64' : 'int128', type.scale);
  }
  return new NumericEncoder(name, { typeSql, limits: numericLimits(typmod), server });
}
