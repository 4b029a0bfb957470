import type { RunReport, StreamReport } from '@datacook/engine';
import { bytes, count, duration, plural } from './numbers.js';
import { rangeText } from './range-text.js';
import { indent, table } from './table.js';

/** The summary of a run. `path` is where its report lies. */
export function runText(report: RunReport, path: string | undefined, bold: (text: string) => string): string {
  const ms = elapsedMs(report);
  const rows: [string, string][] = [];
  if (report.status === 'skipped' && report.locked_by) {
    const { run_id, host, pid, since } = report.locked_by;
    rows.push(['locked by', `run ${run_id} (host ${host}, process ${pid}) since ${since}`]);
  } else {
    for (const stream of report.streams) rows.push(...streamRows(stream, ms));
  }
  if (report.warnings.length > 0) rows.push(['warnings', count(report.warnings.length)]);
  if (path !== undefined) rows.push(['report', path]);
  const head = bold(`${report.recipe} ${report.status} in ${duration(ms)}`);
  return rows.length === 0 ? head : `${head}\n${indent(table(rows))}`;
}

/** Several runs, a line each. */
export function runsTable(reports: readonly RunReport[]): string {
  const rows = reports.map((report) => {
    const written = report.streams.reduce((sum, stream) => sum + stream.rows.written, 0);
    return [
      report.recipe,
      report.status,
      count(written),
      duration(elapsedMs(report)),
      report.error?.code ?? '',
    ];
  });
  return table([['RECIPE', 'STATUS', 'ROWS', 'TIME', 'ERROR'], ...rows]);
}

function streamRows(stream: StreamReport, ms: number): [string, string][] {
  const { name, load, guarantee, rows, merge, commits, retries, schema_changes } = stream;
  const speed = ms > 0 ? `, ${count((rows.written * 1000) / ms)} rows/s` : '';
  const counts = [
    `${count(rows.read)} read`,
    ...(rows.generated > 0 ? [`${count(rows.generated)} generated`] : []),
    `${count(rows.written)} written`,
    `${count(rows.filtered)} filtered`,
    `${count(rows.skipped)} skipped`,
    `${count(rows.rejected)} rejected`,
  ];
  const lines: [string, string][] = [
    ['stream', name],
    ['rows', counts.join(', ')],
    ['size', `${bytes(stream.bytes)} in memory${speed}`],
    ['commits', `${count(commits)}, ${retries === 1 ? '1 retry' : `${count(retries)} retries`}`],
  ];
  if (merge) {
    const { inserted, updated, unchanged } = merge;
    lines.push([
      'merge',
      `${count(inserted)} inserted, ${count(updated)} updated, ${count(unchanged)} unchanged`,
    ]);
  }
  if (load) {
    const what = load.range ? `${load.mode}, backfill ${rangeText(load.range)}` : load.mode;
    const stand = load.resumed ? `resumed: ${plural(load.rows.written, 'row')} in all` : 'new';
    lines.push(['load', `${what}, ${stand}`]);
  }
  if (guarantee) lines.push(['guarantee', guarantee]);
  for (const [index, change] of schema_changes.entries()) lines.push([index === 0 ? 'table' : '', change]);
  return lines;
}

function elapsedMs({ started_at, ended_at }: RunReport): number {
  return Date.parse(ended_at) - Date.parse(started_at);
}
