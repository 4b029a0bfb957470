import type { VerifyReport } from '@datacook/engine';
import { count, duration, plural } from './numbers.js';
import { indent, table } from './table.js';

type Kind = VerifyReport['keys'][number]['kind'];

/** In this order. */
const KINDS: readonly Kind[] = ['missing', 'extra', 'doubled', 'changed'];

/** What a comparison found, as text. */
export function verifyText(report: VerifyReport): string {
  const { compared, rows, left_out: leftOut, notes } = report;
  const by = report.source_by === 'sql' ? 'by its own SQL' : 'read through the steps';
  const lines: [string, string][] = [
    ['source', `${report.source}, stream ${report.stream}: ${plural(rows.source, 'row')}, ${by}`],
    ['table', `${report.destination}, ${report.table}: ${plural(rows.table, 'row')}, by its own SQL`],
    ['compared', `${plural(compared.columns.length, 'column')}, ${keysText(report)}`],
    ...leftOut.map(({ column, why }, at): [string, string] => [
      at === 0 ? 'left out' : '',
      `${column}: ${why}`,
    ]),
    ...notes.map((note, at): [string, string] => [at === 0 ? 'note' : '', note]),
    ...expected(report),
    ['result', resultText(report)],
    ['time', duration(report.duration_ms)],
  ];
  const blocks = [report.recipe, indent(table(lines))];
  if (report.keys.length > 0) blocks.push(indent(keysTable(report)));
  return blocks.join('\n');
}

function keysText({ compared: { keys } }: VerifyReport): string {
  return keys.length === 0 ? 'by whole rows' : `by ${keys.join(', ')}`;
}

function expected(report: VerifyReport): [string, string][] {
  const lines: [string, string][] = [];
  if (report.newer > 0)
    lines.push([
      'newer',
      `${plural(report.newer, 'key')} changed at the source since: the next run loads them`,
    ]);
  if (report.expected_extra > 0)
    lines.push(['', `${plural(report.expected_extra, 'key')} only in the table, where they may be`]);
  if (report.unclear > 0)
    lines.push([
      '',
      `${plural(report.unclear, 'key')} several times at the source, which a merge makes one: not compared`,
    ]);
  return lines;
}

function resultText({ equal, differences, complete }: VerifyReport): string {
  if (equal) return 'equal: no difference was found';
  const found = KINDS.filter((kind) => differences[kind] > 0).map(
    (kind) => `${count(differences[kind])} ${kind}`,
  );
  return `different: ${found.join(', ')}${complete ? '' : ', perhaps more: the search ended here'}`;
}

function keysTable({ keys }: VerifyReport): string {
  return table([
    ['KIND', 'SOURCE', 'TABLE', 'KEY'],
    ...keys.map(({ kind, key, source_rows, table_rows }) => [
      kind,
      plural(source_rows, 'row'),
      plural(table_rows, 'row'),
      Object.entries(key)
        .map(([column, value]) => `${column}=${value === null ? 'NULL' : value}`)
        .join(', '),
    ]),
  ]);
}
