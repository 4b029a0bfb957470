import { randomUUID } from 'node:crypto';
import {
  DatacookError,
  type Destination,
  type Head,
  isDatacookError,
  type Json,
  type Plugins,
  type ResolvedRecipe,
  type StateBackend,
  type Target,
} from '@datacook/core';
import { expandRecipe, type LoadedRecipe } from '@datacook/recipe';
import { type BackfillRange, checkRange } from './backfill.js';
import { checkPosition } from './check-position.js';
import { closeQuietly } from './closing.js';
import { type HeadState, headKey, parseHeadState, type StateAction } from './head-state.js';
import { canonical, identityOf } from './identity.js';
import { leaseOwner } from './lease-record.js';
import { Mirror } from './mirror.js';
import { nextRunText } from './next-run.js';
import { makeContext, type OpenedPlugins, openPlugins, openState } from './plugins.js';
import { newRun } from './run.js';
import { readBackup, saveBackup } from './state-backup.js';
import { Stop } from './stop.js';
import { withLease } from './supervise.js';

/** What is to become of a state. */
export type StateChange =
  /** Nothing is known any more: the next run begins from the start. */
  | { readonly action: 'reset'; readonly range?: BackfillRange }
  /** The next run reads on from this position. `check`: the source is asked whether it can. Default true. */
  | { readonly action: 'set'; readonly position: Json; readonly check?: boolean }
  /** Undoes the last change: what its backup holds, word for word. Only while nothing was loaded since. */
  | { readonly action: 'restore'; readonly backup: string };

export interface ChangeStateOptions {
  readonly plugins: Plugins;
  /** Instead of the backend that the recipe names. */
  readonly state?: StateBackend;
  readonly signal?: AbortSignal;
  /** Shown what would be done, before anything is; false: nothing is. Absent: it is done. */
  readonly confirm?: (preview: StateChangeReport) => Promise<boolean>;
}

/** What was done to a state, as programs read it. */
export interface StateChangeReport {
  readonly version: 1;
  readonly recipe: string;
  readonly stream: string;
  /** A backfill's `[from, to)`; null: the normal loads. */
  readonly range: BackfillRange | null;
  readonly action: StateChange['action'];
  readonly changed: boolean;
  readonly position: { readonly before: Json; readonly after: Json };
  /** The load that was under way, and is not gone on with. */
  readonly given_up: { readonly load: string; readonly mode: string; readonly rows_written: number } | null;
  /** What the next run does then, in a sentence. */
  readonly next_run: string;
  /** Names what the state was before, in the state backend; null: there was none, or nothing was changed. */
  readonly backup: string | null;
  readonly warnings: readonly string[];
}

interface Parts {
  readonly recipe: ResolvedRecipe;
  readonly opened: OpenedPlugins;
  readonly backend: StateBackend;
  readonly change: StateChange;
  readonly range: BackfillRange | undefined;
  readonly key: string;
  readonly runId: string;
}

/**
 * Changes how far a recipe has come, on purpose: in the destination's head, which outranks all, and in the state
 * backend. Keeps a backup of what it was. Throws CONFLICT while a run of the recipe is under way; CONFIG for a change
 * that can't be; what the source says of a position that it can't read on from.
 */
export async function changeState(
  loaded: LoadedRecipe,
  change: StateChange,
  options: ChangeStateOptions,
): Promise<StateChangeReport> {
  const run = newRun();
  const stop = new Stop();
  const warnings: string[] = [];
  const warn = (text: string) => void warnings.push(text);
  const recipe = await expandRecipe(loaded, options.plugins, run);
  const log = (level: string, text: string) => (level === 'warn' ? warn(text) : undefined);
  const context = makeContext({ plugins: options.plugins, signal: stop.signal, run, log });
  const range = change.action === 'reset' ? change.range : undefined;
  if (range) checkRange(recipe, range, false);
  const opened = await openPlugins(recipe, options.plugins, context);
  const backend = options.state ?? (await openState(recipe, options.plugins, context));
  const key = headKey(recipe.state.key, recipe.source.stream, range);
  const parts: Parts = { recipe, opened, backend, change, range, key, runId: run.id };

  const onAbort = () => stop.now(abortReason(options.signal));
  options.signal?.addEventListener('abort', onAbort, { once: true });
  if (options.signal?.aborted) onAbort();
  try {
    if (change.action === 'set' && change.check !== false)
      await checkPosition(parts, change.position, stop, warn);
    let asked: { readonly state: HeadState | undefined } | undefined;
    if (options.confirm) {
      asked = { state: await peek(parts, stop, warn) };
      const preview = await makeReport(parts, asked.state, await nextState(parts, asked.state, undefined));
      if (!(await options.confirm(preview))) return preview;
    }
    let report: StateChangeReport | undefined;
    const request = {
      key: leaseOwner(recipe.state.key, range),
      durationMs: recipe.state.leaseMs,
      runId: run.id,
      ifLocked: 'fail' as const,
      onHeld: () => undefined,
    };
    await withLease(backend, request, stop, warn, async (lease) => {
      const mirror = new Mirror(backend, key);
      const mirrored = await stop.orAbort(lease.whileHeld(() => mirror.load(), stop.signal));
      await withDestination(opened, warn, async (destination) => {
        const head = await stop.orAbort(destination.claim({ key, table: recipe.destination.table }, run.id));
        await lease.renew(stop.signal);
        const before = parseHeadState(head.state, key) ?? mirrored;
        if (asked && asked.state?.commit.id !== before?.commit.id) throw movedOn(key);
        const next = await nextState(parts, before, head.table);
        if (before) await stop.orAbort(saveBackup(backend, key, run.id, before));
        const { id } = next.commit;
        const commit = { id, expected: head.version, state: next as unknown as Json, publish: false };
        await destination.commit(targetOf(parts), [], commit);
        await lease.whileHeld(() => mirror.save(head.version + 1, next), stop.signal);
        report = {
          ...(await makeReport(parts, before, next)),
          changed: true,
          backup: before ? run.id : null,
          warnings,
        };
      });
    });
    return report as unknown as StateChangeReport;
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
  }
}

