import type { Session } from '../connection/session.js';
import type { PublishedTable } from './published-table.js';

/** A foreign key of another table, by name, and what it refers to. */
export interface IncomingKey {
  /** As `orders_customer_fkey of public.orders`. */
  readonly shown: string;
  readonly columns: readonly string[];
}

/** The table and its partitions. */
const TREE = `with tree as (
  select $1::oid as relid union select p.relid from pg_catalog.pg_partition_tree($1::oid::regclass) p
)`;

/** Those to the primary key come first. */
const INCOMING = `${TREE}
select pg_catalog.format('%I of %s', k.conname, k.conrelid::regclass),
  (select pg_catalog.json_agg(a.attname::text order by at.place)
   from pg_catalog.unnest(k.confkey) with ordinality at(attnum, place)
   join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = at.attnum)::text
from pg_catalog.pg_constraint k
where k.contype = 'f' and k.confrelid in (select relid from tree) and k.conrelid not in (select relid from tree)
order by not exists (select from pg_catalog.pg_index i where i.indexrelid = k.conindid and i.indisprimary), k.conname`;

/** The foreign keys of other tables that point at this one, or at a partition of it. */
export async function incomingKeys(session: Session, table: PublishedTable): Promise<readonly IncomingKey[]> {
  const { rows } = await session.query(INCOMING, [table.oid], {
    action: `look for foreign keys that point at ${table.sql}`,
  });
  return rows.map(([shown, columns]) => ({
    shown: shown!,
    columns: JSON.parse(columns ?? '[]') as string[],
  }));
}

const OWN = `${TREE}
select exists (
  select from pg_catalog.pg_constraint k
  where k.contype = 'f' and k.confrelid in (select relid from tree) and k.conrelid in (select relid from tree)
)::text`;

/** Whether rows of the table refer to others of it, by a foreign key. */
export async function refersToItself(session: Session, table: PublishedTable): Promise<boolean> {
  const { rows } = await session.query(OWN, [table.oid], {
    action: `look for foreign keys of ${table.sql} to itself`,
  });
  return rows[0]?.[0] === 'true';
}
