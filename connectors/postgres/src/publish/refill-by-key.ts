import { DatacookError } from '@datacook/core';
import { quoteIdentifier } from '@datacook/toolkit';
import type { Session } from '../connection/session.js';
import type { TargetColumn } from '../types/target-column.js';
import { requireSameIdentity, settable } from './identity-columns.js';
import { type IncomingKey, refersToItself } from './incoming-keys.js';
import { assignments, isOther, matches, nameList } from './merge-sql.js';
import { columnsOf } from './published-table.js';
import { changeTypes, type Refill, requireAll } from './refill.js';
import { requireDistinct } from './staged-keys.js';

/**
 * Gives a table other rows that foreign keys of other tables point at. Rows whose key comes again stay, and change
 * where they differ: so nothing happens to the rows that refer to them. What doesn't come again is deleted, and the
 * foreign keys do what they are declared to do then: refuse it, or cascade.
 */
export async function refillByKey(session: Session, load: Refill, incoming: IncomingKey): Promise<void> {
  const { prepared, table, columns } = load;
  requireKey(load, incoming);
  const keys = columnsOf(table, incoming.columns);
  const rest = columns.filter(({ name }) => !incoming.columns.includes(name));
  await requireDistinct(session, prepared, incoming.columns);
  await changeTypes(session, load, false);
  await requireSameIdentity(session, prepared, table, { keys, rest });
  // What goes makes room for what comes, as under another unique key; but rows may refer to it until they are changed.
  const [goes, stays, comes] = statements(load, keys, rest);
  const steps = (await refersToItself(session, table)) ? [comes, stays, goes] : [goes, stays, comes];
  for (const statement of steps)
    if (statement !== undefined)
      await session.run(statement, {
        action: `replace the rows of ${table.sql}, at which the foreign key ${incoming.shown} points`,
      });
  await requireAll(session, load);
}

/** Rows whose key doesn't come again, those whose key does, and those whose key is new. */
function statements(
  { prepared, table, columns }: Refill,
  keys: readonly TargetColumn[],
  rest: readonly TargetColumn[],
): readonly [goes: string, stays: string | undefined, comes: string] {
  const { sql } = prepared.staging;
  const match = matches({ keys });
  const set = settable(table, rest);
  const defaults = table.columns
    .filter(({ name, isGenerated }) => !isGenerated && !columns.some((column) => column.name === name))
    .map(({ name }) => `${quoteIdentifier(name)} = default`);
  const changed = [...(set.length === 0 ? [] : [assignments(set)]), ...defaults];
  return [
    `delete from ${table.sql} t where not exists (select from ${sql} s where ${match})`,
    changed.length === 0
      ? undefined
      : `update ${table.sql} t set ${changed.join(', ')} from ${sql} s
         where ${match} ${defaults.length > 0 ? '' : `and ${isOther(set)}`}`,
    `insert into ${table.sql} (${nameList(columns)}) overriding system value
     select ${nameList(columns, 's')} from ${sql} s
     where not exists (select from ${table.sql} t where ${match})`,
  ];
}

function requireKey({ prepared, table }: Refill, { columns, shown }: IncomingKey): void {
  const missing = columns.filter((name) => !prepared.columns.includes(name));
  if (missing.length === 0) return;
  throw new DatacookError(
    'SCHEMA',
    `The foreign key ${shown} points at (${columns.join(', ')}) of ${table.sql}, and the stream doesn't have ${missing.join(', ')}: which rows stay can't be told.`,
    { hint: 'Nothing was changed. Drop the foreign key, or load by merge.' },
  );
}
