import { DatacookError, type WriteMode } from '@datacook/core';
import { quoteIdentifier } from '@datacook/toolkit';
import type { Session } from '../connection/session.js';
import type { TableName, TargetTable } from './target-table.js';

const NEEDED: { readonly [mode in WriteMode]: readonly string[] } = {
  append: ['insert'],
  merge: ['select', 'insert', 'update'],
  replace: ['select', 'insert', 'delete'],
};

/** Some of these may be granted for columns; then the server judges when they are used. */
const HAS = `select p::text from pg_catalog.unnest($2::text[]) with ordinality as u (p, at)
where not case p when 'delete' then pg_catalog.has_table_privilege($1::oid, p)
  else pg_catalog.has_any_column_privilege($1::oid, p) end order by at`;

/** Throws AUTH where the role may not do to a table what a load will end with: better before it has begun. */
export async function requireTableRights(
  session: Session,
  table: TargetTable,
  mode: WriteMode,
  role: string,
): Promise<void> {
  const { rows } = await session.query(HAS, [String(table.oid), `{${NEEDED[mode].join(',')}}`], {
    action: `look at the rights on ${table.sql}`,
  });
  if (rows.length === 0) return;
  const missing = rows.map(([right]) => right).join(', ');
  throw new DatacookError('AUTH', `The role ${role} lacks a right on ${table.sql}: ${missing}.`, {
    hint: `A load by ${mode} needs it: grant ${missing} on ${table.sql} to ${quoteIdentifier(role)}.`,
    details: { table: table.sql },
  });
}

/** Throws AUTH where the role may not make a table in a schema that is there. */
export async function requireSchemaRights(session: Session, table: TableName, role: string): Promise<void> {
  const { rows } = await session.query(
    `select pg_catalog.has_schema_privilege($1::text, 'create')::text`,
    [table.schema],
    { action: `look at the rights on the schema ${table.schema}` },
  );
  if (rows[0]?.[0] === 'true') return;
  const schema = quoteIdentifier(table.schema);
  throw new DatacookError('AUTH', `The role ${role} may not make tables in the schema ${table.schema}.`, {
    hint: `Create the table for the role, or let the role: grant create on schema ${schema} to ${quoteIdentifier(role)}.`,
    details: { table: table.sql },
  });
}
