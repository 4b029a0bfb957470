import { DatacookError, defineTransform } from '@datacook/core';
import { columnIndex } from './columns.js';
import config from './drop-columns-config.js';
import { pickColumns } from './pick-columns.js';

const STEP = 'drop_columns';

/** Leaves columns out. */
export default defineTransform({
  type: STEP,
  config,
  open: ({ columns, if_exists: ifExists }) => {
    const dropped = new Set(columns);
    return (input) => {
      if (!ifExists) for (const name of dropped) columnIndex(STEP, input, name);
      const kept: number[] = [];
      for (const [index, field] of input.fields.entries()) if (!dropped.has(field.name)) kept.push(index);
      if (kept.length === 0) {
        throw new DatacookError('SCHEMA', `${STEP}: no column would be left.`, {
          hint: 'Keep at least one column.',
          details: { step: STEP },
        });
      }
      return pickColumns(input, kept);
    };
  },
});
