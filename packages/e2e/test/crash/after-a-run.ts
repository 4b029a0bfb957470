import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RowCounts, RunReport } from '@datacook/engine';
import { LocalStateBackend } from '@datacook/state-local';
import type { Contents } from './targets/target.js';

/** The reports of the child's runs, in order. */
export function readReports(folder: string): readonly RunReport[] {
  return JSON.parse(readFileSync(join(folder, 'runs.json'), 'utf8')) as RunReport[];
}

/** What must be so after every run that came to its end: sentences where it isn't. */
export async function complaintsAfterRuns(folder: string, { heads, others }: Contents): Promise<string[]> {
  const complaints = readReports(folder).flatMap(complaintsOfReport);
  if (others.length > 0) complaints.push(`tables are left over: ${others.join(', ')}`);
  if (heads.length !== 1) complaints.push(`there are ${heads.length} heads`);
  if (heads[0]?.state?.load.done !== true) complaints.push('the load is not done');
  for await (const key of new LocalStateBackend(join(folder, 'state')).list('leases/')) {
    complaints.push(`the lease was not given back: ${key}`);
  }
  return complaints;
}

function complaintsOfReport({ status, error, streams }: RunReport): readonly string[] {
  if (status !== 'succeeded' || error !== null) return [`a report says ${status}`];
  const stream = streams[0];
  if (!stream?.load) return ['a report knows no load'];
  const complaints = [stream.rows, stream.load.rows].flatMap(complaintsOfCounts);
  if (stream.rows.written > stream.load.rows.written) complaints.push('a run wrote more rows than its load');
  if (stream.guarantee !== 'exactly_once') complaints.push(`the guarantee is ${stream.guarantee}`);
  return complaints;
}

function complaintsOfCounts(rows: RowCounts): readonly string[] {
  const { read, generated, written, rejected, filtered, skipped } = rows;
  if (read + generated === written + rejected + filtered + skipped) return [];
  return [`a report doesn't account for its rows: ${JSON.stringify(rows)}`];
}

/** Each complaint, after the words that say when. */
export function between(what: string, complaints: readonly string[]): readonly string[] {
  return complaints.map((complaint) => `${what} ${complaint}`);
}
