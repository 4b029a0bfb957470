import { defineTransform } from '@datacook/core';
import { columnIndex } from './columns.js';
import { pickColumns } from './pick-columns.js';
import config from './select-columns-config.js';

const STEP = 'select_columns';

/** Keeps the named columns alone, in that order. */
export default defineTransform({
  type: STEP,
  config,
  open: ({ columns }) => {
    return (input) =>
      pickColumns(
        input,
        columns.map((name) => columnIndex(STEP, input, name)),
      );
  },
});
