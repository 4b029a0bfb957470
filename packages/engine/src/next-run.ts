import type { WriteMode } from '@datacook/core';

/** What the next run does when a state was changed on purpose, in a sentence. `appended`: rows of a load given up. */
export function nextRunText(
  action: 'reset' | 'set' | 'restore',
  mode: WriteMode,
  { isBackfill, appended }: { readonly isBackfill: boolean; readonly appended: number },
): string {
  if (action === 'restore') return 'the next run goes on as if the state had not been changed';
  const stay =
    appended > 0 ? `; the ${appended} rows that the load under way has appended stay where they are` : '';
  if (isBackfill) {
    return mode === 'append'
      ? `the same backfill loads its range again, and adds it to the rows that are there: those that it has brought stand there twice then${stay}`
      : 'the same backfill loads its range again: rows with the same keys are put in the place of older ones, none is doubled';
  }
  if (mode === 'replace') return 'the next run loads everything and replaces the table, as every run does';
  if (action === 'set') {
    return mode === 'append'
      ? `the next run reads on from this position: rows before it are not loaded any more, rows after it are added, be they there already or not${stay}`
      : 'the next run reads on from this position: rows before it are not loaded any more, rows after it are merged by their keys, none is doubled';
  }
  return mode === 'append'
    ? `the next run loads everything again, and adds it to the rows that are there: empty the table first, or run with --full-refresh, unless they are to stand there twice${stay}`
    : 'the next run loads everything again: rows with the same keys are put in the place of those that are there, none is doubled';
}
