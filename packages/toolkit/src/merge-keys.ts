import { DatacookError, type Schema, type Target } from '@datacook/core';
import { nearest } from './nearest.js';

/**
 * Throws SCHEMA unless the columns that a merge goes by are among those of the stream and, if there is one, of the
 * table.
 *
 * @param schema The columns of table and stream together.
 * @param table Names of the table's columns as it is before the load.
 */
export function requireMergeKeys(target: Target, schema: Schema, table: readonly string[] | undefined): void {
  if (target.mergeKeys.length === 0)
    throw new DatacookError('SCHEMA', `A merge into ${target.table} needs keys, and none are said.`, {
      hint: 'Name the columns that tell rows apart, as in merge_keys: [id].',
    });
  const names = schema.fields.map(({ name }) => name);
  requireColumns(target, names, `Neither the stream nor the table ${target.table} has`);
  if (table !== undefined) requireColumns(target, table, `The table ${target.table} doesn't have`);
}

/** Throws SCHEMA unless a batch brings what a merge goes by. */
export function requireMergeKeysIn(target: Target, { fields }: Schema): void {
  const names = fields.map(({ name }) => name);
  requireColumns(target, names, "The stream doesn't have");
}

function requireColumns(target: Target, names: readonly string[], who: string): void {
  const wanted = [
    ...target.mergeKeys.map((name) => [name, 'a merge key'] as const),
    ...(target.mergeOrder === undefined ? [] : [[target.mergeOrder, 'the order of the merge'] as const]),
  ];
  for (const [name, role] of wanted) {
    if (names.includes(name)) continue;
    const near = nearest(name, names);
    throw new DatacookError('SCHEMA', `${who} the column "${name}", which is ${role}.`, {
      hint:
        near.length > 0
          ? `Is "${near.join('" or "')}" meant? Names must be the same to the letter.`
          : `The columns are: ${names.join(', ')}.`,
      details: { column: name },
    });
  }
}
