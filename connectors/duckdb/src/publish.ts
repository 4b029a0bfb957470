import type { Merged } from '@datacook/core';
import type { DuckDBConnection } from '@datacook/duckdb-engine';
import type { Client } from './client.js';
import { freeDeadBuffers } from './dead-buffers.js';
import { keepOutOthers, viewError } from './heads.js';
import { mergeStaged } from './merge.js';
import type { File } from './merge-load.js';
import { replaceByStaged } from './replace.js';
import { requireStaged } from './staging.js';
import { relationKind } from './tables.js';
import type { Prepared } from './writer.js';

/**
 * The load is complete: what it has staged becomes the table, within the session's transaction. An append has
 * nothing to publish.
 */
export async function publish(
  session: DuckDBConnection,
  { target, table, staging }: Prepared,
  file: File,
): Promise<Merged | undefined> {
  if (target.mode === 'append') return undefined;
  await requireStaged(session, table, staging);
  if ((await relationKind(session, table)) === 'view') throw viewError(table);
  if (target.mode === 'replace') {
    await replaceByStaged(session, table, staging);
    return undefined;
  }
  freeDeadBuffers();
  const merged = await mergeStaged(session, { target, table, staging, file });
  await keepOutOthers(session, table, target.key);
  return merged;
}

/** Rows that are deleted for a checkpoint of its own to be worth while: a row group of DuckDB's. */
const MANY_ROWS = 122_880;

/** After the commit of a publish. Never fails. */
export async function afterPublish(client: Client, merged: Merged | undefined): Promise<void> {
  if ((merged?.updated ?? 0) >= MANY_ROWS) await client.reclaim(client.spilling);
}
