import { DatacookError, toDatacookError } from '@datacook/core';
import { backoffMs, sleep } from '@datacook/toolkit';
import { attemptStream, type StreamRun } from './attempt.js';
import { SchemaChanged } from './committer.js';

/**
 * Attempts a stream until it succeeds, or an error says that another attempt would not help. `max_retries` counts
 * failures without a commit between them.
 */
export async function runAttempts(run: StreamRun): Promise<void> {
  const { recipe, stop, tally, emit } = run;
  const { maxRetries, retryBackoff } = recipe.runtime;
  let failures = 0;
  let committed = 0;
  let isReplanned = false;
  while (true) {
    stop.throwIfStopping();
    try {
      return await attemptStream(run);
    } catch (caught) {
      if (caught instanceof SchemaChanged) {
        run.wanted = caught;
        continue;
      }
      const error = toDatacookError(caught);
      // A plug-in that was told to stop at once says just that: the reason is ours.
      if (error.code === 'CANCELLED' && stop.signal.aborted) throw stop.signal.reason;
      if (stop.isStopping) throw error;
      if (error.code === 'STALE_POSITION' && !isReplanned && mayReplan(run)) {
        isReplanned = true;
        run.stale = error;
        run.warn(`the load is planned anew, since what was known of it is stale: ${error.message}`);
        continue;
      }
      if (error.code === 'STALE_POSITION') throw staleAppend(error);
      if (!mayRetry(error)) throw error;
      failures = tally.commits > committed ? 1 : failures + 1;
      committed = tally.commits;
      if (failures > maxRetries) throw error;
      const waitMs =
        typeof error.retry === 'object' ? error.retry.afterMs : backoffMs(failures, retryBackoff);
      tally.retries += 1;
      const { stream } = recipe.source;
      emit({ type: 'retry', stream, attempt: failures, waitMs, message: error.message });
      await stop.orStop(sleep(waitMs, stop.signal));
      await run.lease.renew(stop.signal);
    }
  }
}

// Another plan would bring rows again that this load has appended.
function mayReplan({ tally }: StreamRun): boolean {
  return tally.load === null || tally.load.mode !== 'append' || tally.load.rows.written === 0;
}

// What can be done about it depends on whether doubled or missing rows are worse.
function staleAppend(error: DatacookError): DatacookError {
  if (error.hint !== undefined) return error;
  return new DatacookError(error.code, error.message, {
    hint: 'load everything anew with --full-refresh, which replaces the table; or say where to go on: state set, state reset',
    details: error.details,
    cause: error,
  });
}

// CONFLICT never leads to a new claim: two runs would fence each other for ever.
function mayRetry(error: DatacookError): boolean {
  return error.code !== 'CONFLICT' && error.retry !== false;
}
