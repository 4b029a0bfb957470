import type { Batch, Schema } from './data.js';
import type { Json } from './json.js';
import type { Digest } from './source.js';

/** How rows reach the table: added to it, put in the place of rows with the same keys, or in the place of all. */
export type WriteMode = 'append' | 'merge' | 'replace';

/** What a load writes to, and how. */
export interface Target {
  /** Recipe and stream (and backfill): one head each. */
  readonly key: string;
  readonly table: string;
  readonly mode: WriteMode;
  readonly mergeKeys: readonly string[];
  /** A row with a lesser value in this column never replaces one with a greater. */
  readonly mergeOrder?: string;
  /** Names this load's staging. Another load never sees it. */
  readonly load: string;
  /** Earlier commits of this load have staged rows: `prepare` must find them, and throws DATA if they are gone. */
  readonly staged?: boolean;
}

/** Where a head lives: beside the table that it speaks of. */
export interface Place {
  readonly key: string;
  readonly table: string;
}

/** The destination's own record of how far a stream has come. */
export interface Head {
  /** Grows with every claim and every commit. 0: there is no head yet. */
  readonly version: number;
  /** The state of the last commit. Absent: nothing was ever committed. */
  readonly state?: Json;
  /** The target as it is now. Absent: it doesn't exist. */
  readonly table?: Schema;
  /** Other heads on the same table. */
  readonly others?: readonly { readonly key: string; readonly state?: Json }[];
}

/** What makes an epoch durable. */
export interface Commit {
  /** Unique to the attempt: a connector knows its own repeated request by it. */
  readonly id: string;
  /** The head's version that this run holds. */
  readonly expected: number;
  /** Opaque to the destination. */
  readonly state: Json;
  /** The load is complete: what merge and replace staged becomes the table. */
  readonly publish: boolean;
}

/** What a merge did, where the system can tell. */
export interface Merged {
  readonly inserted?: number;
  readonly updated?: number;
  readonly unchanged?: number;
}

/** Writes one epoch. After `commit`, `stage` or an error only `close` follows. */
export interface Writer {
  /** Takes rows of any partition. The schema lies within the prepared one: missing columns are NULL. */
  write(batch: Batch): Promise<void>;
  /**
   * Makes rows and head durable in one step, if the head is at `commit.expected`; the head's version becomes one
   * more. Throws CONFLICT, and nothing has changed, if the head has moved on.
   */
  commit(commit: Commit): Promise<Merged | undefined>;
  /** Makes the rows durable but not visible, and names them by a ticket: several writers, one commit. */
  stage?(): Promise<Json>;
  /** What was never committed nor staged vanishes; what may have been committed stays. */
  close(): Promise<void>;
}

/** Made by a definition's `open`. */
export interface Destination {
  /** The head as it is. Claims and creates nothing. Called by `plan`, and before a write's error is reported. */
  peek(place: Place): Promise<Head>;
  /**
   * Adds 1 to the head's version, which fences every older holder; then frees their locks, and completes a commit
   * that was cut short. Called at the start of a run and before each new attempt. `owner` names the run.
   */
  claim(place: Place, owner: string): Promise<Head>;
  /**
   * Makes the target ready for the schema: creates it (or its staging), adds and widens columns, drops staging of
   * other loads of this key. Idempotent, called with no writer open. Checked against the head like a commit: throws
   * CONFLICT if it has moved on.
   */
  prepare(target: Target, schema: Schema, expected: number): Promise<void>;
  /** Begins an epoch. Sessions bear key and version, where the system has sessions, so that `claim` can end them. */
  openWriter(target: Target, schema: Schema, expected: number): Promise<Writer>;
  /** Commits the rows of tickets at once; without tickets, the state alone (and what was staged, with `publish`). */
  commit(target: Target, tickets: readonly Json[], commit: Commit): Promise<Merged | undefined>;
  readonly digest?: Digest;
  /** Tries the connection. Throws the error that a run would meet. */
  check?(): Promise<void>;
  /** Called once, also after an error. */
  close(): Promise<void>;
}
