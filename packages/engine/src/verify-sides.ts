import type { Destination, Field, Plugins, ReadPlan, ResolvedRecipe, Source } from '@datacook/core';
import type { OpenedStep } from './transforms.js';
import type { ComparedColumn } from './verify-columns.js';
import type { Side } from './verify-compare.js';
import { digestRows, readAgain } from './verify-rows.js';
import { isOneToOne, type StepsSeen } from './verify-steps.js';

export interface SideParts {
  readonly recipe: ResolvedRecipe;
  readonly plugins: Plugins;
  readonly source: Source;
  /** Everything that the source has. */
  readonly plan: ReadPlan;
  readonly steps: readonly OpenedStep[];
  readonly seen: StepsSeen;
  readonly columns: readonly ComparedColumn[];
}

/** The source's side: by its own SQL where the steps leave every value as it is, else by reading the rows. */
export function sourceSide(
  parts: SideParts,
  keys: readonly string[],
): { readonly side: Side; readonly by: 'sql' | 'rows' } {
  const { recipe, plugins, source, plan, steps, seen, columns } = parts;
  const { digest } = source;
  const isPlain =
    isOneToOne(recipe, plugins) &&
    columns.every(({ name, widened }) => seen.origins.has(name) && widened === undefined);
  if (digest && isPlain) {
    const origin = (name: string) => seen.origins.get(name)!;
    const fields: Field[] = columns.map(({ name, type }) => ({ name: origin(name), type, nullable: true }));
    const side: Side = (bucket) => digest(recipe.source.stream, fields, keys.map(origin), bucket);
    return { side, by: 'sql' };
  }
  const side: Side = async function* (bucket) {
    yield* await digestRows(readAgain(source, plan, steps), columns, keys, bucket);
  };
  return { side, by: 'rows' };
}

/** The table's side, by the destination's own SQL. */
export function tableSide(
  { digest }: Destination,
  table: string,
  columns: readonly ComparedColumn[],
  keys: readonly string[],
): Side {
  const inTable = (name: string) => columns.find((column) => column.name === name)!.tableName;
  const fields: Field[] = columns.map(({ tableName, type }) => ({ name: tableName, type, nullable: true }));
  return (bucket) => digest!(table, fields, keys.map(inTable), bucket);
}
