import {
  type Batch,
  type Column,
  DatacookError,
  type DataType,
  type Field,
  type Schema,
} from '@datacook/core';
import { nullColumn } from './batch-parts.js';
import { createColumnBuilder } from './builders/create-column-builder.js';
import { arrayOf, childTypes, layoutOf } from './column-layout.js';
import { childOf } from './readers/column-reader.js';
import { columnTextReader } from './readers/column-text-reader.js';
import { offsetsOf } from './readers/views.js';
import { sameType, widenType } from './type-relations.js';
import { typeToString } from './type-text.js';
import { wordsOf } from './words.js';

/**
 * Lays a batch's columns, found by name, on a wider schema: a column that is missing becomes NULLs, one of a narrower
 * type is widened by the rules of `widenType`, all others are passed on as they are. Throws SCHEMA for a column that
 * the schema lacks, for one whose type doesn't fit, and for a missing one that can't be NULL.
 */
export function fitBatch(batch: Batch, schema: Schema): Batch {
  if (batch.schema === schema) return batch;
  const indexes = new Map(batch.schema.fields.map((field, index) => [field.name, index]));
  const columns = schema.fields.map((field) => {
    const index = indexes.get(field.name);
    indexes.delete(field.name);
    if (index === undefined) return missing(field, batch.length);
    return fit(batch.schema.fields[index]!, batch.columns[index]!, field, batch.length);
  });
  const [extra] = indexes.keys();
  if (extra !== undefined) {
    throw new DatacookError('SCHEMA', `The column ${JSON.stringify(extra)} has no place in the schema.`, {
      hint: `The schema has: ${schema.fields.map((field) => field.name).join(', ')}.`,
      details: { column: extra },
    });
  }
  const { length, operations } = batch;
  return { length, schema, columns, ...(operations && { operations }) };
}

function missing(field: Field, length: number): Column {
  if (field.nullable || length === 0) return nullColumn(field.type, length);
  throw new DatacookError(
    'SCHEMA',
    `The column ${JSON.stringify(field.name)} is missing, and can't be NULL.`,
    {
      hint: 'Make the column nullable, or give it a value (add_column).',
      details: { column: field.name },
    },
  );
}

function fit(from: Field, column: Column, to: Field, length: number): Column {
  if (sameType(from.type, to.type)) return column;
  const wide = widenType(from.type, to.type);
  if (wide !== undefined && sameType(wide, to.type)) return widenColumn(from.type, column, to.type, length);
  const types = `${typeToString(from.type)} doesn't fit into ${typeToString(to.type)} without loss`;
  throw new DatacookError(
    'SCHEMA',
    `The column ${JSON.stringify(to.name)} can't be laid on the schema: ${types}.`,
    {
      hint: 'Convert it with cast_columns.',
      details: { column: to.name, from: typeToString(from.type), to: typeToString(to.type) },
    },
  );
}

function widenColumn(from: DataType, column: Column, to: DataType, length: number): Column {
  if (sameType(from, to)) return column;
  const { nullCount, validity } = column;
  const shell = { nullCount, ...(validity && { validity }) };
  if (from.kind === 'list') {
    const offsets = offsetsOf(column);
    const child = widenColumn(from.item.type, childOf(column, 0), childTypes(to)[0]!, offsets[length]!);
    return { ...shell, offsets, children: [child] };
  }
  if (from.kind === 'struct') {
    const targets = childTypes(to);
    const children = childTypes(from).map((type, i) =>
      widenColumn(type, childOf(column, i), targets[i]!, length),
    );
    return { ...shell, children };
  }
  const layout = layoutOf(to);
  if (layout.kind === 'fixed' && (to.kind === 'int' || to.kind === 'float')) {
    const source = arrayOf(column);
    const values = layout.make(length);
    if (to.kind === 'int' && to.bits === 64) copyToWords(source as Int32Array, wordsOf(values), length);
    else for (let row = 0; row < length; row++) values[row] = source[row] as number;
    return { ...shell, values };
  }
  return throughText(from, column, to, length);
}

/** Integers to 32 bits as int64 or uint64, without a BigInt a value. */
function copyToWords(source: ArrayLike<number>, words: Int32Array, length: number): void {
  for (let row = 0; row < length; row++) {
    const value = source[row]!;
    words[row * 2] = value;
    words[row * 2 + 1] = value < 0 ? -1 : 0;
  }
}

function throughText(from: DataType, column: Column, to: DataType, length: number): Column {
  const read = columnTextReader(from, column);
  const builder = createColumnBuilder(to, length);
  for (let row = 0; row < length; row++) {
    const text = read(row);
    if (text === null) builder.appendNull();
    else if (!builder.appendText(text)) {
      throw new DatacookError(
        'INTERNAL',
        `${text} of ${typeToString(from)} doesn't fit into ${typeToString(to)}.`,
      );
    }
  }
  return builder.finish();
}
