import { DatacookError, type Json, type JsonObject, type StateBackend } from '@datacook/core';
import { isProcessAlive, type ProcessIdentity } from '@datacook/toolkit';
import { type BackfillRange, rangeKey } from './backfill.js';

/** Who holds a lease, as it lies in the state backend. */
export interface LeaseRecord {
  readonly version: 1;
  readonly run_id: string;
  readonly process: ProcessIdentity;
  readonly acquired_at: string;
  /** Milliseconds since 1970, by the holder's clock. */
  readonly expires_ms: number;
}

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

/** Whether nobody holds it any more: its process is dead, or its time is over. */
export function isOver(holder: LeaseRecord): boolean {
  const alive = isProcessAlive(holder.process);
  if (alive === false) return true;
  return Date.now() >= holder.expires_ms;
}

/** Why a run can't begin: another one holds the lease. */
export function refused(recipeKey: string, holder: LeaseRecord): DatacookError {
  const { host, pid } = holder.process;
  return new DatacookError(
    'CONFLICT',
    `${recipeKey} is being run by ${holder.run_id} (host ${host}, process ${pid}, since ${holder.acquired_at})`,
    {
      hint: `wait until it has ended; if that process is gone, its lease ends at ${new Date(holder.expires_ms).toISOString()}, or when state unlock breaks it`,
      details: { run_id: holder.run_id, host, pid, acquired_at: holder.acquired_at },
    },
  );
}

/** A record of the state backend as a lease. Throws DATA for what this version can't read. */
export function parseLease(value: Json, recipeKey: string): LeaseRecord {
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
