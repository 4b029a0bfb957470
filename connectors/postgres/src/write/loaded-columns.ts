import { quoteLiteral } from '@datacook/toolkit';
import type { Session } from '../connection/session.js';
import type { TableName } from './names.js';

const COMMENT = `select pg_catalog.obj_description(c.oid, 'pg_class')
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relname = $2`;

/** The columns that the committed epochs of a load have brought. */
export async function loadedColumns(session: Session, staging: TableName): Promise<ReadonlySet<string>> {
  const { rows } = await session.query(COMMENT, [staging.schema, staging.name], {
    action: `look at ${staging.sql}`,
  });
  return new Set(JSON.parse(rows[0]?.[0] ?? '[]') as string[]);
}

/**
 * Remembers which columns a load has brought so far, beside its staged rows and in their transaction: a column of the
 * table that it never brings is left alone, one that is NULL in all its rows is not. It belongs to the end of a
 * commit, since it waits for other transactions that do the same.
 *
 * @returns All columns that were brought.
 */
export async function noteLoaded(
  session: Session,
  staging: TableName,
  brought: Iterable<string>,
): Promise<ReadonlySet<string>> {
  const before = await loadedColumns(session, staging);
  const all = new Set([...before, ...brought]);
  if (all.size > before.size)
    await session.run(`comment on table ${staging.sql} is ${quoteLiteral(JSON.stringify([...all]))}`, {
      action: `write to ${staging.sql}`,
    });
  return all;
}
