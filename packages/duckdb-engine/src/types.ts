import { DatacookError, type DataType, type Field } from '@datacook/core';
import { quoteIdentifier, quoteLiteral } from '@datacook/toolkit';
import type { Bindings, LogicalType } from './bindings.js';
import { NUMERIC_PRECISION, NUMERIC_SCALE } from './decimals.js';

/**
 * DuckDB's type for one of ours, in SQL. The table is in the README.
 *
 * @throws SCHEMA for a struct that DuckDB can't have: without fields, or with names that differ only in case.
 */
export function duckdbType(type: DataType): string {
  switch (type.kind) {
    case 'bool':
      return 'BOOLEAN';
    case 'int':
      return `${type.signed ? '' : 'U'}${{ 8: 'TINYINT', 16: 'SMALLINT', 32: 'INTEGER', 64: 'BIGINT' }[type.bits]}`;
    case 'float':
      return type.bits === 32 ? 'FLOAT' : 'DOUBLE';
    case 'decimal':
      return type.precision > NUMERIC_PRECISION ? 'VARCHAR' : `DECIMAL(${type.precision},${type.scale})`;
    case 'numeric':
      return `DECIMAL(${NUMERIC_PRECISION},${NUMERIC_SCALE})`;
    case 'utf8':
      return 'VARCHAR';
    case 'binary':
      return 'BLOB';
    case 'json':
      return 'JSON';
    case 'uuid':
      return 'UUID';
    case 'date':
      return 'DATE';
    case 'interval':
      return 'INTERVAL';
    case 'time':
      if (type.zoned) return 'TIME WITH TIME ZONE';
      return type.unit === 'ns' ? 'TIME_NS' : 'TIME';
    case 'timestamp':
      if (type.zoned) return 'TIMESTAMP WITH TIME ZONE';
      return type.unit === 'ns' ? 'TIMESTAMP_NS' : 'TIMESTAMP';
    case 'list':
      return `${duckdbType(type.item.type)}[]`;
    case 'struct':
      return structType(type.fields);
  }
}

function structType(fields: readonly Field[]): string {
  checkNames(
    fields.map((field) => field.name),
    'a struct',
  );
  return `STRUCT(${fields.map((field) => `${quoteIdentifier(field.name)} ${duckdbType(field.type)}`).join(', ')})`;
}

