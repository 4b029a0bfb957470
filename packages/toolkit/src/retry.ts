import { setTimeout as wait } from 'node:timers/promises';
import { DatacookError, isDatacookError } from '@datacook/core';

/** The longest time that a timer can take, in milliseconds. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export interface RetryOptions {
  /** Tries after the first one. */
  readonly maxRetries: number;
  /** The greatest wait before the first retry; it doubles with each one. */
  readonly initialMs: number;
  /** No backoff is greater. A system's own `afterMs` may be. */
  readonly maxMs: number;
  /** Ends the waiting. */
  readonly signal: AbortSignal;
  /** In [0, 1). Default `Math.random`. */
  readonly random?: () => number;
  /** Default `sleep`. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  /** Called before each wait. `attempt` is the one that failed, from 1. */
  readonly onRetry?: (error: DatacookError, attempt: number, waitMs: number) => void;
}

/**
 * Runs `action(attempt)`, attempts counted from 1, until it succeeds. Only a `DatacookError` whose `retry` says so is
 * tried again, after an exponential backoff with full jitter, or after `afterMs` if that is longer. Throws the last
 * error; CANCELLED if the signal is aborted before an attempt or while waiting.
 */
export async function retry<T>(action: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { maxRetries, signal, random = Math.random, sleep: pause = sleep, onRetry } = options;
  for (let attempt = 1; ; attempt++) {
    if (signal.aborted) throw cancelled(signal);
    try {
      return await action(attempt);
    } catch (error) {
      if (attempt > maxRetries || !isDatacookError(error) || error.retry === false || signal.aborted)
        throw error;
      const backoff = backoffMs(attempt, options, random);
      const waitMs = error.retry === true ? backoff : Math.max(error.retry.afterMs, backoff);
      onRetry?.(error, attempt, waitMs);
      await pause(waitMs, signal);
    }
  }
}

/**
 * The wait after failed attempt `attempt` (from 1), in milliseconds: a random part of
 * `min(maxMs, initialMs * 2^(attempt - 1))`. The formula is "full jitter" of
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/.
 */
export function backoffMs(
  attempt: number,
  limits: { readonly initialMs: number; readonly maxMs: number },
  random: () => number = Math.random,
): number {
  return Math.floor(random() * Math.min(limits.maxMs, limits.initialMs * 2 ** (attempt - 1)));
}

/** Waits. Throws CANCELLED when the signal is aborted. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    for (let left = ms; left > 0; left -= LONGEST_TIMER_MS) {
      await wait(Math.min(left, LONGEST_TIMER_MS), undefined, signal === undefined ? {} : { signal });
    }
  } catch (error) {
    if (signal?.aborted) throw cancelled(signal);
    throw error;
  }
  if (signal?.aborted) throw cancelled(signal);
}

function cancelled(signal: AbortSignal): DatacookError {
  if (isDatacookError(signal.reason)) return signal.reason;
  return new DatacookError('CANCELLED', 'Stopped while waiting to try again.', { cause: signal.reason });
}
