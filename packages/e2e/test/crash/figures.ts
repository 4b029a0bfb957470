import type { CrashReport } from '@datacook/testkit';

const COLUMNS: readonly (readonly [title: string, value: (report: CrashReport) => string | number])[] = [
  ['scene', ({ name }) => name],
  ['boundaries', ({ boundaries }) => boundaries],
  ['kills', ({ kills }) => kills],
  ['second kills', ({ secondKills }) => secondKills],
  ['kinds', ({ labels }) => labels],
  ['kinds killed', ({ labelsKilled }) => labelsKilled],
  ['runs', ({ runs }) => runs],
  ['wrong', ({ wrong }) => wrong.length],
];

/** What matrices did and found, as a table in Markdown, with a line of sums. */
export function figures(reports: readonly CrashReport[]): string {
  const rows = reports.map((report) => COLUMNS.map(([, value]) => value(report)));
  const sums = COLUMNS.map((_, at) =>
    at === 0 ? 'all' : rows.reduce((sum, row) => sum + Number(row[at]), 0),
  );
  const line = (cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  const rule = COLUMNS.map((_, at) => (at === 0 ? '---' : '---:'));
  return [COLUMNS.map(([title]) => title), rule, ...rows, sums].map(line).join('\n');
}
