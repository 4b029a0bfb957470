import {
  DatacookError,
  isDatacookError,
  type ResolvedRecipe,
  type StateBackend,
  toDatacookError,
} from '@datacook/core';
import { acquireLease, type LeaseRequest } from './acquire-lease.js';
import { releaseQuietly } from './closing.js';
import type { Emit } from './events.js';
import type { Lease } from './lease.js';
import { cancelled, type Stop } from './stop.js';

/** The longest that Node's timers wait, in milliseconds. */
const LONGEST_MS = 2 ** 31 - 1;

/** Calls an action after a time of any length, unless it is called off by what is returned. Keeps no process alive. */
function after(ms: number, action: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (left: number) => {
    const step = Math.min(left, LONGEST_MS);
    timer = setTimeout(() => (left > step ? wait(left - step) : action()), step).unref();
  };
  wait(ms);
  return () => clearTimeout(timer);
}

/** Stops a run when its signal is aborted or its time is over. Returns what ends that. */
export function superviseStop(
  stop: Stop,
  recipe: ResolvedRecipe,
  signal: AbortSignal | undefined,
  emit: Emit,
): () => void {
  const { graceSeconds, timeoutMs } = recipe.runtime;
  const undo: (() => void)[] = [];
  const onAbort = () => {
    const reason = isDatacookError(signal?.reason) ? signal.reason : cancelled('the run was asked to stop');
    stop.soon(reason);
    emit({ type: 'stopping', stream: recipe.source.stream, reason: reason.message });
    undo.push(after(graceSeconds * 1000, () => stop.now(reason)));
  };
  if (signal?.aborted) onAbort();
  else signal?.addEventListener('abort', onAbort, { once: true });
  undo.push(() => signal?.removeEventListener('abort', onAbort));
  if (timeoutMs !== undefined) undo.push(after(timeoutMs, () => stop.now(tookTooLong(timeoutMs))));
  return () => {
    for (const end of undo) end();
  };
}

function tookTooLong(timeoutMs: number): DatacookError {
  const seconds = (timeoutMs / 1000).toLocaleString('en-US');
  return new DatacookError('CONNECTION', `the run took longer than runtime.timeout (${seconds} s)`, {
    hint: 'raise it, or find out what is slow; run again: it goes on after the last commit',
  });
}

/**
 * Does something while a lease is held and renewed; losing it stops the run at once. False: another run holds it, and
 * the work was left out, as the request says.
 */
export async function withLease(
  state: StateBackend,
  request: LeaseRequest,
  stop: Stop,
  warn: (text: string) => void,
  work: (lease: Lease) => Promise<void>,
): Promise<boolean> {
  const lease = await acquireLease(state, request, stop);
  if (!lease) return false;
  lease.onWait = (error, untilMs) =>
    warn(`${error.message}; trying again until ${new Date(untilMs).toISOString()}, when the lease ends`);
  const renew = () => lease.renew(stop.signal).catch((error: unknown) => stop.now(toDatacookError(error)));
  const renewal = setInterval(renew, Math.min(lease.durationMs / 3, LONGEST_MS)).unref();
  try {
    await work(lease);
    return true;
  } finally {
    clearInterval(renewal);
    await releaseQuietly(lease, warn);
  }
}
