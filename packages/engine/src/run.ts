import { randomBytes } from 'node:crypto';
import {
  DatacookError,
  isDatacookError,
  type Json,
  type Plugins,
  type ResolvedRecipe,
  type StateBackend,
  toDatacookError,
} from '@datacook/core';
import { expandRecipe, type LoadedRecipe } from '@datacook/recipe';
import { backoffMs, sleep } from '@datacook/toolkit';
import { attemptStream, type StreamRun } from './attempt.js';
import { SchemaChanged } from './committer.js';
import type { Emit, RunEvent } from './events.js';
import { deliveryOf } from './guarantee.js';
import { headKey } from './head-state.js';
import { identityOf } from './identity.js';
import { Lease } from './lease.js';
import { Mirror } from './mirror.js';
import { makeContext, openPlugins, openState } from './plugins.js';
import { exitCodeOf, type RunReport, type RunStatus } from './report.js';
import { SerialQueue } from './serial-queue.js';
import { cancelled, Stop } from './stop.js';
import { Tally } from './tally.js';

export interface RunOptions {
  /** What is installed. */
  readonly plugins: Plugins;
  /** Instead of the backend that the recipe names. */
  readonly state?: StateBackend;
  /** Asks the run to end: what can be committed within `runtime.grace_seconds` is. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: RunEvent) => void;
  /** Load everything anew, and put it in the table's place. */
  readonly fullRefresh?: boolean;
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
  const warnings: string[] = [];
  const stop = new Stop();
  const emit: Emit = (event) => options.onEvent?.({ ...event, at: new Date().toISOString() } as RunEvent);
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
  try {
    resolved = await expandRecipe(recipe, options.plugins, run);
    for (const finding of recipe.findings) if (finding.severity === 'warning') warn(finding.message);
    const { stream } = resolved.source;
    tally = new Tally(stream);
    emit({ type: 'start', runId: run.id, recipe: resolved.name, stream });
    const context = makeContext({ plugins: options.plugins, signal: stop.signal, run, log });
    const opened = await openPlugins(resolved, options.plugins, context);
    identity = identityOf(resolved, opened) as unknown as Json;
    checkOffered(resolved, options.fullRefresh ?? false);
    deliveryOf(opened.destination, options.fullRefresh ? 'replace' : resolved.destination.writeMode);
    const state = options.state ?? (await openState(resolved, options.plugins, context));
    const release = superviseStop(stop, resolved, options.signal, emit);
    try {
      await withLease(state, resolved, run.id, stop, warn, async (lease, queue) => {
        const key = headKey(resolved!.state.key, stream);
        const mirror = new Mirror(state, key);
        await runAttempts({
          recipe: resolved!,
          plugins: opened,
          runId: run.id,
          key,
          identity: identityOf(resolved!, opened),
          fullRefresh: options.fullRefresh ?? false,
          queue,
          lease,
          mirror,
          mirrored: await mirror.load(),
          stop,
          tally: tally!,
          emit,
          warn,
        });
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
    status: statusOf(failure),
    exit_code: failure ? exitCodeOf(failure) : 0,
    started_at: run.startedAt,
    ended_at: new Date().toISOString(),
    versions: {
      node: process.versions.node,
      ...options.versions,
      ...(resolved ? pluginVersions(resolved, options.plugins) : {}),
    },
    streams: tally ? [tally.report()] : [],
    warnings,
    error: failure ? errorOf(failure) : null,
  };
  emit({ type: 'end', report });
  return failure ? { report, error: failure } : { report };
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

function checkOffered(recipe: ResolvedRecipe, fullRefresh: boolean): void {
  if (recipe.runtime.onError === 'reject') {
    throw new DatacookError('UNSUPPORTED', 'runtime.on_error: reject is not offered by this version', {
      hint: 'use on_error: fail, the default: the first row that fails a step ends the run, and nothing of its epoch is written',
      details: place(recipe, ['runtime', 'on_error']),
    });
  }
  if (recipe.destination.writeMode === 'merge' && !fullRefresh && !recipe.destination.mergeKeys?.length) {
    throw new DatacookError('CONFIG', 'write_mode merge needs merge_keys', {
      hint: 'name the columns that tell rows apart, as in merge_keys: [id]',
      details: place(recipe, ['destination', 'write_mode']),
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

function superviseStop(
  stop: Stop,
  recipe: ResolvedRecipe,
  signal: AbortSignal | undefined,
  emit: Emit,
): () => void {
  const timers: NodeJS.Timeout[] = [];
  const after = (ms: number, action: () => void) => timers.push(setTimeout(action, ms).unref());
  const onAbort = () => {
    const reason = isDatacookError(signal?.reason) ? signal.reason : cancelled('the run was asked to stop');
    stop.soon(reason);
    emit({ type: 'stopping', stream: recipe.source.stream, reason: reason.message });
    after(recipe.runtime.graceSeconds * 1000, () => stop.now(reason));
  };
  if (signal?.aborted) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });
  const { timeoutMs } = recipe.runtime;
  if (timeoutMs !== undefined) {
    after(timeoutMs, () =>
      stop.now(
        new DatacookError('CONNECTION', `the run took longer than runtime.timeout (${timeoutMs / 1000} s)`, {
          hint: 'raise it, or find out what is slow; run again: it goes on after the last commit',
        }),
      ),
    );
  }
  return () => {
    for (const timer of timers) clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  };
}

async function withLease(
  state: StateBackend,
  recipe: ResolvedRecipe,
  runId: string,
  stop: Stop,
  warn: (text: string) => void,
  work: (lease: Lease, queue: SerialQueue) => Promise<void>,
): Promise<void> {
  const lease = await Lease.acquire(state, recipe.state.key, runId, recipe.state.leaseMs);
  const queue = new SerialQueue();
  const renewal = setInterval(() => {
    queue.run(() => lease.renew(stop.signal)).catch((error: unknown) => stop.now(toDatacookError(error)));
  }, lease.durationMs / 3);
  renewal.unref();
  try {
    await work(lease, queue);
  } finally {
    clearInterval(renewal);
    await queue
      .run(() => lease.release())
      .catch((error: Error) =>
        warn(`the lease could not be given back, and ends by itself: ${error.message}`),
      );
  }
}

async function runAttempts(run: StreamRun): Promise<void> {
  const { recipe, stop, tally, emit } = run;
  const { maxRetries, retryBackoff } = recipe.runtime;
  let failures = 0;
  let committed = 0;
  while (true) {
    stop.throwIfStopping();
    try {
      return await attemptStream(run);
    } catch (caught) {
      if (caught instanceof SchemaChanged) {
        run.wanted = caught.schema;
        continue;
      }
      const error = toDatacookError(caught);
      if (stop.isStopping || !mayRetry(run, error)) throw error;
      failures = tally.commits > committed ? 1 : failures + 1;
      committed = tally.commits;
      if (failures > maxRetries) throw error;
      const waitMs =
        typeof error.retry === 'object' ? error.retry.afterMs : backoffMs(failures, retryBackoff);
      tally.retries += 1;
      emit({
        type: 'retry',
        stream: recipe.source.stream,
        attempt: failures,
        waitMs,
        message: error.message,
      });
      await stop.orStop(sleep(waitMs, stop.signal));
      await run.queue.run(() => run.lease.renew(stop.signal));
    }
  }
}

// CONFLICT never leads to a new claim: two runs would fence each other for ever.
function mayRetry(run: StreamRun, error: DatacookError): boolean {
  if (error.code === 'CONFLICT') return false;
  if (error.code !== 'STALE_POSITION') return error.retry !== false;
  // A new plan, once: not where it would bring rows again that this load has appended.
  const hasAppended = run.tally.load?.mode === 'append' && run.tally.load.rows.written > 0;
  if (run.planAnew || hasAppended) return false;
  run.planAnew = true;
  return true;
}

function statusOf(failure: DatacookError | undefined): RunStatus {
  if (!failure) return 'succeeded';
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
