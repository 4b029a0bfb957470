import { type Batch, DatacookError, type Schema, type Target } from '@datacook/core';
import { nearest } from '@datacook/toolkit';

/**
 * Throws SCHEMA unless the columns that a merge goes by are among those of the stream and, if there is one, of the
 * table.
 *
 * @param schema The columns of table and stream together.
 * @param table The table as it is before the load.
 */
export function requireKeys(target: Target, schema: Schema, table: Schema | undefined): void {
  if (target.mergeKeys.length === 0)
    throw new DatacookError('SCHEMA', `A merge into ${target.table} needs keys, and none are said.`, {
      hint: 'Name the columns that tell rows apart, as in merge_keys: [id].',
    });
  requireColumns(target, schema, `Neither the stream nor the table ${target.table} has`);
  if (table !== undefined) requireColumns(target, table, `The table ${target.table} doesn't have`);
}

function requireColumns(target: Target, schema: Schema, who: string): void {
  const names = schema.fields.map((field) => field.name);
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

/** Watches the keys of an epoch's rows. */
export class KeyCheck {
  readonly #target: Target;
  readonly #nulls = new Map<string, number>();
  #rows = 0;
  #known: Schema | undefined;
  #places: readonly (readonly [name: string, place: number])[] = [];

  constructor(target: Target) {
    this.#target = target;
  }

  /** Throws SCHEMA for a batch without a key. */
  add(batch: Batch): void {
    if (this.#known !== batch.schema) {
      requireColumns(this.#target, batch.schema, "The stream doesn't have");
      this.#known = batch.schema;
      const names = batch.schema.fields.map((field) => field.name);
      this.#places = this.#target.mergeKeys.map((name) => [name, names.indexOf(name)] as const);
    }
    this.#rows += batch.length;
    for (const [name, place] of this.#places) {
      const nulls = batch.columns[place]?.nullCount ?? 0;
      if (nulls > 0) this.#nulls.set(name, (this.#nulls.get(name) ?? 0) + nulls);
    }
  }

  /** Throws DATA if a key was NULL in any row. */
  requireValues(): void {
    if (this.#nulls.size === 0) return;
    const found = [...this.#nulls].map(([name, rows]) => `"${name}" is NULL in ${rows}`).join(', and ');
    const [[column, rows] = ['', 0]] = this.#nulls;
    throw new DatacookError(
      'DATA',
      `Rows for ${this.#target.table} lack a merge key: of the ${this.#rows} rows since the last commit, ${found}.`,
      {
        hint: 'None of them was written. A key tells rows apart, so it must have a value: leave such rows out, or merge by other columns.',
        details: { column, rows },
      },
    );
  }
}
