import { DatacookError, type Json, type JsonObject, type ReadPlan, type WriteMode } from '@datacook/core';
import { type BackfillRange, rangeKey } from './backfill.js';
import type { RowCounts } from './counts.js';
import type { Identity } from './identity.js';

/** How somebody changed a state on purpose. */
export type StateAction = 'reset' | 'set';

/** How far a partition has come. */
export interface PartitionProgress {
  readonly at?: Json;
  readonly done: boolean;
}

/** The load that the head speaks of: the last one, done or not. */
export interface LoadState {
  readonly id: string;
  readonly mode: WriteMode;
  readonly started_at: string;
  readonly done: boolean;
  /** Word for word, until the load is done. */
  readonly plan?: ReadPlan;
  /** By partition. */
  readonly positions: { readonly [partition: string]: PartitionProgress };
  /** Of the steps that its rows went through. */
  readonly steps: string;
  readonly rows: RowCounts;
  readonly commits: number;
}

/** A column as it was last prepared: its name and its type's text. */
export interface PreparedColumn {
  readonly name: string;
  readonly type: string;
}

/** What the engine keeps in a head. Opaque to destinations. */
export interface HeadState {
  readonly version: 1;
  readonly recipe: string;
  readonly shared: boolean;
  readonly identity: Identity;
  /** Where the last completed load ended. */
  readonly position?: Json;
  /** The target table holds what the position says. */
  readonly published: boolean;
  /** Absent: nothing was loaded since somebody reset or set the state. */
  readonly load?: LoadState;
  readonly columns?: readonly PreparedColumn[];
  readonly commit: {
    readonly id: string;
    readonly at: string;
    readonly run_id: string;
    /** It was no load, but somebody who changed the state on purpose. */
    readonly action?: StateAction;
  };
}

/** Reads what an earlier run wrote. Throws DATA for what this version can't read. */
export function parseHeadState(state: Json | undefined, where: string): HeadState | undefined {
  if (state === undefined || state === null) return undefined;
  const candidate = state as JsonObject;
  const { version, identity, commit, load } = candidate;
  const isOurs = [identity, commit, load ?? {}].every((part) => typeof part === 'object' && part !== null);
  if (version === 1 && isOurs) return candidate as unknown as HeadState;
  throw new DatacookError(
    'DATA',
    `the head of ${where} can't be read: its format is ${JSON.stringify(candidate.version ?? null)}`,
    {
      hint: 'it was written by a newer version of datacook: upgrade',
    },
  );
}

/** The head's key: one for each recipe and stream, and for each backfill of it. */
export function headKey(recipeKey: string, stream: string, range?: BackfillRange): string {
  const part = (text: string) => text.replace(/[%/]/g, encodeURIComponent);
  const key = `${part(recipeKey)}/${part(stream)}`;
  return range ? `${key}/${rangeKey(range)}` : key;
}

/** Whether two heads are of one recipe and stream: its own, and those of its backfills. */
export function isSameStream(one: string, other: string): boolean {
  const stream = (key: string) => key.split('/').slice(0, 2).join('/');
  return stream(one) === stream(other);
}
