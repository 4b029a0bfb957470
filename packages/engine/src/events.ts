import type { Json } from '@datacook/core';
import type { IfLocked } from './acquire-lease.js';
import type { RowCounts } from './counts.js';
import type { LockedBy, RunReport } from './report.js';

/** What happens in a run, as it happens. The last event of every run is `end`. Times are ISO 8601, UTC. */
export type RunEvent =
  | {
      readonly type: 'start';
      readonly at: string;
      readonly runId: string;
      readonly recipe: string;
      readonly stream: string;
    }
  /** Another run holds the lease. `ifLocked` says what becomes of this one. */
  | {
      readonly type: 'locked';
      readonly at: string;
      readonly stream: string;
      readonly lockedBy: LockedBy;
      readonly ifLocked: IfLocked;
    }
  /** A load begins, or goes on where an earlier run left it. */
  | {
      readonly type: 'load';
      readonly at: string;
      readonly stream: string;
      readonly load: string;
      readonly resumed: boolean;
      readonly partitions: number;
      readonly guarantee: string;
    }
  /** A batch was handed to the destination. `rows` counts what this run has written so far, committed or not. */
  | {
      readonly type: 'progress';
      readonly at: string;
      readonly stream: string;
      readonly rows: number;
      readonly bytes: number;
    }
  /** An epoch is durable. `rows` counts that epoch; `position` is the last partition's. */
  | {
      readonly type: 'commit';
      readonly at: string;
      readonly stream: string;
      readonly rows: RowCounts;
      readonly published: boolean;
      readonly position?: Json;
    }
  | {
      readonly type: 'schema_change';
      readonly at: string;
      readonly stream: string;
      readonly change: string;
    }
  | {
      readonly type: 'retry';
      readonly at: string;
      readonly stream: string;
      readonly attempt: number;
      readonly waitMs: number;
      readonly message: string;
    }
  /** Asked to stop: what can be committed is being committed. */
  | { readonly type: 'stopping'; readonly at: string; readonly stream: string; readonly reason: string }
  | {
      readonly type: 'log';
      readonly at: string;
      readonly level: 'debug' | 'info' | 'warn';
      readonly text: string;
    }
  | { readonly type: 'end'; readonly at: string; readonly report: RunReport };

type WithoutTime<E> = E extends { readonly at: string } ? Omit<E, 'at'> : never;

/** Sends an event; the time is added. */
export type Emit = (event: WithoutTime<RunEvent>) => void;
