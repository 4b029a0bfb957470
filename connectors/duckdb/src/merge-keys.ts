import { type Batch, DatacookError, type Schema, type Target } from '@datacook/core';
import { requireMergeKeysIn } from '@datacook/toolkit';

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
      requireMergeKeysIn(this.#target, batch.schema);
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
