import { DatacookError } from '@datacook/core';
import { quoteIdentifier } from '@datacook/toolkit';
import type { Session } from '../connection/session.js';
import { requireSameIdentity, settable } from './identity-columns.js';
import type { IncomingKey } from './incoming-keys.js';
import { assignments, isOther, matches, nameList } from './merge-sql.js';
import { columnsOf } from './published-table.js';
import { changeTypes, type Refill, requireAll } from './refill.js';

/**
 * Gives a table other rows that foreign keys of other tables point at. Rows whose key comes again stay, and change
 * where they differ: so nothing happens to the rows that refer to them. What doesn't come again is deleted, and the
 * foreign keys do what they are declared to do then: refuse it, or cascade.
 */
export async function refillByKey(session: Session, load: Refill, incoming: IncomingKey): Promise<void> {
  const { prepared, table, columns } = load;
  const { staging } = prepared;
  requireKey(load, incoming);
  const keys = columnsOf(table, incoming.columns);
  const rest = columns.filter(({ name }) => !incoming.columns.includes(name));
  const match = matches({ keys });
  await requireDistinct(session, load, incoming);
  await changeTypes(session, load, false);
  const action = `replace the rows of ${table.sql}`;
  await session.run(
    `delete from ${table.sql} t where not exists (select from ${staging.sql} s where ${match})`,
    {
      action: `${action}; the foreign key ${incoming.shown} points at it`,
    },
  );
  await requireSameIdentity(session, prepared, table, { keys, rest });
  const set = settable(table, rest);
  const defaults = table.columns
    .filter(({ name, isGenerated }) => !isGenerated && !prepared.columns.includes(name))
    .map(({ name }) => `${quoteIdentifier(name)} = default`);
  const all = [...(set.length === 0 ? [] : [assignments(set)]), ...defaults];
  if (all.length > 0)
    await session.run(
      `update ${table.sql} t set ${all.join(', ')} from ${staging.sql} s where ${match}
       ${defaults.length > 0 ? '' : `and ${isOther(set)}`}`,
      { action },
    );
  const names = nameList(columns);
  await session.run(
    `insert into ${table.sql} (${names}) overriding system value
     select ${nameList(columns, 's')} from ${staging.sql} s
     where not exists (select from ${table.sql} t where ${match})`,
    { action },
  );
  await requireAll(
    session,
    load,
    `select (select count(*) from ${table.sql})::text, (select count(*) from ${staging.sql})::text`,
  );
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

async function requireDistinct(
  session: Session,
  { prepared, table }: Refill,
  { columns }: IncomingKey,
): Promise<void> {
  const keys = columns.map((name) => quoteIdentifier(name));
  const [result] = await session.run(
    `select count(*)::text from (
       select from ${prepared.staging.sql} where ${keys.map((key) => `${key} is not null`).join(' and ')}
       group by ${keys.join(', ')} having count(*) > 1
     ) twice`,
    { action: `look for keys that come twice in ${prepared.staging.sql}` },
  );
  const twice = result?.rows[0]?.[0];
  if (twice === '0') return;
  throw new DatacookError(
    'DATA',
    `${twice} keys (${columns.join(', ')}) come twice among the rows for ${table.sql}, where they are unique.`,
    {
      hint: 'Nothing was changed. Leave the doubles out, or load by merge.',
      details: { keys: Number(twice) },
    },
  );
}
