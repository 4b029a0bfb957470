import type { Context, Json, ReadRequest } from '@datacook/core';
import type { CursorSystem } from './cursor-system.js';
import type { SqlIncremental } from './strategy.js';
import type { Window } from './window.js';

/** What a load reads, and the stream's position if it reads nothing. */
export type PlannedWindow = {
  /** Absent: nothing is to be read. */
  readonly window?: Window;
  readonly next: Json;
};

export interface WindowRequest {
  readonly request: Pick<ReadRequest, 'stream' | 'position' | 'range' | 'writeMode'>;
  readonly incremental: SqlIncremental;
  readonly system: CursorSystem;
  readonly log: Context['log'];
  /** Bytes of JSON that a position's memory may take, about. Default 1 MiB. */
  readonly memoryBytes?: number;
}

export async function planWindow(request: WindowRequest): Promise<PlannedWindow> {
  return { next: request.request.position ?? null };
}