/** A name as DuckDB compares it: without regard to the case of ASCII letters. */
export function foldName(name: string): string {
  return name.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/**
 * Refuses names that DuckDB can't keep apart, or can't have.
 *
 * @param where What they belong to, for the message: `table t`.
 * @throws SCHEMA
 */
export function checkNames(names: readonly string[], where: string): void {
  if (names.length === 0)
    throw new DatacookError('SCHEMA', `DuckDB can't have ${where} without columns.`, {
      hint: 'Give the stream at least one column.',
    });
  const seen = new Map<string, string>();
  for (const name of names) {
    if (name === '' || name.includes('\0'))
      throw new DatacookError(
        'SCHEMA',
        `DuckDB can't have the column name ${JSON.stringify(name)} in ${where}.`,
        {
          hint: 'Rename it with rename_columns.',
          details: { column: name },
        },
      );
    const other = seen.get(foldName(name));
    if (other !== undefined)
      throw new DatacookError(
        'SCHEMA',
        `The columns "${other}" and "${name}" of ${where} are one to DuckDB, which ignores case.`,
        { hint: 'Rename one of them with rename_columns.', details: { column: name } },
      );
    seen.set(foldName(name), name);
  }
}

/** A type of DuckDB's own in one spelling, whatever way it was written: the same as `duckdbType` makes. */
export function nativeType(bindings: Bindings, type: LogicalType): string {
  const { Type } = bindings;
  const alias = bindings.logical_type_get_alias(type);
  if (alias !== null) return alias;
  switch (bindings.get_type_id(type)) {
    case Type.DECIMAL:
      return `DECIMAL(${bindings.decimal_width(type)},${bindings.decimal_scale(type)})`;
    case Type.TIME_TZ:
      return 'TIME WITH TIME ZONE';
    case Type.TIMESTAMP_TZ:
      return 'TIMESTAMP WITH TIME ZONE';
    case Type.LIST:
      return `${nativeType(bindings, bindings.list_type_child_type(type))}[]`;
    case Type.ARRAY:
      return `${nativeType(bindings, bindings.array_type_child_type(type))}[${bindings.array_type_array_size(type)}]`;
    case Type.STRUCT:
      return `STRUCT(${structMembers(bindings, type)
        .map(([name, member]) => `${quoteIdentifier(name)} ${nativeType(bindings, member)}`)
        .join(', ')})`;
    case Type.MAP:
      return `MAP(${nativeType(bindings, bindings.map_type_key_type(type))}, ${nativeType(bindings, bindings.map_type_value_type(type))})`;
    case Type.UNION: {
      const members = Array.from({ length: bindings.union_type_member_count(type) }, (_, at) => {
        const name = quoteIdentifier(bindings.union_type_member_name(type, at));
        return `${name} ${nativeType(bindings, bindings.union_type_member_type(type, at))}`;
      });
      return `UNION(${members.join(', ')})`;
    }
    case Type.ENUM: {
      const values = Array.from({ length: bindings.enum_dictionary_size(type) }, (_, at) =>
        quoteLiteral(bindings.enum_dictionary_value(type, at)),
      );
      return `ENUM(${values.join(', ')})`;
    }
    default:
      return Type[bindings.get_type_id(type)] ?? 'UNKNOWN';
  }
}

function structMembers(bindings: Bindings, type: LogicalType): [string, LogicalType][] {
  return Array.from({ length: bindings.struct_type_child_count(type) }, (_, at) => [
    bindings.struct_type_child_name(type, at),
    bindings.struct_type_child_type(type, at),
  ]);
}

/**
 * Our type for one of DuckDB's: the one that holds all its values. What we have no type for (enum, map, union, bit
 * and the like) is `utf8`, as its text.
 */
export function dataType(bindings: Bindings, type: LogicalType): DataType {
  const { Type } = bindings;
  const int = (bits: 8 | 16 | 32 | 64, signed: boolean): DataType => ({ kind: 'int', bits, signed });
  const field = (name: string, member: LogicalType): Field => ({
    name,
    type: dataType(bindings, member),
    nullable: true,
    nativeType: nativeType(bindings, member),
  });
  switch (bindings.get_type_id(type)) {
    case Type.BOOLEAN:
      return { kind: 'bool' };
    case Type.TINYINT:
      return int(8, true);
    case Type.SMALLINT:
      return int(16, true);
    case Type.INTEGER:
      return int(32, true);
    case Type.BIGINT:
      return int(64, true);
    case Type.UTINYINT:
      return int(8, false);
    case Type.USMALLINT:
      return int(16, false);
    case Type.UINTEGER:
      return int(32, false);
    case Type.UBIGINT:
      return int(64, false);
    case Type.FLOAT:
      return { kind: 'float', bits: 32 };
    case Type.DOUBLE:
      return { kind: 'float', bits: 64 };
    case Type.DECIMAL:
      return {
        kind: 'decimal',
        precision: bindings.decimal_width(type),
        scale: bindings.decimal_scale(type),
      };
    case Type.HUGEINT:
    case Type.UHUGEINT:
    case Type.BIGNUM:
      return { kind: 'numeric' };
    case Type.DATE:
      return { kind: 'date' };
    case Type.TIME:
      return { kind: 'time', unit: 'us', zoned: false };
    case Type.TIME_NS:
      return { kind: 'time', unit: 'ns', zoned: false };
    case Type.TIME_TZ:
      return { kind: 'time', unit: 'us', zoned: true };
    case Type.TIMESTAMP:
    case Type.TIMESTAMP_S:
    case Type.TIMESTAMP_MS:
      return { kind: 'timestamp', unit: 'us', zoned: false };
    case Type.TIMESTAMP_NS:
      return { kind: 'timestamp', unit: 'ns', zoned: false };
    case Type.TIMESTAMP_TZ:
      return { kind: 'timestamp', unit: 'us', zoned: true };
    case Type.INTERVAL:
      return { kind: 'interval' };
    case Type.UUID:
      return { kind: 'uuid' };
    case Type.BLOB:
      return { kind: 'binary' };
    case Type.LIST:
      return { kind: 'list', item: field('item', bindings.list_type_child_type(type)) };
    case Type.ARRAY:
      return { kind: 'list', item: field('item', bindings.array_type_child_type(type)) };
    case Type.STRUCT:
      return {
        kind: 'struct',
        fields: structMembers(bindings, type).map(([name, member]) => field(name, member)),
      };
    case Type.VARCHAR:
      return { kind: bindings.logical_type_get_alias(type) === 'JSON' ? 'json' : 'utf8' };
    default:
      return { kind: 'utf8' };
  }
}
