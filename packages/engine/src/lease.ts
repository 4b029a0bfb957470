import {
  DatacookError,
  isDatacookError,
  type Json,
  type JsonObject,
  type StateBackend,
} from '@datacook/core';
import { isProcessAlive, type ProcessIdentity, processIdentity, sleep } from '@datacook/toolkit';
import { type BackfillRange, rangeKey } from './backfill.js';
import { SerialQueue } from './serial-queue.js';

/** Who holds a lease, as it lies in the state backend. */
export interface LeaseRecord {
  readonly version: 1;
  readonly run_id: string;
  readonly process: ProcessIdentity;
  readonly acquired_at: string;
  /** Milliseconds since 1970, by the holder's clock. */
  readonly expires_ms: number;
}

/** How long to wait before a failed renewal is tried again, in milliseconds. */
const RENEW_PAUSE_MS = 500;

/** The key under which the lease of a recipe lies. */
export function leaseKey(recipeKey: string): string {
  return `leases/${recipeKey}`;
}

/** Whose lease it is: a recipe's; or a backfill's, which works beside the recipe's normal runs. */
export function leaseOwner(recipeKey: string, range: BackfillRange | undefined): string {
  return range ? `${recipeKey}/${rangeKey(range)}` : recipeKey;
}

/** Reads who holds a lease; undefined if nobody does. */
export async function readLease(state: StateBackend, recipeKey: string): Promise<LeaseRecord | undefined> {
  const found = await state.load(leaseKey(recipeKey));
  return found && parseLease(found.value, recipeKey);
}

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
   * Takes the lease of a recipe. Throws CONFLICT, naming the holder, if another run has it: one whose process is
   * alive on this host, or on another host until its time is over.
   */
  static async acquire(
    state: StateBackend,
    recipeKey: string,
    runId: string,
    durationMs: number,
  ): Promise<Lease> {
    const key = leaseKey(recipeKey);
    const found = await state.load(key);
    if (found) {
      const holder = parseLease(found.value, recipeKey);
      if (!isOver(holder)) throw refused(recipeKey, holder);
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
      if (!isDatacookError(error) || error.code !== 'CONFLICT') throw error;
      const winner = await state.load(key);
      throw winner ? refused(recipeKey, parseLease(winner.value, recipeKey)) : error;
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
  async whileHeld(save: () => Promise<void>, signal: AbortSignal): Promise<void> {
    const until = this.#record.expires_ms;
    for (let tries = 1; ; tries += 1) {
      try {
        return await save();
      } catch (error) {
        if (isDatacookError(error) && error.code === 'CONFLICT') {
          throw new DatacookError('CONFLICT', 'this run has lost its lease: another run has taken over', {
            hint: 'nothing was doubled; look at the other run, and start this one again if it is still wanted',
            cause: error,
          });
        }
        if (!mayPass(error) || Date.now() >= until) throw error;
        if (tries === 1) this.onWait(error as DatacookError, until);
        await sleep(RENEW_PAUSE_MS, signal);
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

// Whether a failure of the state backend may be over in a moment.
function mayPass(error: unknown): boolean {
  return (
    isDatacookError(error) &&
    (error.retry !== false || error.code === 'CONNECTION' || error.code === 'RATE_LIMIT')
  );
}

function isOver(holder: LeaseRecord): boolean {
  const alive = isProcessAlive(holder.process);
  if (alive === false) return true;
  return Date.now() >= holder.expires_ms;
}

function refused(recipeKey: string, holder: LeaseRecord): DatacookError {
  const { host, pid } = holder.process;
  return new DatacookError(
    'CONFLICT',
    `${recipeKey} is being run by ${holder.run_id} (host ${host}, process ${pid}, since ${holder.acquired_at})`,
    {
      hint: `wait until it has ended; if that process is gone, its lease ends at ${new Date(holder.expires_ms).toISOString()}`,
      details: { run_id: holder.run_id, host, pid, acquired_at: holder.acquired_at },
    },
  );
}

function parseLease(value: Json, recipeKey: string): LeaseRecord {
  const record = value as JsonObject | null;
  const { version, run_id, process, expires_ms } = record ?? {};
  const isProcess = typeof process === 'object' && process !== null;
  if (version === 1 && typeof run_id === 'string' && isProcess && typeof expires_ms === 'number') {
    return record as unknown as LeaseRecord;
  }
  throw new DatacookError(
    'DATA',
    `the lease of ${recipeKey} can't be read: ${JSON.stringify(value).slice(0, 200)}`,
    {
      hint: 'it was written by a newer version of datacook, or by something else: upgrade, or remove that record',
    },
  );
}
