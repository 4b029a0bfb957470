import { randomFillSync } from 'node:crypto';
import {
  type Batch,
  type Column,
  DatacookError,
  type DataType,
  defineTransform,
  type Schema,
} from '@datacook/core';
import { takeRows, typeToString } from '@datacook/toolkit';
import config, { type NewColumn } from './add-column-config.js';
import { castBetween } from './cast.js';
import { FUNCTION_TYPES } from './column-function.js';
import { withFields } from './columns.js';
import { type Literal, literalColumn } from './literal.js';

const STEP = 'add_column';

/** Makes the new column for a batch of a length. */
type MakeColumn = (length: number) => Column;

/** Adds a column at the end: the same value in each row, or a fresh UUID. */
export default defineTransform({
  type: STEP,
  config,
  open: (column, context) => {
    const make = maker(column, context.run.startedAt);
    return (input) => {
      const schema = extended(input, column.name, column.type);
      return {
        schema,
        apply: (batch) => ({ batch: { ...batch, schema, columns: [...batch.columns, make(batch.length)] } }),
      };
    };
  },
});

function extended(input: Schema, name: string, type: DataType): Schema {
  if (input.fields.some((field) => field.name === name)) {
    throw new DatacookError('SCHEMA', `${STEP}: there is a column ${JSON.stringify(name)} already.`, {
      hint: 'Choose another name, or drop or rename the column before.',
      details: { step: STEP, column: name },
    });
  }
  return withFields(input, [...input.fields, { name, type, nullable: true }]);
}

function maker(column: NewColumn, startedAt: string): MakeColumn {
  const { name, type } = column;
  if (!('function' in column)) return repeated(type, literal(name, column.constant, type));
  const own = FUNCTION_TYPES[column.function];
  const cast = castBetween(own, type);
  if (cast === undefined) throw unfit(name, column.function, type);
  if (column.function === 'uuid()') return (length) => cast(uuids(length), length).column;
  const text = column.function === 'now()' ? startedAt : startedAt.slice(0, 10);
  const { column: one, failed } = cast(literal(name, text, own), 1);
  if (failed.length > 0) throw unfit(name, text, type);
  return repeated(type, one);
}

function literal(name: string, value: Literal, type: DataType): Column {
  const column = literalColumn(value, type);
  if (column === undefined) throw unfit(name, String(value), type);
  return column;
}

function unfit(name: string, value: string, type: DataType): DatacookError {
  const message = `${STEP}: ${JSON.stringify(value)} is no ${typeToString(type)}, the type of ${JSON.stringify(name)}.`;
  return new DatacookError('CONFIG', message, {
    hint: 'Change the value, or column_type.',
    details: { step: STEP, column: name },
  });
}

/** The one value of a column as often as a batch has rows. Made once for batches of the same length. */
function repeated(type: DataType, column: Column): MakeColumn {
  const schema: Schema = { fields: [{ name: '', type, nullable: true }] };
  const one: Batch = { length: 1, schema, columns: [column] };
  let last: Batch = one;
  return (length) => {
    if (last.length !== length) last = takeRows(one, new Int32Array(length));
    return last.columns[0]!;
  };
}

/** Random UUIDs of version 4, RFC 9562, from the generator that `crypto.randomUUID` uses. */
function uuids(length: number): Column {
  const values = randomFillSync(new Uint8Array(length * 16));
  for (let at = 0; at < values.length; at += 16) {
    values[at + 6] = (values[at + 6]! & 0x0f) | 0x40;
    values[at + 8] = (values[at + 8]! & 0x3f) | 0x80;
  }
  return { nullCount: 0, values };
}
