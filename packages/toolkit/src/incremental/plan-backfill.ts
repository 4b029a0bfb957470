import { DatacookError, type ReadRequest } from '@datacook/core';
import { askWatermark } from './ask-watermark.js';
import type { CursorSystem } from './cursor-system.js';
import type { PlannedWindow, WindowRequest } from './plan-window.js';
import { FORMAT } from './stored.js';

type High = { readonly high: string; readonly highInclusive: boolean };

/**
 * Fixes what a backfill reads: `[from, to)`; without `to` up to what a normal load would read to. Rows with NULL are
 * in no range. It has no position, and remembers nothing.
 */
export async function planBackfill(
  ask: WindowRequest,
  range: NonNullable<ReadRequest['range']>,
): Promise<PlannedWindow> {
  const { system, incremental } = ask;
  const watermark = await askWatermark(ask);
  const column = await system.begin();
  const from = range.from === undefined ? undefined : await system.normalize(range.from, '--from');
  const to = range.to === undefined ? undefined : await system.normalize(range.to, '--to');
  if (from !== undefined && to !== undefined && (await system.compare(from, to)) >= 0) {
    throw new DatacookError('CONFIG', `--from ${range.from} is not before --to ${range.to}.`, {
      hint: '--from is the first value that is read, --to the first that is not.',
    });
  }
  let end: High | undefined;
  if (to !== undefined) end = { high: to, highInclusive: false };
  else if (watermark !== undefined) end = await upTo(watermark.high, from, system);
  else end = await upToGreatest(from, system);
  if (end === undefined) return { next: null };
  if (watermark !== undefined && to !== undefined && (await system.compare(watermark.high, to)) < 0) {
    ask.log(
      'warn',
      `${incremental.cursor_column} from ${watermark.high} to ${to} may still be written: rows that are committed there later are not part of this backfill`,
    );
  }
  const { name, type } = column;
  return {
    window: {
      version: FORMAT,
      strategy: 'backfill',
      column: name,
      type,
      values: true,
      ...(from === undefined ? {} : { low: from }),
      lowInclusive: true,
      ...end,
      nulls: false,
      remember: false,
      rememberNulls: false,
      columns: [],
    },
    next: null,
  };
}

async function upTo(high: string, from: string | undefined, system: CursorSystem): Promise<High | undefined> {
  if (from !== undefined && (await system.compare(high, from)) <= 0) return undefined;
  return { high, highInclusive: false };
}

async function upToGreatest(from: string | undefined, system: CursorSystem): Promise<High | undefined> {
  const top = await system.greatest(from === undefined ? {} : { from });
  return top && { high: top.value, highInclusive: true };
}