async function withDestination<T>(
  opened: OpenedPlugins,
  warn: (text: string) => void,
  work: (destination: Destination) => Promise<T>,
): Promise<T> {
  const destination = await opened.openDestination();
  try {
    return await work(destination);
  } finally {
    await closeQuietly('destination', destination, warn);
  }
}

function peek(parts: Parts, stop: Stop, warn: (text: string) => void): Promise<HeadState | undefined> {
  const { opened, backend, key, recipe } = parts;
  return withDestination(opened, warn, async (destination) => {
    const head = await stop.orAbort(destination.peek({ key, table: recipe.destination.table }));
    return parseHeadState(head.state, key) ?? (await stop.orAbort(new Mirror(backend, key).load()));
  });
}

async function nextState(
  parts: Parts,
  before: HeadState | undefined,
  table: Head['table'],
): Promise<HeadState> {
  const { recipe, opened, backend, change, key, runId } = parts;
  const action: StateAction = change.action === 'reset' ? 'reset' : 'set';
  const commit = { id: randomUUID(), at: new Date().toISOString(), run_id: runId, action };
  if (change.action === 'restore') {
    if (before?.commit.action === undefined || before.commit.run_id !== change.backup) {
      const { position } = await readBackup(backend, key, change.backup);
      throw new DatacookError('CONFLICT', `${key} has moved on since backup ${change.backup} was taken`, {
        hint: `only the last change can be undone; the position that it holds is ${JSON.stringify(position ?? null)}: state set takes it`,
      });
    }
    return { ...(await readBackup(backend, key, change.backup)), commit };
  }
  const identity = identityOf(recipe, opened);
  const isSameTable =
    before !== undefined &&
    canonical([before.identity.destination, before.identity.table]) ===
      canonical([identity.destination, identity.table]);
  return {
    version: 1,
    recipe: recipe.name,
    shared: recipe.destination.shared,
    identity,
    ...(change.action === 'set' ? { position: change.position } : {}),
    // A table that isn't there may be made: to go on without it is what was chosen.
    published: change.action === 'set' && table !== undefined,
    ...(isSameTable && before.columns ? { columns: before.columns } : {}),
    commit,
  };
}

function targetOf({ recipe, key }: Parts): Target {
  const { table, writeMode, mergeKeys } = recipe.destination;
  return { key, table, mode: writeMode, mergeKeys: mergeKeys ?? [], load: randomUUID() };
}

async function makeReport(
  { recipe, change, range }: Parts,
  before: HeadState | undefined,
  after: HeadState,
): Promise<StateChangeReport> {
  const load = before?.load;
  const isGivenUp = load?.plan !== undefined && !load.done && after.load === undefined;
  return {
    version: 1,
    recipe: recipe.name,
    stream: recipe.source.stream,
    range: range ?? null,
    action: change.action,
    changed: false,
    position: { before: before?.position ?? null, after: after.position ?? null },
    given_up: isGivenUp ? { load: load.id, mode: load.mode, rows_written: load.rows.written } : null,
    next_run: nextRunText(change.action, recipe.destination.writeMode, {
      isBackfill: range !== undefined,
      appended: isGivenUp && load.mode === 'append' ? load.rows.written : 0,
    }),
    backup: null,
    warnings: [],
  };
}

function movedOn(key: string): DatacookError {
  return new DatacookError('CONFLICT', `${key} has moved on since you were asked: nothing was changed`, {
    hint: 'look at it again (show-state), and give the command again',
  });
}

function abortReason(signal: AbortSignal | undefined): DatacookError {
  if (isDatacookError(signal?.reason)) return signal.reason;
  return new DatacookError('CANCELLED', 'the change of the state was stopped', {
    hint: 'show-state says how far it has come; give the command again',
  });
}
