import { DatacookError, type Head, type WriteMode } from '@datacook/core';
import { type HeadState, parseHeadState } from './head-state.js';
import { checkIdentity, type Identity } from './identity.js';
import { targetGone } from './mirror.js';

/** What a run knows when it has claimed the head. */
export interface Claimed {
  readonly key: string;
  readonly table: string;
  readonly head: Head;
  readonly mirrored: HeadState | undefined;
  readonly identity: Identity;
  readonly mode: WriteMode;
  readonly shared: boolean;
  /** Everything is loaded anew: what the head says of the past is of no account. */
  readonly afresh: boolean;
  /** The load that this very run has begun, if it has. */
  readonly ownLoad: string | undefined;
}

/** What the head says, checked against the state backend, the table and the recipe. */
export interface Reconciled {
  readonly state: HeadState | undefined;
  readonly notice?: string;
}

/** Checks a claimed head. The head outranks the state backend. Throws where going on could lose or double rows. */
export function reconcile(claimed: Claimed): Reconciled {
  const { head, mirrored, key, table } = claimed;
  const state = parseHeadState(head.state, key);
  checkOthers(claimed);
  if (state && state.load.id === claimed.ownLoad) return { state };
  if (claimed.afresh) return { state };
  if (!state) {
    if (mirrored) throw targetGone(table, mirrored);
    return { state };
  }
  checkIdentity(state.identity, claimed.identity, key);
  if (state.published && !head.table && claimed.mode !== 'replace') {
    throw new DatacookError(
      'NOT_FOUND',
      `table ${table} has gone: ${key} was loaded into it (last commit ${state.commit.at})`,
      {
        hint: 'restore the table, or load everything anew with --full-refresh',
      },
    );
  }
  if (!mirrored) {
    return {
      state,
      notice: `the state backend knew nothing of ${key}: went on from the destination's own record (last commit ${state.commit.at})`,
    };
  }
  if (mirrored.commit.id !== state.commit.id) {
    return {
      state,
      notice: `the state backend was not up to date with ${key}: went on from the destination's own record (last commit ${state.commit.at})`,
    };
  }
  return { state };
}

function checkOthers({ head, key, table, shared, mode }: Claimed): void {
  for (const other of head.others ?? []) {
    const state = parseHeadState(other.state, other.key);
    if (!state) continue;
    if (mode === 'replace') {
      throw new DatacookError(
        'CONFLICT',
        `${key} would replace table ${table}, which ${other.key} (recipe ${state.recipe}) also writes`,
        {
          hint: 'a replace never destroys the rows of another recipe: give one of them another table',
        },
      );
    }
    if (shared && state.shared) continue;
    throw new DatacookError(
      'CONFLICT',
      `table ${table} is also written by ${other.key} (recipe ${state.recipe})`,
      {
        hint: 'give one of them another table, or say destination.shared: true in both recipes',
      },
    );
  }
}
