import type { StateReport } from '@datacook/engine';
import type { PastRun } from '../run-files.js';
import { count, duration, plural } from './numbers.js';
import { shortJson } from './short-json.js';
import { indent, table } from './table.js';

/** How far a recipe has come, as text. */
export function stateText(state: StateReport, runs: readonly PastRun[]): string {
  const rows = [
    ...state.streams.flatMap(streamRows),
    ...state.backfills.flatMap(backfillRows),
    ['lease', leaseText(state.lease)],
  ];
  const blocks = [state.recipe, indent(table(rows))];
  blocks.push(runs.length === 0 ? '  no runs yet' : `  recent runs\n${indent(runsTable(runs), 4)}`);
  return blocks.join('\n');
}

type HeadReport = StateReport['streams'][number]['head'];

function streamRows(stream: StateReport['streams'][number]): [string, string][] {
  const { name, position } = stream;
  return [
    ['stream', name],
    ['position', position === null ? 'none: nothing was loaded to its end yet' : shortJson(position)],
    ...loadRows(stream),
  ];
}

function backfillRows(backfill: StateReport['backfills'][number]): [string, string][] {
  return [['backfill', `${backfill.name}, ${backfill.range}`], ...loadRows(backfill)];
}

function loadRows({ load, partitions, head }: StateReport['streams'][number]): [string, string][] {
  const done = partitions.filter((partition) => partition.done).length;
  const rows: [string, string][] = [['last commit', head ? commitText(head) : 'none']];
  if (load) {
    const stand = load.done ? 'done' : `under way, ${done} of ${plural(partitions.length, 'partition')} done`;
    rows.push([
      'load',
      `${load.id}, ${load.mode}, since ${load.started_at}, ${plural(load.rows.written, 'row')}, ${stand}`,
    ]);
  }
  const open = partitions.filter((partition) => !partition.done && partition.position !== null);
  for (const { id, position: at } of open) rows.push(['', `partition ${id} at ${shortJson(at)}`]);
  return rows;
}

function commitText({ committed_at, run_id, action }: NonNullable<HeadReport>): string {
  return action
    ? `${committed_at}: the state was ${action} (backup ${run_id})`
    : `${committed_at}, by run ${run_id}`;
}

function leaseText(lease: StateReport['lease']): string {
  if (!lease) return 'free';
  const { host, pid } = lease.process;
  const until = new Date(lease.expires_ms).toISOString();
  return `held by run ${lease.run_id} (host ${host}, process ${pid}) since ${lease.acquired_at}, until ${until}`;
}

function runsTable(runs: readonly PastRun[]): string {
  return table([
    ['STARTED', 'STATUS', 'ROWS', 'TIME', 'RUN'],
    ...runs.map((run) => [
      run.started_at,
      run.status,
      count(run.rows_written),
      duration(Date.parse(run.ended_at) - Date.parse(run.started_at)),
      run.run_id,
    ]),
  ]);
}
