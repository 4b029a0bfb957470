import { DatacookError, type Head, type WriteMode } from '@datacook/core';
import { effectiveMode, type Wish } from './going-on.js';
import { type HeadState, isSameStream, parseHeadState } from './head-state.js';
import { checkIdentity, type Identity } from './identity.js';
import { targetGone } from './mirror.js';

/** What a run knows when it has claimed the head. */
export interface Claimed extends Wish {
  readonly key: string;
  readonly table: string;
  readonly head: Head;
  readonly mirrored: HeadState | undefined;
  readonly identity: Identity;
  readonly shared: boolean;
  /** Whether the destination keeps a head beside the rows; else the mirror is the position. */
  readonly keepsHead: boolean;
}

/** What the head says, checked against the state backend, the table and the recipe. */
export interface Reconciled {
  readonly state: HeadState | undefined;
  readonly notice?: string;
}

/** Checks a claimed head. The head outranks the state backend. Throws where going on could lose or double rows. */
export function reconcile(claimed: Claimed): Reconciled {
  const { head, mirrored, key, table, ownLoad, keepsHead } = claimed;
  const state = parseHeadState(head.state, key) ?? (keepsHead ? undefined : mirrored);
  const mode = effectiveMode(state, claimed);
  checkOthers(claimed, mode);
  const isOwn = ownLoad !== undefined && state?.load?.id === ownLoad;
  if (claimed.fullRefresh && !isOwn) return { state };
  if (!state) {
    if (mirrored) {
      checkIdentity(mirrored.identity, claimed.identity, key);
      throw targetGone(mirrored);
    }
    return { state };
  }
  if (!isOwn) checkIdentity(state.identity, claimed.identity, key);
  if (keepsHead && state.published && !head.table && mode !== 'replace') {
    throw new DatacookError(
      'NOT_FOUND',
      `table ${table} has gone: ${key} was loaded into it (last commit ${state.commit.at})`,
      {
        hint: 'restore the table, or load everything anew with --full-refresh; or say where to go on: state set, state reset',
      },
    );
  }
  if (isOwn) return { state };
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

function checkOthers({ head, key, table, shared }: Claimed, mode: WriteMode): void {
  for (const other of head.others ?? []) {
    const state = parseHeadState(other.state, other.key);
    if (!state || isSameStream(other.key, key)) continue;
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
