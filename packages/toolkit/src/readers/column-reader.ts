import type { Column, DataType } from '@datacook/core';
import { unscaledToText } from '../decimal-text.js';
import type { Interval } from '../interval-text.js';
import { isNull } from './is-null.js';
import { bit, bytesOf, offsetsOf, valuesOf, wideInteger } from './views.js';

/** Reads the value of a row. */
export type ColumnReader = (row: number) => unknown;

/**
 * Reads values in the form that `ColumnBuilder.append` takes, `null` for NULL: booleans; numbers to 32 bits, bigints
 * at 64; floats as numbers; decimals, `numeric`, `utf8` and `json` as text; `binary` and `uuid` as Uint8Array (a
 * view); dates as days; times and timestamps as bigints in their unit; intervals as `{ months, days, nanoseconds }`;
 * arrays and objects. What to do is decided once, here, and not per value.
 */
export function columnReader(type: DataType, column: Column): ColumnReader {
  const read = valueReader(type, column);
  return column.nullCount === 0 ? read : (row) => (isNull(column, row) ? null : read(row));
}

function valueReader(type: DataType, column: Column): ColumnReader {
  switch (type.kind) {
    case 'bool': {
      const bits = valuesOf(column) as Uint8Array;
      return (row) => bit(bits, row) === 1;
    }
    case 'int':
    case 'float':
    case 'date':
    case 'time':
    case 'timestamp': {
      const values = valuesOf(column) as Float64Array;
      return (row) => values[row]!;
    }
    case 'decimal':
      return decimalReader(type.precision, type.scale, column);
    case 'numeric':
    case 'utf8':
    case 'json':
      return textReader(column);
    case 'binary': {
      const bytes = bytesOf(column);
      const offsets = offsetsOf(column);
      return (row) =>
        new Uint8Array(bytes.buffer, bytes.byteOffset + offsets[row]!, offsets[row + 1]! - offsets[row]!);
    }
    case 'uuid': {
      const bytes = bytesOf(column);
      return (row) => new Uint8Array(bytes.buffer, bytes.byteOffset + row * 16, 16);
    }
    case 'interval':
      return intervalReader(column);
    case 'list':
      return listReader(type.item.type, column);
    case 'struct':
      return structReader(
        type.fields.map((field) => field.name),
        type.fields.map((field, index) => columnReader(field.type, childOf(column, index))),
      );
  }
}

/** The text of a column of UTF-8. */
export function textReader(column: Column): (row: number) => string {
  const bytes = bytesOf(column);
  const offsets = offsetsOf(column);
  return (row) => bytes.toString('utf8', offsets[row]!, offsets[row + 1]!);
}

export function decimalReader(precision: number, scale: number, column: Column): (row: number) => string {
  if (precision > 38) return textReader(column);
  const words = valuesOf(column) as BigInt64Array;
  if (precision > 18) return (row) => unscaledToText(String(wideInteger(words, row)), scale);
  return (row) => unscaledToText(String(words[row]!), scale);
}

export function intervalReader(column: Column): (row: number) => Interval {
  const { buffer, byteOffset, byteLength } = valuesOf(column);
  const view = new DataView(buffer, byteOffset, byteLength);
  return (row) => ({
    months: view.getInt32(row * 16, true),
    days: view.getInt32(row * 16 + 4, true),
    nanoseconds: view.getBigInt64(row * 16 + 8, true),
  });
}

function listReader(type: DataType, column: Column): ColumnReader {
  const offsets = offsetsOf(column);
  const item = columnReader(type, childOf(column, 0));
  return (row) => {
    const items: unknown[] = [];
    for (let index = offsets[row]!; index < offsets[row + 1]!; index++) items.push(item(index));
    return items;
  };
}

/** Objects of named values, safe for any name. */
export function structReader(names: readonly string[], readers: readonly ColumnReader[]) {
  return (row: number): Record<string, unknown> => {
    const object: Record<string, unknown> = {};
    for (let index = 0; index < names.length; index++) setOwn(object, names[index]!, readers[index]!(row));
    return object;
  };
}

/** `object['__proto__'] = …` would set the prototype instead. */
function setOwn(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') object[name] = value;
  else Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

export function childOf(column: Column, index: number): Column {
  return column.children?.[index] ?? { nullCount: 0 };
}
