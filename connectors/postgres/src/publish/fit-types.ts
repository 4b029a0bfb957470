import { quoteIdentifier } from '@datacook/toolkit';
import type { Session } from '../connection/session.js';
import { describeTarget } from '../types/describe-target.js';
import { canHold, type TargetColumn } from '../types/target-column.js';
import type { Prepared } from '../write/prepared.js';
import type { PublishedTable } from './published-table.js';

/** A column of the table that can't hold what is staged for it. */
export interface Misfit {
  readonly column: TargetColumn;
  readonly staged: TargetColumn;
}

/**
 * Gives columns of staging the types of the table's, where those were changed since `prepare` and can hold the values.
 * The server does it as in an assignment: a text that is too long is refused.
 *
 * @returns What doesn't fit.
 */
export async function fitStagedTypes(
  session: Session,
  { staging }: Pick<Prepared, 'staging'>,
  stagingOid: number,
  table: PublishedTable,
  names: readonly string[],
): Promise<readonly Misfit[]> {
  const staged = new Map((await describeTarget(session, stagingOid)).map((column) => [column.name, column]));
  const misfits: Misfit[] = [];
  const changes: string[] = [];
  for (const column of table.columns) {
    const from = names.includes(column.name) ? staged.get(column.name) : undefined;
    if (from === undefined || (from.oid === column.oid && from.typmod === column.typmod)) continue;
    if (canHold(column, from.type))
      changes.push(`alter column ${quoteIdentifier(column.name)} type ${column.typeSql}`);
    else misfits.push({ column, staged: from });
  }
  if (changes.length > 0)
    await session.run(`alter table ${staging.sql} ${changes.join(', ')}`, {
      action: `make the staged rows fit ${table.sql}`,
    });
  return misfits;
}
