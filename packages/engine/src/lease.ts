import {
  DatacookError,
  isDatacookError,
  type Json,
  type JsonObject,
  type StateBackend,
} from '@datacook/core';
import { processIdentity, sleep } from '@datacook/toolkit';
import { isOver, type LeaseRecord, leaseKey, parseLease } from './lease-record.js';
import { SerialQueue } from './serial-queue.js';

/** How long to wait before what has failed is tried again, in milliseconds: twice as long each time. */
const FIRST_PAUSE_MS = 25;
const LONGEST_PAUSE_MS = 1000;

/** How often it is tried to take a lease that others take and give back at the same moment. */
const MAX_TRIES = 5;

/**
 * The right to run a recipe: a record in the state backend, kept by compare-and-set. It keeps two runs from doing
 * the same work; that nothing is doubled rests on the head.
 */
export class Lease {
  readonly #state: StateBackend;
  readonly #key: string;
  readonly #durationMs: number;
  /** Renewals one after another; apart from commits, so that a long one doesn't cost the lease. */
  readonly #queue = new SerialQueue();
  #record: LeaseRecord;
  #version: string;
  /** Told when the state backend can't be reached, and until when that is tried again (ms since 1970). */
  onWait: (error: DatacookError, untilMs: number) => void = () => undefined;

  private constructor(
    state: StateBackend,
    key: string,
    durationMs: number,
    record: LeaseRecord,
    version: string,
  ) {
    this.#state = state;
    this.#key = key;
    this.#durationMs = durationMs;
    this.#record = record;
    this.#version = version;
  }

  /**
   * Takes the lease of a recipe; gives back who holds it, if another run has it: one whose process is alive on this
   * host, or on another host until its time is over.
   */
  static async tryAcquire(
    state: StateBackend,
    recipeKey: string,
    runId: string,
    durationMs: number,
  ): Promise<Lease | LeaseRecord> {
    const key = leaseKey(recipeKey);
    for (let tries = 1; ; tries += 1) {
      const found = await state.load(key);
      if (found) {
        const holder = parseLease(found.value, recipeKey);
        if (!isOver(holder)) return holder;
      }
      const now = Date.now();
      const record: LeaseRecord = {
        version: 1,
        run_id: runId,
        process: processIdentity(),
        acquired_at: new Date(now).toISOString(),
        expires_ms: now + durationMs,
      };
      try {
        const version = await saveOwn(state, key, record, found?.version);
        return new Lease(state, key, durationMs, record, version);
      } catch (error) {
        // Another run was faster: it is found at the next try, if it isn't done already.
        if (!isDatacookError(error) || error.code !== 'CONFLICT' || tries === MAX_TRIES) throw error;
      }
    }
  }

  get durationMs(): number {
    return this.#durationMs;
  }

  /**
   * Renews it. While the state backend can't be reached it tries again until the lease ends, then throws. Throws
   * CONFLICT if another run has taken it.
   */
  renew(signal: AbortSignal): Promise<void> {
    return this.#queue.run(() =>
      this.whileHeld(async () => {
        const record = { ...this.#record, expires_ms: Date.now() + this.#durationMs };
        this.#version = await saveOwn(this.#state, this.#key, record, this.#version);
        this.#record = record;
      }, signal),
    );
  }

  /**
   * Does something with the state backend; while that can't be reached, tries again until the lease ends. Throws
   * CONFLICT if another run has written there: the lease is lost.
   */
  async whileHeld<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const until = this.#record.expires_ms;
    for (let tries = 1; ; tries += 1) {
      try {
        return await work();
      } catch (error) {
        if (isDatacookError(error) && error.code === 'CONFLICT') {
          throw new DatacookError('CONFLICT', 'this run has lost its lease: another run has taken over', {
            hint: 'nothing was doubled; look at the other run (or who broke the lease, by state unlock), and start this one again if it is still wanted',
            cause: error,
          });
        }
        if (!mayPass(error) || Date.now() >= until) throw error;
        if (tries === 1) this.onWait(error as DatacookError, until);
        await sleep(Math.min(FIRST_PAUSE_MS * 2 ** (tries - 1), LONGEST_PAUSE_MS), signal);
      }
    }
  }

  /** Gives it back. */
  release(): Promise<void> {
    return this.#queue.run(() => this.#state.delete(this.#key, this.#version));
  }
}

// Saves a record of ours. If the answer to an earlier save was lost, the record is ours already.
async function saveOwn(
  state: StateBackend,
  key: string,
  record: LeaseRecord,
  expected: string | undefined,
): Promise<string> {
  try {
    return await state.save(key, record as unknown as Json, expected);
  } catch (error) {
    if (!mayPass(error) && !(isDatacookError(error) && error.code === 'CONFLICT')) throw error;
    const found = await state.load(key);
    if (!found || (found.value as JsonObject).run_id !== record.run_id) throw error;
    return state.save(key, record as unknown as Json, found.version);
  }
}

/** Whether a failure of the state backend may be over in a moment. */
export function mayPass(error: unknown): boolean {
  return (
    isDatacookError(error) &&
    (error.retry !== false || error.code === 'CONNECTION' || error.code === 'RATE_LIMIT')
  );
}
