export { BatchBuilder } from './batch-builder.js';
export { batchFromRows, rowsOf } from './batch-from-rows.js';
export { batchByteLength, nullColumn, sliceBatch, takeRows } from './batch-parts.js';
export type { ColumnBuilder } from './builders/column-builder.js';
export { createColumnBuilder } from './builders/create-column-builder.js';
export { comparableType } from './digest/comparable-type.js';
export { type DigestDialect, digestSql, partSql } from './digest/digest-sql.js';
export { readableText } from './digest/readable-text.js';
export { type DigestEntry, keyFields, RowDigest, rowTextParts, rowTextReader } from './digest/row-digest.js';
export { fitBatch } from './fit-batch.js';
export { CursorSteps, type Step } from './incremental/cursor-steps.js';
export type { CursorColumn, CursorRange, CursorSystem, Watermark } from './incremental/cursor-system.js';
export { finishWindow } from './incremental/finish-window.js';
export { chooseCuts, type KeyRange, keyRanges, wantedPartitions } from './incremental/key-ranges.js';
export { type PlannedWindow, planWindow, type WindowRequest } from './incremental/plan-window.js';
export type { OnNull, SqlIncremental } from './incremental/strategy.js';
export { waitingRange } from './incremental/waiting-range.js';
export {
  type Boundary,
  type Edge,
  type HashedColumn,
  parseWindow,
  type Window,
  type WindowPart,
  windowConditions,
  windowEdges,
} from './incremental/window.js';
export { type RowHashes, WindowReader } from './incremental/window-reader.js';
export type { Interval } from './interval-text.js';
export { requireMergeKeys, requireMergeKeysIn } from './merge-keys.js';
export { nearest } from './nearest.js';
export type { ProcessIdentity } from './process-identity.js';
export { isProcessAlive, processIdentity } from './process-identity.js';
export { type ColumnReader, columnReader } from './readers/column-reader.js';
export { type ColumnTextReader, columnTextReader } from './readers/column-text-reader.js';
export { isNull } from './readers/is-null.js';
export { backoffMs, type RetryOptions, retry, sleep } from './retry.js';
export { sha256 } from './sha256.js';
export { parseTableName, quoteIdentifier, quoteLiteral } from './sql-text.js';
export { nextStateVersion, stateText } from './state-record.js';
export { TypeInference } from './type-inference.js';
export { sameType, widenType } from './type-relations.js';
export { parseType, typeToString } from './type-text.js';
export { parseBytes, parseDurationMs } from './units.js';
