import type { DatacookError, Json } from '@datacook/core';
import type { BackfillRange } from './backfill.js';
import type { RowCounts } from './counts.js';

/** `skipped`: another run was working on the recipe, and this one was to be left out then. */
export type RunStatus = 'succeeded' | 'failed' | 'cancelled' | 'skipped';

/** The run that held the lease when this one came. */
export interface LockedBy {
  readonly run_id: string;
  readonly host: string;
  readonly pid: number;
  readonly since: string;
}

/** What became of one stream. Spelt as programs read it. */
export interface StreamReport {
  readonly name: string;
  readonly load: {
    readonly id: string;
    readonly mode: string;
    readonly resumed: boolean;
    readonly rows: RowCounts;
    /** A backfill's `[from, to)`; null: a normal load. */
    readonly range: BackfillRange | null;
  } | null;
  readonly guarantee: string | null;
  /** Rows of the epochs that this run committed. */
  readonly rows: RowCounts;
  readonly merge: { readonly inserted: number; readonly updated: number; readonly unchanged: number } | null;
  /** Bytes of the committed batches, in memory. */
  readonly bytes: number;
  readonly batches: number;
  readonly commits: number;
  readonly retries: number;
  readonly position: { readonly before: Json; readonly after: Json };
  readonly schema_changes: readonly string[];
  /** Milliseconds spent waiting for each stage. Stages overlap. */
  readonly timings: {
    readonly read: number;
    readonly transform: number;
    readonly write: number;
    readonly commit: number;
  };
}

/** The outcome of a run, as JSON: `version` 1; keys may be added, never renamed. */
export interface RunReport {
  readonly version: 1;
  readonly run_id: string;
  readonly recipe: string;
  readonly fingerprint: string;
  readonly identity: Json;
  readonly status: RunStatus;
  readonly exit_code: number;
  readonly started_at: string;
  readonly ended_at: string;
  readonly versions: { readonly [name: string]: string };
  /** Who held the lease when the run came; null: nobody. */
  readonly locked_by: LockedBy | null;
  readonly streams: readonly StreamReport[];
  readonly warnings: readonly string[];
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint: string | null;
    /** `file:line:column` of the recipe, where there is one. */
    readonly at: string | null;
    readonly details: { readonly [key: string]: Json };
  } | null;
}

/** The exit code that an error leads to: 2 for what could be known without contacting a system, else 1. */
export function exitCodeOf(error: DatacookError): number {
  return error.code === 'CONFIG' || error.code === 'UNSUPPORTED' ? 2 : 1;
}
