import type { Session } from '../connection/session.js';
import type { TargetColumn } from '../types/target-column.js';
import { refersToItself } from './incoming-keys.js';
import type { PublishedTable } from './published-table.js';

/** `indnullsnotdistinct` and INCLUDE columns don't matter: keys are never NULL, and the latter come after the key. */
const UNIQUE = `select exists (
  select from pg_catalog.pg_index i
  where i.indrelid = $1::oid and i.indisunique and i.indimmediate and i.indisvalid and i.indisready
    and i.indpred is null and i.indexprs is null
    and (select pg_catalog.array_agg(a.attname::text order by a.attname::text)
         from pg_catalog.generate_series(0, i.indnkeyatts - 1) at
         join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[at]
           and a.attcollation = i.indcollation[at])
      = (select pg_catalog.array_agg(k order by k) from pg_catalog.unnest($2::text[]) k)
)::text`;

/** Whether the server itself keeps these columns unique, at once and for all rows: by an index over just them. */
export async function hasUniqueKey(
  session: Session,
  table: PublishedTable,
  keys: readonly string[],
): Promise<boolean> {
  const { rows } = await session.query(UNIQUE, [table.oid, keys], {
    action: `look at the indexes of ${table.sql}`,
  });
  return rows[0]?.[0] === 'true';
}

/** `tgtype` says by its bit 8 that a trigger is for DELETE. */
const PRIMARY = `select (select pg_catalog.json_agg(a.attname::text order by a.attnum)
  from pg_catalog.pg_attribute a
  where a.attrelid = i.indrelid and a.attnum = any ((i.indkey::int2[])[0:i.indnkeyatts - 1]))::text,
  exists (select from pg_catalog.pg_trigger t
    where not t.tgisinternal and t.tgtype & 8 <> 0 and (t.tgrelid = i.indrelid
      or t.tgrelid in (select p.relid from pg_catalog.pg_partition_tree(i.indrelid) p)))::text
from pg_catalog.pg_index i where i.indrelid = $1::oid and i.indisprimary and i.indisvalid and i.indimmediate`;

/**
 * The primary key by which a replace can tell which rows stay as they are. Undefined: there is none, or the load lacks
 * columns, which would have to get their default, or a trigger has a say in what is deleted, or rows that stay may
 * refer to such as are deleted to come again.
 *
 * @param columns Those that the load brings.
 */
export async function steadyKey(
  session: Session,
  table: PublishedTable,
  columns: readonly TargetColumn[],
): Promise<readonly string[] | undefined> {
  const brought = new Set(columns.map(({ name }) => name));
  if (table.columns.some(({ name, isGenerated }) => !isGenerated && !brought.has(name))) return undefined;
  if (await refersToItself(session, table)) return undefined;
  const { rows } = await session.query(PRIMARY, [table.oid], {
    action: `look at the primary key of ${table.sql}`,
  });
  const [key, isTriggered] = rows[0] ?? [];
  return key == null || isTriggered === 'true' ? undefined : (JSON.parse(key) as string[]);
}
