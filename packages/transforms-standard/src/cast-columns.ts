import {
  type Applied,
  type Batch,
  DatacookError,
  type DataType,
  defineTransform,
  type Schema,
} from '@datacook/core';
import { columnTextReader, sameType, takeRows, typeToString } from '@datacook/toolkit';
import { type Cast, castBetween } from './cast.js';
import config from './cast-columns-config.js';
import { columnIndex, withFields } from './columns.js';

const STEP = 'cast_columns';
const LONGEST_VALUE = 80;

interface ColumnCast {
  readonly index: number;
  readonly name: string;
  readonly from: DataType;
  readonly to: DataType;
  readonly cast: Cast;
}

/** Gives columns other types. A value that can't be of the type is a reject, never a silent NULL. */
export default defineTransform({
  type: STEP,
  config,
  open: ({ columns }) => {
    return (input) => {
      const casts = Object.entries(columns).map(([name, to]) => columnCast(input, name, to));
      const schema = castSchema(input, casts);
      return { schema, apply: (batch) => castBatch(batch, schema, casts) };
    };
  },
});

function columnCast(input: Schema, name: string, to: DataType): ColumnCast {
  const index = columnIndex(STEP, input, name);
  const from = input.fields[index]!.type;
  const cast = castBetween(from, to);
  if (cast !== undefined) return { index, name, from, to, cast };
  const types = `${typeToString(from)} to ${typeToString(to)}`;
  throw new DatacookError('SCHEMA', `${STEP}: ${JSON.stringify(name)} can't be cast from ${types}.`, {
    hint: 'The two types have no values in common. Cast to utf8 first if the text of the one is a value of the other.',
    details: { step: STEP, column: name },
  });
}

function castSchema(input: Schema, casts: readonly ColumnCast[]): Schema {
  const fields = [...input.fields];
  for (const { index, from, to, name } of casts) {
    const { nullable } = fields[index]!;
    if (!sameType(from, to)) fields[index] = { name, type: to, nullable };
  }
  return withFields(input, fields);
}

function castBatch(batch: Batch, schema: Schema, casts: readonly ColumnCast[]): Applied {
  const columns = [...batch.columns];
  const reasons = new Map<number, string>();
  for (const { index, name, from, to, cast } of casts) {
    const source = batch.columns[index]!;
    const { column, failed } = cast(source, batch.length);
    columns[index] = column;
    const textAt = columnTextReader(from, source);
    for (const row of failed) {
      const reason = `column ${JSON.stringify(name)}: ${shorten(textAt(row) ?? '')} is no ${typeToString(to)}`;
      const before = reasons.get(row);
      reasons.set(row, before === undefined ? reason : `${before}; ${reason}`);
    }
  }
  const whole: Batch = { ...batch, schema, columns };
  if (reasons.size === 0) return { batch: whole };
  const good: number[] = [];
  for (let row = 0; row < batch.length; row++) if (!reasons.has(row)) good.push(row);
  const rejects = [...reasons].map(([row, reason]) => ({ row, reason })).sort((a, b) => a.row - b.row);
  return { batch: takeRows(whole, good), rejects };
}

function shorten(text: string): string {
  if (text.length <= LONGEST_VALUE) return JSON.stringify(text);
  return `${JSON.stringify(text.slice(0, LONGEST_VALUE))}… (${text.length} characters)`;
}
