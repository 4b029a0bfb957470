import { type Batch, isDatacookError, type Plugins, type ResolvedRecipe, type Schema } from '@datacook/core';
import { columnTextReader, nullColumn } from '@datacook/toolkit';
import { type OpenedStep, TransformChain } from './transforms.js';

/** What a recipe's steps do to columns, as far as it can be seen. */
export interface StepsSeen {
  readonly out: Schema;
  /** By the name of a column that comes out: that of the one that it was, if it was handed on as it is. */
  readonly origins: ReadonlyMap<string, string>;
  /** Columns that hold something else in each run. */
  readonly fleeting: ReadonlySet<string>;
  /** The steps could not be tried on a row of NULLs, so that fleeting columns are not known. */
  readonly isUntried: boolean;
}

/** The steps of the standard transforms that neither drop rows nor change values. */
const ONE_TO_ONE: ReadonlySet<string> = new Set([
  'rename_columns',
  'select_columns',
  'drop_columns',
  'add_column',
]);
const STANDARD = '@datacook/transforms-standard';

/** Whether every row leaves the steps as one row, and every column as it is, or made by the step alone. */
export function isOneToOne({ steps }: ResolvedRecipe, plugins: Plugins): boolean {
  return steps.every(
    ({ type }) => ONE_TO_ONE.has(type) && plugins.find('transform', type).package === STANDARD,
  );
}

/**
 * Tries the steps on a row of NULLs, as two runs would do it at different times: what differs is fleeting. A column that
 * comes out as the very one that went in was handed on.
 */
export async function seeSteps(
  steps: readonly OpenedStep[],
  stepsOfOther: readonly OpenedStep[],
  input: Schema,
): Promise<StepsSeen> {
  const out = new TransformChain(steps).outputSchema(input);
  const row: Batch = {
    length: 1,
    schema: input,
    columns: input.fields.map(({ type }) => nullColumn(type, 1)),
  };
  const one = await tryRow(steps, row);
  const other = await tryRow(stepsOfOther, row);
  const origins = new Map<string, string>();
  const fleeting = new Set<string>();
  if (one === undefined || other === undefined) return { out, origins, fleeting, isUntried: true };
  for (const [index, { name, type }] of one.schema.fields.entries()) {
    const from = row.columns.indexOf(one.columns[index]!);
    if (from >= 0) origins.set(name, input.fields[from]!.name);
    const text = columnTextReader(type, one.columns[index]!)(0);
    if (columnTextReader(type, other.columns[index]!)(0) !== text) fleeting.add(name);
  }
  return { out, origins, fleeting, isUntried: false };
}

/** Undefined: the row was refused or left out. */
async function tryRow(steps: readonly OpenedStep[], row: Batch): Promise<Batch | undefined> {
  try {
    const { batch } = await new TransformChain(steps).apply(row, undefined);
    return batch.length === 1 ? batch : undefined;
  } catch (error) {
    if (isDatacookError(error) && error.code !== 'INTERNAL') return undefined;
    throw error;
  }
}
