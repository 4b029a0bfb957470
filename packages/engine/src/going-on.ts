import type { ReadPlan, WriteMode } from '@datacook/core';
import type { HeadState, LoadState } from './head-state.js';

/** What decides whether a load that was begun is gone on with. */
export interface Wish {
  /** What the recipe says. */
  readonly writeMode: WriteMode;
  readonly fullRefresh: boolean;
  /** The load that this very run has begun, if it has. */
  readonly ownLoad: string | undefined;
}

/**
 * The load that a run goes on with, and its plan, word for word; undefined: it begins another. A replace that was
 * begun goes on whatever the recipe says now (a full refresh was cut short); rows that an append has brought must
 * not be brought again. Who asks for everything anew gets everything as it is now.
 */
export function loadToGoOn(
  state: HeadState | undefined,
  { writeMode, fullRefresh, ownLoad }: Wish,
): { readonly load: LoadState; readonly plan: ReadPlan } | undefined {
  const load = state?.load;
  if (!load?.plan || load.done || load.plan.restart === 'never') return undefined;
  const isOwn = load.id === ownLoad;
  const isWanted = !fullRefresh && (load.mode === writeMode || load.mode === 'replace');
  return isOwn || isWanted ? { load, plan: load.plan } : undefined;
}

/** The mode of the load that a run goes on with or begins. */
export function effectiveMode(state: HeadState | undefined, wish: Wish): WriteMode {
  return loadToGoOn(state, wish)?.load.mode ?? (wish.fullRefresh ? 'replace' : wish.writeMode);
}
