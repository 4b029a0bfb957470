import type { Json, Plugins, StateBackend } from '@datacook/core';
import { expandRecipe, type LoadedRecipe } from '@datacook/recipe';
import { BACKFILL } from './backfill.js';
import type { RowCounts } from './counts.js';
import { headKey, type StateAction } from './head-state.js';
import { type LeaseRecord, readLease } from './lease-record.js';
import { Mirror, mirrorKey } from './mirror.js';
import { makeContext, openState } from './plugins.js';
import { newRun } from './run.js';

/** What the state backend knows of one head. */
interface HeadReport {
  readonly position: Json;
  readonly load: {
    readonly id: string;
    readonly mode: string;
    readonly done: boolean;
    readonly started_at: string;
    readonly rows: RowCounts;
  } | null;
  readonly partitions: readonly { readonly id: string; readonly done: boolean; readonly position: Json }[];
  readonly head: {
    readonly version: number;
    readonly commit: string;
    readonly committed_at: string;
    readonly run_id: string;
    /** `reset` or `set`: somebody has changed the state on purpose. Null: it was a load. */
    readonly action: StateAction | null;
  } | null;
}

/** What the state backend knows of a recipe, as programs read it. */
export interface StateReport {
  readonly version: 1;
  readonly recipe: string;
  readonly streams: readonly (HeadReport & { readonly name: string })[];
  /** Backfills of the stream, by the range's text `from..to`. */
  readonly backfills: readonly (HeadReport & { readonly name: string; readonly range: string })[];
  readonly lease: LeaseRecord | null;
}

/** Reads the state of a recipe. Contacts the state backend alone. */
export async function readState(
  loaded: LoadedRecipe,
  options: { readonly plugins: Plugins; readonly state?: StateBackend },
): Promise<StateReport> {
  const run = newRun();
  const recipe = await expandRecipe(loaded, options.plugins, run, 'plan');
  const context = makeContext({
    plugins: options.plugins,
    signal: new AbortController().signal,
    run,
    log: () => undefined,
  });
  const backend = options.state ?? (await openState(recipe, options.plugins, context));
  const { stream } = recipe.source;
  const key = headKey(recipe.state.key, stream);
  const backfills = [];
  const prefix = `${mirrorKey(key)}/${BACKFILL}`;
  for await (const found of backend.list(prefix)) {
    const range = found.slice(prefix.length).split('..').map(decodeURIComponent).join('..');
    backfills.push({ name: stream, range, ...(await readHead(backend, found.slice(mirrorKey('').length))) });
  }
  return {
    version: 1,
    recipe: recipe.name,
    streams: [{ name: stream, ...(await readHead(backend, key)) }],
    backfills: backfills.sort((a, b) => (a.range < b.range ? -1 : 1)),
    lease: (await readLease(backend, recipe.state.key)) ?? null,
  };
}

async function readHead(backend: StateBackend, key: string): Promise<HeadReport> {
  const mirror = new Mirror(backend, key);
  const state = await mirror.load();
  const load = state?.load;
  return {
    position: state?.position ?? null,
    load: load
      ? { id: load.id, mode: load.mode, done: load.done, started_at: load.started_at, rows: load.rows }
      : null,
    partitions: (load?.plan?.partitions ?? []).map(({ id }) => ({
      id,
      done: load?.positions[id]?.done ?? false,
      position: load?.positions[id]?.at ?? null,
    })),
    head: state
      ? {
          version: mirror.headVersion,
          commit: state.commit.id,
          committed_at: state.commit.at,
          run_id: state.commit.run_id,
          action: state.commit.action ?? null,
        }
      : null,
  };
}
