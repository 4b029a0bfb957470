import type { StateBackend } from '@datacook/core';
import { BASICS } from './state-basics.js';
import { CONTENTION } from './state-contention.js';
import { DAMAGE } from './state-damage.js';

/** A place where a state backend keeps its records, empty at first. */
export interface StatePlace {
  /** A backend on this place, of its own, as another process would have one. */
  open(): StateBackend | Promise<StateBackend>;
  /** All that lies in the place, in any form that can be compared. */
  contents(): Promise<unknown>;
  /**
   * Spoils the record of a key by the system's own means. `torn`: its value is cut off; `newer`: it says that it has a
   * format which only a later version knows.
   */
  spoil(key: string, how: 'torn' | 'newer'): Promise<void>;
}

/** A case of the suite. */
export interface StateCase {
  /** A sentence about the backend. */
  readonly name: string;
  /** Runs it on an empty place. Rejects with what is wrong. */
  run(place: StatePlace): Promise<void>;
}

/**
 * What every state backend must keep: compare-and-set, also under contention; leases; keys and values of all
 * characters; records that are torn, or that a later version wrote. Each case wants a place of its own:
 *
 * ```ts
 * test.each(stateSuite.map((item) => [item.name, item] as const))('%s', (_, { run }) => run(emptyPlace()));
 * ```
 */
export const stateSuite: readonly StateCase[] = [...BASICS, ...CONTENTION, ...DAMAGE];
