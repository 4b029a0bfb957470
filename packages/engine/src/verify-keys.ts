import { DatacookError, type ResolvedRecipe } from '@datacook/core';
import { nearest } from '@datacook/toolkit';
import type { ColumnChoice } from './verify-columns.js';
import type { StepsSeen } from './verify-steps.js';

/** What tells rows apart. */
export interface VerifyKeys {
  /** As they leave the steps; empty: nothing but the whole row. */
  readonly keys: readonly string[];
  /** Whole rows are compared all the same: several of the table may have one key. */
  readonly isWhole: boolean;
  /** The table may hold several versions of a row. */
  readonly appendsVersions: boolean;
}

/**
 * The keys that the user names, else those of the merge, else the stream's primary key. Throws CONFIG for one that isn't
 * compared.
 */
export function keysOf(parts: {
  readonly recipe: ResolvedRecipe;
  readonly options: { readonly keys?: readonly string[] };
  readonly seen: StepsSeen;
  readonly choice: ColumnChoice;
}): VerifyKeys {
  const { recipe, options, seen, choice } = parts;
  const { destination, source } = recipe;
  const names = choice.compared.map(({ name }) => name);
  const isCompared = (key: string) => names.includes(key);
  const merged = destination.writeMode === 'merge' ? destination.mergeKeys : undefined;
  const wanted = options.keys ?? merged;
  const unknown = wanted?.find((key) => !isCompared(key));
  if (unknown !== undefined) throw notCompared(unknown, options.keys !== undefined, choice);
  const own = seen.out.primaryKey?.every(isCompared) ? seen.out.primaryKey : undefined;
  const keys = wanted ?? own ?? [];
  const appendsVersions = destination.writeMode === 'append' && source.incremental !== undefined;
  return { keys, isWhole: keys.length === 0 || appendsVersions, appendsVersions };
}

function notCompared(key: string, isAsked: boolean, { compared, leftOut }: ColumnChoice): DatacookError {
  const why = leftOut.find(({ column }) => column === key)?.why;
  const where = isAsked ? '--keys' : 'merge_keys';
  const names = compared.map(({ name }) => name);
  const near = nearest(key, names);
  return new DatacookError(
    'CONFIG',
    `${where}: ${JSON.stringify(key)} is not among the columns that are compared${why === undefined ? '' : ` (${why})`}`,
    { hint: near.length > 0 ? `did you mean ${near.join(' or ')}?` : `they are ${names.join(', ')}` },
  );
}
