import type { Column, DataType } from '@datacook/core';
import {
  columnReader,
  columnTextReader,
  createColumnBuilder,
  fitBatch,
  sameType,
  widenType,
} from '@datacook/toolkit';
import { exactFloat } from './exact-float.js';

/** What a cast made of a column: NULL stands where one failed. */
interface CastResult {
  readonly column: Column;
  /** The rows that failed, ascending. */
  readonly failed: readonly number[];
}

export type Cast = (column: Column, length: number) => CastResult;

/** The text that the target is to read, or undefined where the value can't become one of the target. */
type Texts = (column: Column) => (row: number) => string | null | undefined;

type Kind = DataType['kind'];

const EXACT: ReadonlySet<Kind> = new Set(['int', 'decimal', 'numeric']);
const NESTED: ReadonlySet<Kind> = new Set(['list', 'struct']);
/** Beyond it, the shortest text of a double isn't its exact value. */
const SAFE = Number.MAX_SAFE_INTEGER;

/**
 * How values of one type become values of another: exactly, or not at all. Undefined if the pair has no meaning.
 * What to do is decided here, once a column.
 */
export function castBetween(from: DataType, to: DataType): Cast | undefined {
  if (sameType(from, to) || (from.kind === 'json' && to.kind === 'utf8'))
    return (column) => ({ column, failed: [] });
  const wide = widenType(from, to);
  if (wide !== undefined && sameType(wide, to)) return widening(from, to);
  const texts = textsBetween(from, to);
  return texts && ((column, length) => throughText(texts(column), to, length));
}

function widening(from: DataType, to: DataType): Cast {
  const schema = { fields: [{ name: '', type: to, nullable: true }] };
  return (column, length) => {
    const source = { fields: [{ name: '', type: from, nullable: true }] };
    return {
      column: fitBatch({ length, schema: source, columns: [column] }, schema).columns[0]!,
      failed: [],
    };
  };
}

function throughText(
  textAt: (row: number) => string | null | undefined,
  to: DataType,
  length: number,
): CastResult {
  const builder = createColumnBuilder(to, length);
  const failed: number[] = [];
  for (let row = 0; row < length; row++) {
    const text = textAt(row);
    if (text === null) {
      builder.appendNull();
    } else if (text === undefined || !builder.appendText(text)) {
      builder.appendNull();
      failed.push(row);
    }
  }
  return { column: builder.finish(), failed };
}

function textsBetween(from: DataType, to: DataType): Texts | undefined {
  const canonical: Texts = (column) => columnTextReader(from, column);
  if (from.kind === 'utf8' || to.kind === 'utf8') return canonical;
  if (from.kind === 'json') return NESTED.has(to.kind) ? canonical : undefined;
  if (NESTED.has(from.kind)) return to.kind === 'json' ? canonical : undefined;
  if (from.kind === 'float') return fromFloat(from, to);
  if (to.kind === 'float') return EXACT.has(from.kind) ? mapped(canonical, exactFloat(to)) : undefined;
  if (EXACT.has(from.kind) && EXACT.has(to.kind))
    return to.kind === 'int' ? mapped(canonical, wholeText) : canonical;
  if (from.kind === 'bool') return to.kind === 'int' ? mapped(canonical, bitText) : undefined;
  if (to.kind === 'bool') return from.kind === 'int' ? canonical : undefined;
  return temporal(from, to, canonical);
}

function mapped(texts: Texts, change: (text: string) => string | undefined): Texts {
  return (column) => {
    const read = texts(column);
    return (row) => {
      const text = read(row);
      return text === null || text === undefined ? text : change(text);
    };
  };
}

const bitText = (text: string) => (text === 'true' ? '1' : '0');

/** The text without a fraction that is zero. */
function wholeText(text: string): string {
  const point = text.indexOf('.');
  return point >= 0 && /^0*$/.test(text.slice(point + 1)) ? text.slice(0, point) : text;
}

function fromFloat(from: DataType, to: DataType): Texts | undefined {
  if (to.kind === 'float') return (column) => columnTextReader(from, column);
  if (!EXACT.has(to.kind)) return undefined;
  return (column) => {
    const read = columnReader(from, column) as (row: number) => number | null;
    const textAt = columnTextReader(from, column);
    return (row) => {
      const value = read(row);
      if (value === null) return null;
      if (Number.isInteger(value)) return Math.abs(value) <= SAFE ? String(value) : String(BigInt(value));
      return to.kind === 'int' ? undefined : textAt(row);
    };
  };
}

function temporal(from: DataType, to: DataType, canonical: Texts): Texts | undefined {
  if (from.kind === 'time') return to.kind === 'time' && to.zoned === from.zoned ? canonical : undefined;
  if (from.kind === 'date') {
    if (to.kind !== 'timestamp') return undefined;
    return to.zoned ? mapped(canonical, (text) => (isInfinite(text) ? text : `${text}T00:00Z`)) : canonical;
  }
  if (from.kind !== 'timestamp') return undefined;
  if (to.kind === 'date') return mapped(canonical, (text) => text.replace(/T.*/, ''));
  if (to.kind !== 'timestamp') return undefined;
  if (from.zoned === to.zoned) return canonical;
  return mapped(canonical, (text) => {
    if (isInfinite(text)) return text;
    return from.zoned ? text.slice(0, -1) : `${text}Z`;
  });
}

const isInfinite = (text: string) => text.endsWith('infinity');
