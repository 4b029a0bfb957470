import { quoteIdentifier } from '@datacook/toolkit';
import type { Session } from '../connection/session.js';
import type { Prepared } from '../write/prepared.js';
import { ORDER_COLUMN } from './staging.js';

/**
 * Leaves one staged row a key: the last that came; with `mergeOrder` the one with the greatest value in it, of equal
 * ones the last, and one with NULL only where there is no other. Keys are equal where the server's `=` says so. Where
 * no key comes twice, to count them is all it costs.
 *
 * @returns How many rows are left.
 */
export async function reduceToLast(
  session: Session,
  { target, staging }: Pick<Prepared, 'target' | 'staging'>,
): Promise<number> {
  const keys = target.mergeKeys.map((name) => quoteIdentifier(name)).join(', ');
  const action = `look for the last rows of each key in ${staging.sql}`;
  // Only what is joined by needs statistics: a tenth of the time that all columns would take.
  const results = await session.run(
    `analyze ${staging.sql} (${keys});
     select coalesce(sum(g.rows), 0)::text, count(*)::text
     from (select count(*) as rows from ${staging.sql} group by ${keys}) g`,
    { action },
  );
  const [rows, distinct] = results.at(-1)!.rows[0] as string[];
  if (rows === distinct) return Number(rows);
  const order = [
    ...(target.mergeOrder === undefined ? [] : [`${quoteIdentifier(target.mergeOrder)} desc nulls last`]),
    `${quoteIdentifier(ORDER_COLUMN)} desc`,
  ].join(', ');
  await session.run(
    `delete from ${staging.sql} s using (
       select ctid as place, row_number() over (partition by ${keys} order by ${order}) as rank
       from ${staging.sql}
     ) d where s.ctid = d.place and d.rank > 1`,
    { action },
  );
  return Number(distinct);
}
