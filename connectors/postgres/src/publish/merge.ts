import type { Merged } from '@datacook/core';
import type { Session } from '../connection/session.js';
import type { Prepared } from '../write/prepared.js';
import { fitStagedTypes } from './fit-types.js';
import { mergeRows } from './merge-rows.js';
import { mergeColumns } from './merge-sql.js';
import { changedMeanwhile, findPublished, tableIsGone } from './published-table.js';
import { reduceToLast } from './reduce-staged.js';
import { dropStaging, requireStaged } from './staging.js';
import { giveWorkMemory } from './work-memory.js';

/** Merges the staged rows into the table, within the session's transaction, and drops staging. */
export async function mergeStaged(session: Session, prepared: Prepared): Promise<Merged> {
  const stagingOid = await requireStaged(session, prepared);
  const table = await findPublished(session, prepared.table);
  if (table === undefined) throw tableIsGone(prepared.table);
  const columns = mergeColumns(table, prepared);
  const [misfit] = await fitStagedTypes(session, prepared, stagingOid, table, prepared.columns);
  if (misfit !== undefined)
    throw changedMeanwhile(
      table,
      misfit.column.name,
      `is ${misfit.column.typeSql} now, which can't hold ${misfit.staged.typeSql}`,
    );
  await giveWorkMemory(session);
  const rows = await reduceToLast(session, prepared);
  const merged =
    rows === 0
      ? { inserted: 0, updated: 0, unchanged: 0 }
      : await mergeRows(session, { prepared, table, columns, rows });
  await dropStaging(session, prepared);
  return merged;
}
