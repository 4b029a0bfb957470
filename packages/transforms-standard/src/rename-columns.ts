import { DatacookError, defineTransform, type Schema } from '@datacook/core';
import { columnIndex, withFields } from './columns.js';
import config from './rename-columns-config.js';

const STEP = 'rename_columns';

/** Gives columns other names. All at once, so that two may change places. */
export default defineTransform({
  type: STEP,
  config,
  open: ({ mapping }) => {
    return (input) => {
      const schema = renamed(input, new Map(Object.entries(mapping)));
      return { schema, apply: (batch) => ({ batch: { ...batch, schema } }) };
    };
  },
});

function renamed(input: Schema, mapping: ReadonlyMap<string, string>): Schema {
  for (const name of mapping.keys()) columnIndex(STEP, input, name);
  const rename = (name: string) => mapping.get(name) ?? name;
  const origins = new Map<string, string>();
  const fields = input.fields.map((field) => {
    const name = rename(field.name);
    const other = origins.get(name);
    if (other !== undefined) throw clash(name, other, field.name);
    origins.set(name, field.name);
    return name === field.name ? field : { ...field, name };
  });
  return withFields(input, fields, rename);
}

function clash(name: string, first: string, second: string): DatacookError {
  const from = `${JSON.stringify(first)} and ${JSON.stringify(second)}`;
  return new DatacookError('SCHEMA', `${STEP}: ${from} would both be called ${JSON.stringify(name)}.`, {
    hint: 'Choose another name, or drop one of the columns before.',
    details: { step: STEP, column: name },
  });
}
