import type { Column, DataType } from '@datacook/core';
import { childOf, intervalReader } from '../readers/column-reader.js';
import { type ColumnTextReader, columnTextReader } from '../readers/column-text-reader.js';
import { isNull } from '../readers/is-null.js';
import { bytesOf, offsetsOf, valuesOf } from '../readers/views.js';
import { isLed } from './comparable-type.js';

const MOST_DAYS = 2147483647;
const LEAST_DAYS = -2147483648;
const MOST_TIME = 9223372036854775807n;
const LEAST_TIME = -9223372036854775808n;

/**
 * Reads the canonical texts of a column, as `Digest` of the contract says: those of `type`, which `comparableType` made
 * of the column's own type `held` and another.
 */
function canonicalReader(type: DataType, held: DataType, column: Column): ColumnTextReader {
  const read = valueReader(type, held, column);
  return column.nullCount === 0 ? read : (row) => (isNull(column, row) ? null : read(row));
}

/** Reads a value's part of a row's text: NULL is `~`, a comma ends it, what may hold any sign is led by its length. */
export function partReader(type: DataType, held: DataType, column: Column): (row: number) => string {
  const read = canonicalReader(type, held, column);
  if (isLed(type)) {
    return (row) => {
      const text = read(row);
      return text === null ? '~,' : `${Buffer.byteLength(text)}:${text},`;
    };
  }
  return (row) => `${read(row) ?? '~'},`;
}

function valueReader(type: DataType, held: DataType, column: Column): (row: number) => string {
  switch (held.kind) {
    case 'decimal':
    case 'numeric': {
      const read = textOf(held, column);
      return (row) => withoutZeros(read(row));
    }
    case 'float':
      return floatReader(column);
    case 'binary': {
      const bytes = bytesOf(column);
      const offsets = offsetsOf(column);
      return (row) => bytes.toString('hex', offsets[row]!, offsets[row + 1]!);
    }
    case 'date': {
      const days = valuesOf(column) as Int32Array;
      return (row) => {
        const day = days[row]!;
        if (day === MOST_DAYS) return 'infinity';
        return day === LEAST_DAYS ? '-infinity' : String(day);
      };
    }
    case 'time':
    case 'timestamp': {
      const factor = type.kind === held.kind && type.unit !== held.unit ? 1000n : 1n;
      return instantReader(column, factor, held.kind === 'timestamp');
    }
    case 'interval': {
      const read = intervalReader(column);
      return (row) => {
        const { months, days, nanoseconds } = read(row);
        return `${months}/${days}/${nanoseconds}`;
      };
    }
    case 'list':
      return listReader(type, held.item.type, column);
    case 'struct': {
      const parts = held.fields.map((field, index) =>
        partReader(
          type.kind === 'struct' ? type.fields[index]!.type : field.type,
          field.type,
          childOf(column, index),
        ),
      );
      return (row) => `(${parts.map((part) => part(row)).join('')})`;
    }
    default:
      return textOf(held, column);
  }
}

/** The text of a value that isn't NULL. */
function textOf(type: DataType, column: Column): (row: number) => string {
  return columnTextReader(type, { ...column, nullCount: 0 }) as (row: number) => string;
}

/** `1.50` as `1.5`, `2.00` as `2`. */
function withoutZeros(text: string): string {
  if (!text.includes('.')) return text;
  let end = text.length;
  while (text[end - 1] === '0') end--;
  return text.slice(0, text[end - 1] === '.' ? end - 1 : end);
}

function floatReader(column: Column): (row: number) => string {
  const values = valuesOf(column) as Float64Array;
  const double = new Float64Array(1);
  const bits = new BigInt64Array(double.buffer);
  return (row) => {
    double[0] = values[row]!;
    return Number.isNaN(double[0]) ? 'NaN' : String(bits[0]!);
  };
}

function instantReader(column: Column, factor: bigint, mayBeInfinite: boolean): (row: number) => string {
  const values = valuesOf(column) as BigInt64Array;
  return (row) => {
    const value = values[row]!;
    if (mayBeInfinite && value === MOST_TIME) return 'infinity';
    if (mayBeInfinite && value === LEAST_TIME) return '-infinity';
    return String(factor === 1n ? value : value * factor);
  };
}

function listReader(type: DataType, held: DataType, column: Column): (row: number) => string {
  const offsets = offsetsOf(column);
  const part = partReader(type.kind === 'list' ? type.item.type : held, held, childOf(column, 0));
  return (row) => {
    let text = '[';
    for (let index = offsets[row]!; index < offsets[row + 1]!; index++) text += part(index);
    return `${text}]`;
  };
}
