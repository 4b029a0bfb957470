import { DatacookError } from '@datacook/core';
import { quoteIdentifier } from '@datacook/toolkit';
import type { Session } from '../connection/session.js';
import { describeTarget } from '../types/describe-target.js';
import { isBuiltIn } from '../types/target-column.js';
import type { Prepared } from '../write/prepared.js';
import { fitStagedTypes } from './fit-types.js';
import { incomingKeys } from './incoming-keys.js';
import {
  changedMeanwhile,
  columnsOf,
  findPublished,
  lockAgainstWriters,
  type PublishedTable,
  tableIsGone,
} from './published-table.js';
import { refill } from './refill.js';
import { refillByKey } from './refill-by-key.js';
import { dropStaging, requireStaged } from './staging.js';
import { swap } from './swap.js';
import { giveWorkMemory } from './work-memory.js';

/**
 * Makes the staged rows those of the table, within the session's transaction, and drops staging.
 *
 * A table that is there is swapped for one that is the same but for its rows. Where that can't be, or isn't wanted, it
 * stays the table that it is, and gets other rows: so it keeps everything that it has, and what depends on it stays.
 */
export async function replaceByStaged(session: Session, prepared: Prepared): Promise<void> {
  const stagingOid = await requireStaged(session, prepared);
  if ((await findPublished(session, prepared.table)) === undefined) {
    await adopt(session, prepared);
    return;
  }
  const before = await addColumns(session, prepared, stagingOid);
  const fit = (table: PublishedTable) =>
    fitStagedTypes(session, prepared, stagingOid, table, prepared.columns);
  // A change of types needs the greatest lock. Taken at once, it is not fought for with who waits for the lesser one.
  if ((await fit(before)).length > 0)
    await session.run(`lock table ${before.sql} in access exclusive mode`, {
      action: `change columns of ${before.sql}`,
    });
  else await lockAgainstWriters(session, before);
  const table = await found(session, prepared);
  const misfits = await fit(table);
  const fixed = misfits.find(({ column }) => !isBuiltIn(column));
  if (fixed !== undefined)
    throw changedMeanwhile(
      table,
      fixed.column.name,
      `is ${fixed.column.typeSql} now, which can't hold its values`,
    );
  const columns = columnsOf(table, prepared.columns);
  await giveWorkMemory(session);
  const [incoming] = await incomingKeys(session, table);
  const rows = { prepared, table, columns, misfits };
  const mayBeSwapped = prepared.replaceBy === 'swap' && misfits.length === 0;
  if (!(mayBeSwapped && (await swap(session, rows)))) {
    if (incoming === undefined) await refill(session, rows);
    else await refillByKey(session, rows, incoming);
  }
  await dropStaging(session, prepared);
}

/**
 * The first rows of a table: staging becomes it. Who has an older snapshot, in which there was no table, may find a part
 * of them in it. In another schema it would lack the rights that are given by default
 * there, so then they are copied.
 */
async function adopt(session: Session, { table, staging }: Prepared): Promise<void> {
  const place = { action: `make the table ${table.sql}` };
  if (table.schema === staging.schema) {
    const statements = [
      `comment on table ${staging.sql} is null`,
      `alter table ${staging.sql} reset (autovacuum_enabled)`,
      `alter table ${staging.sql} rename to ${quoteIdentifier(table.name)}`,
    ];
    await session.run(statements.join('; '), place);
    return;
  }
  await session.run(
    `create table ${table.sql} (like ${staging.sql}); insert into ${table.sql} select * from ${staging.sql}`,
    place,
  );
  await dropStaging(session, { staging });
}

/** The table, with columns that it lacked. */
async function addColumns(session: Session, prepared: Prepared, stagingOid: number): Promise<PublishedTable> {
  const before = await found(session, prepared);
  const missing = prepared.columns.filter((name) => !before.columns.some((column) => column.name === name));
  if (missing.length === 0) return before;
  const staged = await describeTarget(session, stagingOid);
  const added = missing.map((name) => {
    const column = staged.find((each) => each.name === name);
    if (column === undefined)
      throw new DatacookError('INTERNAL', `The staging of ${before.sql} lacks the column "${name}".`, {
        hint: 'Nothing was changed. This is a defect: report it.',
      });
    return `add column ${quoteIdentifier(name)} ${column.typeSql}`;
  });
  await session.run(`alter table ${before.sql} ${added.join(', ')}`, {
    action: `add columns to ${before.sql}`,
  });
  return found(session, prepared);
}

async function found(session: Session, { table }: Prepared): Promise<PublishedTable> {
  const published = await findPublished(session, table);
  if (published === undefined) throw tableIsGone(table);
  return published;
}
