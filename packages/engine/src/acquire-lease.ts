import { type StateBackend, toDatacookError } from '@datacook/core';
import { sleep } from '@datacook/toolkit';
import { Lease, mayPass } from './lease.js';
import { type LeaseRecord, refused } from './lease-record.js';
import type { Stop } from './stop.js';

/** What a run does whose recipe another run is working on: ends with an error, waits for its turn, or is left out. */
export type IfLocked = 'fail' | 'wait' | 'skip';

/** Whose lease it is, and how it is asked for. */
export interface LeaseRequest {
  readonly key: string;
  readonly durationMs: number;
  readonly runId: string;
  readonly ifLocked: IfLocked;
  /** Told once that another run holds the lease, before what `ifLocked` says is done. */
  readonly onHeld: (holder: LeaseRecord) => void;
}

/** How long to wait before a held lease is looked at again, in milliseconds: a little longer each time. */
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 5000;

/**
 * Takes a lease, or does as `ifLocked` says; undefined: another run holds it, and this one is to be left out. Throws
 * CONFLICT, naming the holder, under `fail`. Waiting ends when the run is asked to stop; while the state backend can't
 * be reached it goes on for as long as a lease lasts.
 */
export async function acquireLease(
  state: StateBackend,
  request: LeaseRequest,
  stop: Stop,
): Promise<Lease | undefined> {
  let holder: LeaseRecord | undefined;
  let failedMs: number | undefined;
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 1.5, LONGEST_WAIT_MS)) {
    stop.throwIfStopping();
    try {
      const got = await tryAcquire(state, request, stop);
      if (got instanceof Lease) return got;
      failedMs = undefined;
      if (!holder) request.onHeld(got);
      holder = got;
    } catch (error) {
      failedMs ??= performance.now();
      if (!holder || !mayWaitOut(error, request, failedMs)) throw error;
    }
    if (request.ifLocked === 'fail') throw refused(request.key, holder);
    if (request.ifLocked === 'skip') return undefined;
    await stop.orStop(sleep(waitMs, stop.signal));
  }
}

function mayWaitOut(error: unknown, { durationMs }: LeaseRequest, sinceMs: number): boolean {
  const { code } = toDatacookError(error);
  return (mayPass(error) || code === 'CONFLICT') && performance.now() - sinceMs < durationMs;
}

// A lease that comes when nobody waits for it any more is given back.
async function tryAcquire(state: StateBackend, { key, runId, durationMs }: LeaseRequest, stop: Stop) {
  const work = Lease.tryAcquire(state, key, runId, durationMs);
  try {
    return await stop.orAbort(work);
  } catch (error) {
    if (stop.signal.aborted) {
      work
        .then(
          (late) => (late instanceof Lease ? late.release() : undefined),
          () => undefined,
        )
        .catch(() => undefined);
    }
    throw error;
  }
}
