import { DatacookError, isDatacookError, type Plugins, type StateBackend } from '@datacook/core';
import { expandRecipe, type LoadedRecipe } from '@datacook/recipe';
import { isProcessAlive } from '@datacook/toolkit';
import { type BackfillRange, checkRange } from './backfill.js';
import { type LeaseRecord, leaseKey, leaseOwner, parseLease } from './lease-record.js';
import { makeContext, openState } from './plugins.js';
import { newRun } from './run.js';

export interface UnlockOptions {
  readonly plugins: Plugins;
  /** Instead of the backend that the recipe names. */
  readonly state?: StateBackend;
  /** The lease of this backfill. */
  readonly range?: BackfillRange;
  /** Break it also if its holder is known to be alive, or if the record can't be read. */
  readonly force?: boolean;
  /** Shown what would be done, before it is; false: nothing is. */
  readonly confirm?: (preview: UnlockReport) => Promise<boolean>;
}

/** What was done to a lease, as programs read it. */
export interface UnlockReport {
  readonly version: 1;
  readonly recipe: string;
  readonly range: BackfillRange | null;
  /** Whether a lease was broken. */
  readonly unlocked: boolean;
  /** Whose it was; null: nobody held it, or its record could not be read. */
  readonly holder: LeaseRecord | null;
  /** Whether the holder's process lives; null: that can't be known from here. */
  readonly alive: boolean | null;
}

/**
 * Breaks the lease of a recipe. A run that holds it and still works ends at its next renewal or commit. Throws
 * CONFLICT if the holder is alive on this host (unless `force`), or has renewed it meanwhile.
 */
export async function unlockState(loaded: LoadedRecipe, options: UnlockOptions): Promise<UnlockReport> {
  const run = newRun();
  const { plugins, range, force } = options;
  const recipe = await expandRecipe(loaded, plugins, run, 'plan');
  if (range) checkRange(recipe, range, false);
  const context = makeContext({
    plugins,
    signal: new AbortController().signal,
    run,
    log: () => undefined,
  });
  const backend = options.state ?? (await openState(recipe, plugins, context));
  const owner = leaseOwner(recipe.state.key, range);
  const key = leaseKey(owner);
  const found = await backend.load(key);
  const holder = found && read(() => parseLease(found.value, owner), force);
  const alive = holder && isProcessAlive(holder.process);
  const report: UnlockReport = {
    version: 1,
    recipe: recipe.name,
    range: range ?? null,
    unlocked: false,
    holder: holder ?? null,
    alive: alive ?? null,
  };
  if (!found) return report;
  if (alive && !force && holder) {
    throw new DatacookError(
      'CONFLICT',
      `run ${holder.run_id} holds the lease of ${owner}, and its process ${holder.process.pid} is alive on this host`,
      { hint: 'end that process, or break the lease all the same with --force: the run then ends by itself' },
    );
  }
  if (options.confirm && !(await options.confirm(report))) return report;
  try {
    await backend.delete(key, found.version);
  } catch (error) {
    if (!isDatacookError(error) || error.code !== 'CONFLICT') throw error;
    throw new DatacookError('CONFLICT', `the lease of ${owner} was renewed or given back meanwhile`, {
      hint: 'its holder works: look at it again (show-state)',
      cause: error,
    });
  }
  return { ...report, unlocked: true };
}

function read(parse: () => LeaseRecord, force: boolean | undefined): LeaseRecord | undefined {
  try {
    return parse();
  } catch (error) {
    if (force) return undefined;
    throw error;
  }
}
