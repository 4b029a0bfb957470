import { readFileSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type DatacookError,
  type Definition,
  isDatacookError,
  type Plugins,
  type StateBackend,
} from '@datacook/core';
import {
  type BackfillRange,
  type IfLocked,
  type RunEvent,
  type RunReport,
  runRecipe as runLoadedRecipe,
} from '@datacook/engine';
import { type LoadedRecipe, validateRecipe } from '@datacook/recipe';
import { createRegistry, discoverPlugins } from '@datacook/registry';
import { throwErrors } from './problems.js';
import { loadedRecipeOf, type Recipe } from './recipe.js';

export interface RunRecipeOptions {
  /** Asks the run to end: what can be committed within `runtime.grace_seconds` is, and the run throws CANCELLED. */
  readonly signal?: AbortSignal;
  /** Told what happens, as it happens. The last event is `end`. Must not throw. */
  readonly onEvent?: (event: RunEvent) => void;
  /** What to do if another run is working on the recipe. Default `fail`. A run that is left out has status `skipped`. */
  readonly ifLocked?: IfLocked;
  /** Load everything anew, and put it in the table's place. */
  readonly fullRefresh?: boolean;
  /** A backfill: load the values `[from, to)` of the cursor again, and leave the position of normal loads alone. */
  readonly range?: BackfillRange;
  /** Plug-ins that stand before those that are installed; or all that there are to be. */
  readonly plugins?: readonly Definition[] | Plugins;
}

/**
 * Runs a recipe to its end. Writes nothing but what the recipe names: the destination and the state.
 * @param recipe What to run.
 * @param state Where to keep state; default: what the recipe names.
 * @returns The report of a run that succeeded, or was skipped.
 * @throws DatacookError for a recipe that can't run, and for a run that failed or was cancelled; `reportOf` gives
 * the report of the latter.
 */
export async function runRecipe(
  recipe: Recipe,
  state?: StateBackend,
  options: RunRecipeOptions = {},
): Promise<RunReport> {
  const loaded = loadedRecipeOf(recipe);
  const plugins = await pluginsFor(loaded, options.plugins);
  throwErrors(await validateRecipe(loaded, plugins, 'run'));
  const { signal, onEvent, ifLocked, fullRefresh, range } = options;
  const outcome = await runLoadedRecipe(loaded, {
    plugins,
    ...(state === undefined ? {} : { state }),
    ...(signal === undefined ? {} : { signal }),
    ...(onEvent === undefined ? {} : { onEvent }),
    ...(ifLocked === undefined ? {} : { ifLocked }),
    ...(fullRefresh === undefined ? {} : { fullRefresh }),
    ...(range === undefined ? {} : { range }),
    versions: { datacook: ownVersion() },
  });
  if (!outcome.error) return outcome.report;
  throw Object.defineProperty(outcome.error, REPORT, { value: outcome.report });
}

const REPORT = 'report';

/** The report of the run that an error ended; undefined if it ended none. */
export function reportOf(error: unknown): RunReport | undefined {
  return isDatacookError(error)
    ? (error as DatacookError & { readonly [REPORT]?: RunReport })[REPORT]
    : undefined;
}

async function pluginsFor(recipe: LoadedRecipe, given: RunRecipeOptions['plugins']): Promise<Plugins> {
  if (given !== undefined && !isList(given)) return given;
  const installed = await discoverPlugins({
    from: [recipe.directory, dirname(await realpath(recipe.file).catch(() => join(recipe.directory, 'x')))],
    program: fileURLToPath(import.meta.url),
  });
  return given === undefined ? installed : createRegistry(given, installed);
}

function isList(given: readonly Definition[] | Plugins): given is readonly Definition[] {
  return Array.isArray(given);
}

function ownVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}
