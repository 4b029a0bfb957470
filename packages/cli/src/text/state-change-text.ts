import type { StateChangeReport, UnlockReport } from '@datacook/engine';
import { plural } from './numbers.js';
import { rangeText } from './range-text.js';
import { indent, table } from './table.js';

const DONE = { reset: 'state was reset', set: 'state was set', restore: 'state was restored' } as const;
const TO_DO = {
  reset: 'to reset the state',
  set: 'to set the state',
  restore: 'to restore the state',
} as const;

/** What was done to a state, or would be. Positions are whole: they can be set again. */
export function stateChangeText(report: StateChangeReport): string {
  const { recipe, stream, range, action, changed, position, given_up, next_run, backup } = report;
  const rows: [string, string][] = [['stream', stream]];
  if (range) rows.push(['backfill', rangeText(range)]);
  rows.push(['position was', position.before === null ? 'none' : JSON.stringify(position.before)]);
  rows.push([
    changed ? 'position is' : 'will be',
    position.after === null ? 'none' : JSON.stringify(position.after),
  ]);
  if (given_up) {
    const { load, mode, rows_written } = given_up;
    rows.push(['given up', `load ${load} (${mode}), ${plural(rows_written, 'row')} so far`]);
  }
  rows.push(['then', next_run]);
  if (backup) rows.push(['backup', backup]);
  return `${recipe}: ${(changed ? DONE : TO_DO)[action]}\n${indent(table(rows))}`;
}

/** Whose lease was broken, or would be. */
export function unlockText({ recipe, range, unlocked, holder, alive }: UnlockReport): string {
  const what = range ? `${recipe}, backfill ${rangeText(range)}` : recipe;
  if (!holder)
    return unlocked ? `${what}: a lease that can't be read was removed` : `${what}: nobody holds the lease`;
  const { run_id, process, acquired_at, expires_ms } = holder;
  const life = alive === null ? "whether it lives can't be known from here" : alive ? 'alive' : 'dead';
  const rows: [string, string][] = [
    ['run', run_id],
    ['host', process.host],
    ['process', `${process.pid}, ${life}`],
    ['since', acquired_at],
    ['until', new Date(expires_ms).toISOString()],
  ];
  return `${what}: ${unlocked ? 'the lease was broken' : 'to break the lease'}\n${indent(table(rows))}`;
}
