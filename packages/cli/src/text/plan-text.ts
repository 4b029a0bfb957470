import type { PlanReport } from '@datacook/engine';
import { plural } from './numbers.js';
import { rangeText } from './range-text.js';
import { shortJson } from './short-json.js';
import { indent, table } from './table.js';

/** What a run would do, as text. */
export function planText(plan: PlanReport, { offline }: { readonly offline: boolean }): string {
  const rows: [string, string][] = [
    ['source', `${plan.source}, stream ${plan.stream}`],
    ['steps', plan.steps.length === 0 ? 'none' : plan.steps.join(', ')],
    ['destination', `${plan.destination}, table ${plan.table}${existence(plan)}`],
    ['write mode', plan.mergeKeys ? `${plan.writeMode} by ${plan.mergeKeys.join(', ')}` : plan.writeMode],
  ];
  if (plan.range) rows.push(['backfill', rangeText(plan.range)]);
  if (plan.guarantee) rows.push(['guarantee', `${plan.guarantee.level}: ${plan.guarantee.reason}`]);
  if (plan.partitions !== undefined) rows.push(['to read', toRead(plan)]);
  for (const note of plan.notes) rows.push(['', note]);
  if (plan.tableExists !== undefined) rows.push(['last commit', plan.lastCommit ?? 'none']);
  if (plan.position !== undefined) rows.push(['position', shortJson(plan.position)]);
  const blocks = [plan.recipe, indent(table(rows))];
  if (plan.columnsIn && plan.columnsOut) blocks.push(columns('columns read', plan.columnsIn));
  if (plan.columnsOut) blocks.push(columns('columns written', plan.columnsOut));
  if (plan.schemaChanges.length > 0) {
    blocks.push(`  changes of the table\n${indent(plan.schemaChanges.join('\n'), 4)}`);
  }
  if (offline) blocks.push('  offline: columns, position and table are not known');
  return blocks.join('\n');
}

function existence({ tableExists }: PlanReport): string {
  if (tableExists === undefined) return '';
  return tableExists ? ', which exists' : ', which does not exist yet';
}

function toRead({ partitions = 0, resumes }: PlanReport): string {
  if (resumes)
    return `${plural(partitions, 'partition')} left of load ${resumes}, which an earlier run began`;
  return partitions === 0 ? 'nothing: nothing is new' : plural(partitions, 'partition');
}

function columns(title: string, fields: NonNullable<PlanReport['columnsOut']>): string {
  return `  ${title}\n${indent(table(fields.map(({ name, type }) => [name, type])), 4)}`;
}
