import { randomBytes } from 'node:crypto';
import {
  DatacookError,
  type Json,
  type Plugins,
  type ResolvedRecipe,
  type StateBackend,
  toDatacookError,
} from '@datacook/core';
import { expandRecipe, type LoadedRecipe } from '@datacook/recipe';
import type { IfLocked } from './acquire-lease.js';
import { runAttempts } from './attempts.js';
import { APPENDED_AGAIN, type BackfillRange, checkRange } from './backfill.js';
import type { Emit, RunEvent } from './events.js';
import { deliveryOf } from './guarantee.js';
import { headKey } from './head-state.js';
import { identityOf } from './identity.js';
import { type LeaseRecord, leaseOwner } from './lease-record.js';
import { Mirror } from './mirror.js';
import { makeContext, openPlugins, openState } from './plugins.js';
import { exitCodeOf, type LockedBy, type RunReport, type RunStatus } from './report.js';
import { SerialQueue } from './serial-queue.js';
import { Stop } from './stop.js';
import { superviseStop, withLease } from './supervise.js';
import { Tally } from './tally.js';

export interface RunOptions {
  /** What is installed. */
  readonly plugins: Plugins;
  /** Instead of the backend that the recipe names. */
  readonly state?: StateBackend;
  /** Asks the run to end: what can be committed within `runtime.grace_seconds` is. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
  /** What to do if another run is working on the recipe. Default `fail`: the run ends with CONFLICT, naming it. */
  readonly ifLocked?: IfLocked;
  /** Load everything anew, and put it in the table's place. */
  readonly fullRefresh?: boolean;
  /** Load this range of the cursor again, beside the normal loads: their position stays as it is. */
  readonly range?: BackfillRange;
  /** Versions to name in the report. */
  readonly versions?: { readonly [name: string]: string };
}

/** How a run ended. The error is the one that the report tells of. */
export interface RunOutcome {
  readonly report: RunReport;
  readonly error?: DatacookError;
}

/**
 * Runs a recipe to its end. Does not throw: what went wrong is in the outcome. Writes nothing but what the recipe
 * names: the destination and the state.
 */
export async function runRecipe(recipe: LoadedRecipe, options: RunOptions): Promise<RunOutcome> {
  const run = newRun();
  const { range } = options;
  const warnings: string[] = [];
  const stop = new Stop();
  // A listener that throws must not end the run.
  const emit: Emit = (event) => {
    try {
      options.onEvent?.({ ...event, at: new Date().toISOString() } as RunEvent);
    } catch (error) {
      const text = `a listener failed: ${(error as Error).message}`;
      if (!warnings.includes(text)) warnings.push(text);
    }
  };
  const warn = (text: string) => {
    warnings.push(text);
    emit({ type: 'log', level: 'warn', text });
  };
  const log = (level: 'debug' | 'info' | 'warn', text: string) => {
    if (level === 'warn') warn(text);
    else emit({ type: 'log', level, text });
  };
  let resolved: ResolvedRecipe | undefined;
  let tally: Tally | undefined;
  let identity: Json = null;
  let failure: DatacookError | undefined;
  let lockedBy: LockedBy | null = null;
  let hasRun = true;
  try {
    resolved = await expandRecipe(recipe, options.plugins, run);
    for (const finding of recipe.findings) if (finding.severity === 'warning') warn(finding.message);
    const { stream } = resolved.source;
    tally = new Tally(stream);
    emit({ type: 'start', runId: run.id, recipe: resolved.name, stream });
    const context = makeContext({ plugins: options.plugins, signal: stop.signal, run, log });
    const opened = await openPlugins(resolved, options.plugins, context);
    const identified = identityOf(resolved, opened);
    identity = identified as unknown as Json;
    checkOffered(resolved);
    if (range) checkRange(resolved, range, options.fullRefresh ?? false);
    if (range && resolved.destination.writeMode === 'append') warn(APPENDED_AGAIN);
    deliveryOf(opened.destination, options.fullRefresh ? 'replace' : resolved.destination.writeMode);
    const state = options.state ?? (await openState(resolved, options.plugins, context));
    const key = headKey(resolved.state.key, stream, range);
    const mirror = new Mirror(state, key);
    const parts = { recipe: resolved, plugins: opened, runId: run.id, key, identity: identified, mirror };
    const wished = { fullRefresh: options.fullRefresh ?? false, ...(range ? { range } : {}) };
    const running = { ...parts, ...wished, stop, tally, emit, warn };
    const release = superviseStop(stop, resolved, options.signal, emit);
    try {
      const ifLocked = options.ifLocked ?? 'fail';
      const request = {
        key: leaseOwner(resolved.state.key, range),
        durationMs: resolved.state.leaseMs,
        runId: run.id,
        ifLocked,
        onHeld: (holder: LeaseRecord) => {
          lockedBy = lockedByOf(holder);
          emit({ type: 'locked', stream, lockedBy, ifLocked });
        },
      };
      hasRun = await withLease(state, request, stop, warn, async (lease) => {
        const mirrored = await stop.orAbort(lease.whileHeld(() => mirror.load(), stop.signal));
        await runAttempts({ ...running, lease, queue: new SerialQueue(), mirrored });
      });
    } finally {
      release();
    }
  } catch (error) {
    failure = locate(toDatacookError(error), resolved);
  }
  const report: RunReport = {
    version: 1,
    run_id: run.id,
    recipe: resolved?.name ?? String((recipe.value as { name?: unknown }).name ?? recipe.file),
    fingerprint: resolved?.fingerprint ?? '',
    identity,
    status: statusOf(failure, hasRun),
    exit_code: failure ? exitCodeOf(failure) : 0,
    started_at: run.startedAt,
    ended_at: new Date().toISOString(),
    versions: {
      node: process.versions.node,
      ...options.versions,
      ...(resolved ? pluginVersions(resolved, options.plugins) : {}),
    },
    locked_by: lockedBy,
    streams: tally ? [tally.report()] : [],
    warnings,
    error: failure ? errorOf(failure) : null,
  };
  emit({ type: 'end', report });
  return failure ? { report, error: failure } : { report };
}

