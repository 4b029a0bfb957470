export type { IfLocked } from './acquire-lease.js';
export type { BackfillRange } from './backfill.js';
export {
  type ChangeStateOptions,
  changeState,
  type StateChange,
  type StateChangeReport,
} from './change-state.js';
export type { RowCounts } from './counts.js';
export type { RunEvent } from './events.js';
export type { Guarantee } from './guarantee.js';
export type { HeadState, LoadState, PartitionProgress } from './head-state.js';
export { type LeaseRecord, leaseKey, readLease } from './lease-record.js';
export { mirrorKey } from './mirror.js';
export { type PlanReport, planRecipe } from './plan.js';
export type { LockedBy, RunReport, RunStatus, StreamReport } from './report.js';
export { exitCodeOf } from './report.js';
export { newRun, type RunOptions, type RunOutcome, runRecipe } from './run.js';
export { readState, type StateReport } from './show-state.js';
export { type UnlockOptions, type UnlockReport, unlockState } from './unlock-state.js';
export { type VerifyOptions, verifyRecipe } from './verify.js';
export type { DifferingKey, VerifyReport } from './verify-report.js';
