import type { Batch, DataType, Field, Schema } from '@datacook/core';
import { sameType, widenType } from '@datacook/toolkit';
import { fileField } from './memory.js';

/** A column as one file's first rows show it. */
export interface ColumnSample {
  readonly name: string;
  readonly type: DataType;
  /** No value was seen: the type says nothing. */
  readonly isEmpty: boolean;
  /** Of integers: within these they all are. */
  readonly range?: Range;
}

interface Range {
  readonly least: bigint;
  readonly greatest: bigint;
}

const EXACT = 2n ** 53n;

/** What a sampled batch says of its columns. */
export function sampleColumns({ schema, columns, length }: Batch): ColumnSample[] {
  return schema.fields.map(({ name, type }, index) => {
    const { nullCount, values } = columns[index]!;
    const range = type.kind === 'int' ? (rangeOf(values, length) ?? rangeOfType(type)) : undefined;
    return { name, type, isEmpty: nullCount === length, ...(range && { range }) };
  });
}

// What lies under a NULL is undefined; at worst the type becomes a wider one, which is as exact.
function rangeOf(values: ArrayBufferView | undefined, length: number): Range | undefined {
  if (!(values instanceof BigInt64Array || values instanceof BigUint64Array)) return undefined;
  let least = 0n;
  let greatest = 0n;
  for (let row = 0; row < length; row++) {
    const value = values[row]!;
    if (value < least) least = value;
    else if (value > greatest) greatest = value;
  }
  return { least, greatest };
}

function rangeOfType({ bits, signed }: Extract<DataType, { kind: 'int' }>): Range {
  return signed
    ? { least: -(2n ** BigInt(bits - 1)), greatest: 2n ** BigInt(bits - 1) - 1n }
    : { least: 0n, greatest: 2n ** BigInt(bits) - 1n };
}

function isWithin({ range }: ColumnSample, least: bigint, greatest: bigint): boolean {
  return range !== undefined && least <= range.least && range.greatest <= greatest;
}

/** The columns of several files in the order of their first appearance, each with a type that holds all samples. */
export function unifySamples(samples: readonly (readonly ColumnSample[])[]): Schema {
  const byName = new Map<string, ColumnSample[]>();
  for (const column of samples.flat()) {
    const list = byName.get(column.name);
    if (list === undefined) byName.set(column.name, [column]);
    else list.push(column);
  }
  return { fields: [...byName].map(([name, columns]) => fileField(name, unifyTypes(columns))) };
}

function unifyTypes(columns: readonly ColumnSample[]): DataType {
  const seen = columns.filter(({ isEmpty }) => !isEmpty);
  if (seen.length === 0) return columns[0]!.type;
  let common: DataType | undefined = seen[0]!.type;
  for (const { type } of seen) common = common && widenType(common, type);
  if (common !== undefined) return common;
  if (seen.every((column) => column.type.kind === 'float' || isWithin(column, -EXACT, EXACT)))
    return { kind: 'float', bits: 64 };
  if (seen.every(({ type }) => NUMBERS.has(type.kind))) return { kind: 'numeric' };
  return { kind: 'utf8' };
}

const NUMBERS: ReadonlySet<DataType['kind']> = new Set(['int', 'float', 'decimal', 'numeric']);

/** A remembered schema with what samples of other files show. */
export interface Grown {
  readonly schema: Schema;
  /** Remembered columns with a sample that has another type, and no common one: some value won't fit. */
  readonly misfits: readonly ColumnSample[];
}

/**
 * Remembered columns, each with a type that holds the samples as well, if there is one that keeps every value; else it
 * stays. Columns that only the samples have come behind.
 */
export function growSchema(known: Schema, samples: readonly (readonly ColumnSample[])[]): Grown {
  const all = samples.flat().filter(({ isEmpty }) => !isEmpty);
  const misfits: ColumnSample[] = [];
  const fields = known.fields.map((field): Field => {
    const beyond = all.filter((sample) => sample.name === field.name && !holds(field.type, sample));
    if (beyond.length === 0) return field;
    const wide = widenType(field.type, unifyTypes(beyond));
    if (wide !== undefined) return { ...field, type: wide };
    misfits.push(beyond.find(({ type }) => widenType(field.type, type) === undefined) ?? beyond[0]!);
    return field;
  });
  const names = new Set(known.fields.map(({ name }) => name));
  const fresh = unifySamples(samples.map((sample) => sample.filter(({ name }) => !names.has(name))));
  return { schema: { fields: [...fields, ...fresh.fields] }, misfits };
}

/** Whether the sampled values have a place in the type as it is; of floats, as far as the types alone tell. */
function holds(type: DataType, sample: ColumnSample): boolean {
  switch (type.kind) {
    case 'utf8':
      return true;
    case 'numeric':
      return NUMBERS.has(sample.type.kind);
    case 'int': {
      const { least, greatest } = rangeOfType(type);
      return isWithin(sample, least, greatest);
    }
    case 'decimal': {
      const limit = 10n ** BigInt(Math.max(0, type.precision - type.scale));
      return isWithin(sample, 1n - limit, limit - 1n);
    }
    case 'float':
      return sample.type.kind === 'int' && isWithin(sample, -EXACT, EXACT) && type.bits === 64;
    default:
      return sameType(type, sample.type);
  }
}

/** A schema with declared types in the place of its own. */
export function declareTypes(schema: Schema, declared: ReadonlyMap<string, DataType>): Schema {
  if (declared.size === 0) return schema;
  return {
    fields: schema.fields.map((field): Field => ({ ...field, type: declared.get(field.name) ?? field.type })),
  };
}
