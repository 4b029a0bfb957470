import type { Session } from '../connection/session.js';
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
