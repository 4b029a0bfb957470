import { DatacookError, type ResolvedRecipe, type Schema, type Source, type WriteMode } from '@datacook/core';
import { sameType } from '@datacook/toolkit';
import type { StreamRun } from './attempt.js';
import { cursorColumn } from './backfill.js';
import type { HeadState } from './head-state.js';
import { checkIdentity } from './identity.js';
import { streamSchema } from './stream-schema.js';
import { TransformChain } from './transforms.js';

/** What tells the rows of a merge apart, and which of two is newer. */
export interface Merging {
  readonly keys: readonly string[];
  readonly order?: string;
  /** They are not the source's primary key: a plan knows nothing of where such keys occur. */
  readonly isForeign?: boolean;
}

/**
 * What a load of a recipe that merges merges by. A replace needs it too: it is the first load of what will be merged.
 * Throws CONFLICT if the keys are not those that the head was loaded by.
 */
export async function mergeBy(
  run: Pick<StreamRun, 'recipe' | 'plugins' | 'identity' | 'range' | 'key'>,
  source: Source,
  mode: WriteMode,
  state: HeadState | undefined,
): Promise<Merging> {
  const { recipe, plugins, identity, range, key } = run;
  if (recipe.destination.writeMode !== 'merge') return { keys: [] };
  const input = await streamSchema(source, recipe);
  const chain = new TransformChain(plugins.steps);
  const output = input && chain.outputSchema(input);
  const keys = mergeKeysOf(recipe, output);
  const own = output?.primaryKey;
  const isForeign =
    own !== undefined && !(own.length === keys.length && own.every((name) => keys.includes(name)));
  if (state && mode === 'merge') checkIdentity(state.identity, { ...identity, merge_keys: keys }, key);
  return { keys, isForeign, ...(range ? { order: mergeOrderOf(recipe, input, chain) } : {}) };
}

/**
 * The columns of the table that tell its rows apart: the recipe's, or the source's primary key as it leaves the
 * steps. Throws CONFIG where there is none.
 */
function mergeKeysOf(recipe: ResolvedRecipe, output: Schema | undefined): readonly string[] {
  const keys = recipe.destination.mergeKeys ?? output?.primaryKey ?? [];
  if (keys.length > 0) return keys;
  throw new DatacookError(
    'CONFIG',
    `write_mode merge needs merge_keys: ${recipe.source.stream} has no primary key that is known here`,
    { hint: 'name the columns that tell rows apart, as in merge_keys: [id]' },
  );
}

/**
 * The cursor's column as it leaves the steps: by it a backfill knows which of two rows is newer. Throws CONFIG where
 * the steps drop or change it.
 */
function mergeOrderOf(recipe: ResolvedRecipe, input: Schema | undefined, chain: TransformChain): string {
  const name = cursorColumn(recipe.source.incremental);
  const fields = input?.fields ?? [];
  const cursor = fields.find((field) => field.name === name);
  // Steps hand a column's native type on, whatever they call the column.
  const marker = `datacook cursor ${name}`;
  const marked = fields.map((field) => (field === cursor ? { ...field, nativeType: marker } : field));
  const found = chain.outputSchema({ fields: marked }).fields.filter((field) => field.nativeType === marker);
  if (cursor && found.length === 1 && sameType(found[0]!.type, cursor.type)) return found[0]!.name;
  throw new DatacookError(
    'CONFIG',
    `a backfill that merges needs the cursor ${JSON.stringify(name)} in the table, as it comes from the source: ` +
      'else it would put back older rows',
    { hint: 'keep the column in source.columns, and drop or cast it in no step; renaming it is fine' },
  );
}
