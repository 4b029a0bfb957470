import {
  DatacookError,
  isDatacookError,
  type Json,
  type JsonObject,
  type StateBackend,
} from '@datacook/core';
import { type HeadState, parseHeadState } from './head-state.js';

/** The key under which a head is mirrored. */
export function mirrorKey(headKey: string): string {
  return `heads/${headKey}`;
}

/** A head as the state backend has it: for people, and to notice that a target has gone. Never read on from. */
export class Mirror {
  readonly #backend: StateBackend;
  readonly #key: string;
  #version: string | undefined;
  /** The head's version at the commit that was mirrored last; 0 if there is none. */
  headVersion = 0;

  constructor(backend: StateBackend, headKey: string) {
    this.#backend = backend;
    this.#key = mirrorKey(headKey);
  }

  /** The mirrored state; undefined if there is none. */
  async load(): Promise<HeadState | undefined> {
    const found = await this.#backend.load(this.#key);
    this.#version = found?.version;
    if (!found) return undefined;
    const { head_version, state } = found.value as JsonObject;
    this.headVersion = Number(head_version);
    return parseHeadState(state, `${this.#key} in the state backend`);
  }

  /** Mirrors a committed state. Throws CONFLICT if another run has written meanwhile. */
  async save(headVersion: number, state: HeadState): Promise<void> {
    const value = {
      version: 1,
      head_version: headVersion,
      mirrored_at: new Date().toISOString(),
      state: state as unknown as Json,
    };
    try {
      this.#version = await this.#backend.save(this.#key, value, this.#version);
    } catch (error) {
      if (!isDatacookError(error) || error.code !== 'CONFLICT') throw error;
      // The answer to an earlier save may have been lost.
      const version = this.#version;
      const there = await this.load();
      if (there?.commit.id === state.commit.id) return;
      this.#version = version;
      throw error;
    }
  }
}

/** Why a mirrored head can't be followed any further. */
export function targetGone({ recipe, identity, commit }: HeadState): DatacookError {
  return new DatacookError(
    'NOT_FOUND',
    `the destination knows nothing of ${recipe}, but the state says that it was loaded into ${identity.table} ` +
      `(last commit ${commit.at}): the target has gone`,
    {
      hint: 'bring it back, or load everything anew with --full-refresh; or say where to go on: state set, state reset',
    },
  );
}
