import type { Column, DataType } from '@datacook/core';
import { dateToText } from '../civil.js';
import { unscaledToText } from '../decimal-text.js';
import { floatToText } from '../float-text.js';
import { intervalToText } from '../interval-text.js';
import { timestampToText, timeToText } from '../temporal-text.js';
import { readSafeInteger, wordsOf } from '../words.js';
import { childOf, decimalReader, intervalReader, textReader } from './column-reader.js';
import { isNull } from './is-null.js';
import { bit, bytesOf, offsetsOf, valuesOf } from './views.js';

/** Reads the text of a row's value. */
export type ColumnTextReader = (row: number) => string | null;

/**
 * Reads values as canonical text, which `ColumnBuilder.appendText` reads back as the same value; `null` for NULL.
 * Decimals are plain, timestamps ISO 8601 with all digits of their unit (and `Z` if zoned), floats the shortest text
 * that reads back, binary is hexadecimal after `\x`, lists and structs are JSON. In these, a `json` value `null` reads
 * back as NULL.
 */
export function columnTextReader(type: DataType, column: Column): ColumnTextReader {
  const read = valueReader(type, column);
  return column.nullCount === 0 ? read : (row) => (isNull(column, row) ? null : read(row));
}

function valueReader(type: DataType, column: Column): (row: number) => string {
  switch (type.kind) {
    case 'bool': {
      const bits = valuesOf(column) as Uint8Array;
      return (row) => (bit(bits, row) ? 'true' : 'false');
    }
    case 'int': {
      const values = valuesOf(column) as Int32Array;
      return type.bits === 64 && type.signed ? int64Reader(column) : (row) => String(values[row]!);
    }
    case 'float': {
      const values = valuesOf(column) as Float64Array;
      const single = type.bits === 32;
      return (row) => floatToText(values[row]!, single);
    }
    case 'decimal':
      if (type.precision > 18) return decimalReader(type.precision, type.scale, column);
      return smallDecimalReader(type.scale, column);
    case 'numeric':
    case 'utf8':
    case 'json':
      return textReader(column);
    case 'binary': {
      const bytes = bytesOf(column);
      const offsets = offsetsOf(column);
      return (row) => `\\x${bytes.toString('hex', offsets[row]!, offsets[row + 1]!)}`;
    }
    case 'date': {
      const values = valuesOf(column) as Int32Array;
      return (row) => dateOrInfinity(values[row]!);
    }
    case 'time': {
      const words = wordsOf(valuesOf(column));
      return (row) => timeToText(words, row * 2, type.unit, type.zoned);
    }
    case 'timestamp': {
      const words = wordsOf(valuesOf(column));
      return (row) => timestampToText(words, row * 2, type.unit, type.zoned);
    }
    case 'interval': {
      const read = intervalReader(column);
      return (row) => intervalToText(read(row));
    }
    case 'uuid':
      return uuidReader(column);
    case 'list':
      return listReader(type.item.type, column);
    case 'struct': {
      const names = type.fields.map((field) => JSON.stringify(field.name));
      const parts = type.fields.map((field, index) => jsonReader(field.type, childOf(column, index)));
      return (row) => `{${names.map((name, index) => `${name}:${parts[index]!(row)}`).join(',')}}`;
    }
  }
}

function int64Reader(column: Column): (row: number) => string {
  const words = wordsOf(valuesOf(column));
  const values = valuesOf(column) as BigInt64Array;
  return (row) => {
    const value = readSafeInteger(words, row * 2);
    return Number.isNaN(value) ? String(values[row]!) : String(value);
  };
}

function smallDecimalReader(scale: number, column: Column): (row: number) => string {
  const digits = int64Reader(column);
  return (row) => unscaledToText(digits(row), scale);
}

function dateOrInfinity(days: number): string {
  if (days === 2147483647) return 'infinity';
  return days === -2147483648 ? '-infinity' : dateToText(days);
}

function uuidReader(column: Column): (row: number) => string {
  const bytes = bytesOf(column);
  return (row) => {
    const hex = bytes.toString('hex', row * 16, row * 16 + 16);
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
  };
}

function listReader(type: DataType, column: Column): (row: number) => string {
  const offsets = offsetsOf(column);
  const item = jsonReader(type, childOf(column, 0));
  return (row) => {
    const items: string[] = [];
    for (let index = offsets[row]!; index < offsets[row + 1]!; index++) items.push(item(index));
    return `[${items.join(',')}]`;
  };
}

const BARE = new Set<DataType['kind']>(['bool', 'int', 'decimal', 'json', 'list', 'struct']);

/** A value's text inside of JSON. */
function jsonReader(type: DataType, column: Column): (row: number) => string {
  const read = columnTextReader(type, column);
  if (BARE.has(type.kind)) return (row) => read(row) ?? 'null';
  if (type.kind === 'float' || type.kind === 'numeric') {
    return (row) => {
      const text = read(row) ?? 'null';
      return text.endsWith('N') || text.endsWith('y') ? `"${text}"` : text;
    };
  }
  return (row) => {
    const text = read(row);
    return text === null ? 'null' : JSON.stringify(text);
  };
}
