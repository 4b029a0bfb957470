import type { Batch, DataType, Field, Schema } from '@datacook/core';
import { widenType } from '@datacook/toolkit';
import { fileField } from './memory.js';

/** A column as one file's first rows show it. */
export interface ColumnSample {
  readonly name: string;
  readonly type: DataType;
  /** No value was seen: the type says nothing. */
  readonly isEmpty: boolean;
  /** Its integers are all exact as doubles. */
  readonly fitsDouble: boolean;
}

const EXACT = 2n ** 53n;

/** What a sampled batch says of its columns. */
export function sampleColumns({ schema, columns, length }: Batch): ColumnSample[] {
  return schema.fields.map(({ name, type }, index) => {
    const { nullCount, values } = columns[index]!;
    return {
      name,
      type,
      isEmpty: nullCount === length,
      fitsDouble: type.kind === 'int' && (type.bits < 64 || areExact(values, length)),
    };
  });
}

// What lies under a NULL is undefined; at worst the type becomes numeric, which is as exact.
function areExact(values: ArrayBufferView | undefined, length: number): boolean {
  if (!(values instanceof BigInt64Array || values instanceof BigUint64Array)) return false;
  for (let row = 0; row < length; row++) {
    const value = values[row]!;
    if (value > EXACT || value < -EXACT) return false;
  }
  return true;
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
  if (seen.every(({ type, fitsDouble }) => type.kind === 'float' || fitsDouble))
    return { kind: 'float', bits: 64 };
  if (seen.every(({ type }) => NUMBERS.has(type.kind))) return { kind: 'numeric' };
  return { kind: 'utf8' };
}

const NUMBERS: ReadonlySet<DataType['kind']> = new Set(['int', 'float', 'decimal', 'numeric']);

/** A schema with declared types in the place of its own. */
export function declareTypes(schema: Schema, declared: ReadonlyMap<string, DataType>): Schema {
  if (declared.size === 0) return schema;
  return {
    fields: schema.fields.map((field): Field => ({ ...field, type: declared.get(field.name) ?? field.type })),
  };
}
