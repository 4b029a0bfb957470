import { DatacookError, type DataType } from '@datacook/core';
import { typeToString } from '@datacook/toolkit';
import { baseType } from '../../types/base-types.js';
import type { PgColumn, ScalarWire, Wire } from '../../types/pg-column.js';
import { BinaryDecoder, CharDecoder, JsonbDecoder, JsonTextDecoder, Utf8Decoder } from './bytes-decoders.js';
import type { ColumnDecoder } from './column-decoder.js';
import { SmallDecimalDecoder, WideDecimalDecoder } from './decimal-decoders.js';
import { ListDecoder } from './list-decoder.js';
import { LongDecimalDecoder, NumericDecoder } from './numeric-decoder.js';
import { BoolDecoder, Int16Decoder, WideningDecoder } from './small-decoders.js';
import { DateDecoder, IntervalDecoder, TimestampDecoder, ZonedTimeDecoder } from './temporal-decoders.js';
import { UuidDecoder, Word32Decoder, Word64Decoder } from './word-decoders.js';

/** The decoder for a column: what is decided here is not decided again for a value. */
export function createDecoder(column: PgColumn): ColumnDecoder {
  const { name, type, cast, oid, typmod } = column;
  const wire = column.wire ?? (cast === 'text' ? 'text' : baseType(oid, typmod)?.wire);
  const decoder = wire === undefined ? undefined : decoderOf(name, wire, type);
  if (decoder !== undefined) return decoder;
  throw new DatacookError(
    'INTERNAL',
    `The column "${name}" of type ${column.nativeType} can't be read as ${typeToString(type)}.`,
  );
}

function decoderOf(name: string, wire: Wire, type: DataType): ColumnDecoder | undefined {
  if (typeof wire === 'string') return scalarDecoder(name, wire, type);
  if (type.kind !== 'list') return undefined;
  const item = decoderOf(name, wire.array, type.item.type);
  return item && new ListDecoder(name, item);
}

function scalarDecoder(name: string, wire: ScalarWire, type: DataType): ColumnDecoder | undefined {
  switch (`${wire} ${type.kind}`) {
    case 'bool bool':
      return new BoolDecoder(name);
    case 'bytea binary':
      return new BinaryDecoder(name);
    case 'char utf8':
      return new CharDecoder(name);
    case 'date date':
      return new DateDecoder(name);
    case 'interval interval':
      return new IntervalDecoder(name);
    case 'json json':
    case 'text utf8':
      return new Utf8Decoder(name);
    case 'jsonb json':
      return new JsonbDecoder(name);
    case 'numeric numeric':
      return new NumericDecoder(name);
    case 'text json':
      return new JsonTextDecoder(name);
    case 'time time':
      return new Word64Decoder(name, 'int64');
    case 'timestamp timestamp':
      return new TimestampDecoder(name);
    case 'timetz time':
      return new ZonedTimeDecoder(name);
    case 'uuid uuid':
      return new UuidDecoder(name);
  }
  if (type.kind === 'int') return intDecoder(name, wire, type.bits, type.signed);
  if (type.kind === 'float') return floatDecoder(name, wire, type.bits);
  if (type.kind === 'decimal' && wire === 'numeric') return decimalDecoder(name, type.precision, type.scale);
  return undefined;
}

function intDecoder(
  name: string,
  wire: ScalarWire,
  bits: number,
  signed: boolean,
): ColumnDecoder | undefined {
  if (wire === 'int2' && bits === 16) return new Int16Decoder(name);
  if (wire === 'int4' && bits === 32) return new Word32Decoder(name, 'int32');
  if (wire === 'oid' && bits === 32) return new Word32Decoder(name, 'uint32');
  if (wire === 'int8' && bits === 64) return new Word64Decoder(name, 'int64');
  if (wire === 'int2' && bits === 32) return new WideningDecoder(name, wire, 'int32');
  if (bits !== 64 || (wire !== 'int2' && wire !== 'int4' && wire !== 'oid')) return undefined;
  return new WideningDecoder(name, wire, signed ? 'int64' : 'uint64');
}

function floatDecoder(name: string, wire: ScalarWire, bits: number): ColumnDecoder | undefined {
  if (wire === 'float4') {
    return bits === 32 ? new Word32Decoder(name, 'float32') : new WideningDecoder(name, wire, 'float64');
  }
  return wire === 'float8' ? new Word64Decoder(name, 'float64') : undefined;
}

function decimalDecoder(name: string, precision: number, scale: number): ColumnDecoder {
  if (precision <= 15) return new SmallDecimalDecoder(name, precision, scale);
  if (precision <= 38) return new WideDecimalDecoder(name, precision, scale);
  return new LongDecimalDecoder(name, precision, scale);
}
