import type { RunReport, StreamReport } from '@datacook/engine';

export const ROWS = { read: 12_000, generated: 0, written: 11_990, rejected: 0, filtered: 10, skipped: 0 };

/** A stream of a report, as the engine makes it. */
export function streamReport(changes: Partial<StreamReport> = {}): StreamReport {
  return {
    name: 'orders.csv',
    load: { id: 'L1', mode: 'append', resumed: false, rows: ROWS, range: null },
    guarantee: 'exactly_once',
    rows: ROWS,
    merge: null,
    bytes: 1_500_000,
    batches: 3,
    commits: 2,
    retries: 0,
    position: { before: null, after: { file: 'orders.csv' } },
    schema_changes: ['table orders created'],
    timings: { read: 1, transform: 2, write: 3, commit: 4 },
    ...changes,
  };
}

/** A report, as the engine makes it. */
export function runReport(changes: Partial<RunReport> = {}): RunReport {
  return {
    version: 1,
    run_id: '20260102T030405Z-00000001',
    recipe: 'orders',
    fingerprint: 'f',
    identity: null,
    status: 'succeeded',
    exit_code: 0,
    started_at: '2026-01-02T03:04:05.000Z',
    ended_at: '2026-01-02T03:04:07.000Z',
    versions: {},
    locked_by: null,
    streams: [streamReport()],
    warnings: [],
    error: null,
    ...changes,
  };
}