function lockedByOf({ run_id, process, acquired_at }: LeaseRecord): LockedBy {
  return { run_id, host: process.host, pid: process.pid, since: acquired_at };
}

/** A run's id sorts by time. */
export function newRun(): { readonly id: string; readonly startedAt: string } {
  const startedAt = new Date().toISOString();
  return { id: `${startedAt.replace(/[-:.]/g, '')}-${randomBytes(4).toString('hex')}`, startedAt };
}

// The packages that carry a recipe's data, with their versions.
function pluginVersions(recipe: ResolvedRecipe, plugins: Plugins): { readonly [name: string]: string } {
  const parts = [
    plugins.find('source', recipe.source.type),
    plugins.find('destination', recipe.destination.type),
  ];
  return Object.fromEntries(parts.map((part) => [part.package, part.packageVersion]));
}

function checkOffered(recipe: ResolvedRecipe): void {
  if (recipe.runtime.onError === 'reject') {
    throw new DatacookError('UNSUPPORTED', 'runtime.on_error: reject is not offered by this version', {
      hint: 'use on_error: fail, the default: the first row that fails a step ends the run, and nothing of its epoch is written',
      details: place(recipe, ['runtime', 'on_error']),
    });
  }
}

function place(recipe: ResolvedRecipe, path: readonly string[]): { readonly [key: string]: Json } {
  const origin = recipe.originOf(path);
  return origin ? { file: origin.file, line: origin.line, column: origin.column } : {};
}

// An error of a part of the recipe that doesn't say where: the place that names the part.
function locate(error: DatacookError, recipe: ResolvedRecipe | undefined): DatacookError {
  const step = error.details.step;
  if (!recipe || typeof step !== 'number' || error.details.line !== undefined) return error;
  const origin = recipe.originOf(['transform', 'steps', step - 1]);
  if (!origin) return error;
  return new DatacookError(error.code, error.message, {
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    retry: error.retry,
    details: { ...error.details, recipe: `${origin.file}:${origin.line}:${origin.column}` },
    cause: error.cause ?? error,
  });
}

function statusOf(failure: DatacookError | undefined, hasRun: boolean): RunStatus {
  if (!failure) return hasRun ? 'succeeded' : 'skipped';
  return failure.code === 'CANCELLED' ? 'cancelled' : 'failed';
}

function errorOf(error: DatacookError): RunReport['error'] {
  const { file, line, column, recipe } = error.details;
  const at =
    typeof recipe === 'string'
      ? recipe
      : typeof file === 'string' && line !== undefined
        ? [file, line, column].filter((part) => part !== undefined).join(':')
        : null;
  return { code: error.code, message: error.message, hint: error.hint ?? null, at, details: error.details };
}
