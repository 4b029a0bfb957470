import { DatacookError } from '@datacook/core';
import { parseTableName, quoteIdentifier } from '@datacook/toolkit';
import { relationText } from '../catalog/relation.js';
import type { Session } from '../connection/session.js';
import { describeTarget } from '../types/describe-target.js';
import { MAX_NAME_BYTES, type TableName, tableName } from './names.js';
import type { TargetTable } from './target-table.js';

const VISIBLE = `select n.nspname::text, c.relname::text
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.oid = pg_catalog.to_regclass($1)`;

const FIND = `select c.oid::text, c.relkind::text, pg_catalog.row_security_active(c.oid)::text
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relname = $2`;

const OWN_SCHEMAS: readonly string[] = ['pg_catalog', 'information_schema', 'pg_toast'];

/**
 * The table that a recipe names: of one part it is what is found along the search path, else it belongs to the
 * current schema. It need not exist. Throws CONFIG for a name that can't be one of a target.
 */
export async function resolveTarget(session: Session, text: string): Promise<TableName> {
  const parts = parseTableName(text);
  if (parts.length > 2)
    throw new DatacookError('CONFIG', `The table ${text} has more parts than schema and name.`, {
      hint: 'Write table or schema.table, and quote a part that has a dot in it. The connection says the database.',
    });
  for (const part of parts) checkPart(text, part);
  const [name = '', schema] = [...parts].reverse();
  const found = schema === undefined ? await alongPath(session, text, name) : tableName(schema, name);
  if (OWN_SCHEMAS.includes(found.schema))
    throw new DatacookError('CONFIG', `${found.sql} is one of the server's own tables.`, {
      hint: 'Write the name with its schema, as in public.orders.',
    });
  return found;
}

function checkPart(text: string, part: string): void {
  if (part.startsWith('_datacook_'))
    throw new DatacookError(
      'CONFIG',
      `The name ${text} is taken: tables named _datacook_… are datacook's own.`,
      { hint: 'Choose another name.' },
    );
  const bytes = Buffer.byteLength(part);
  if (bytes > MAX_NAME_BYTES)
    throw new DatacookError(
      'CONFIG',
      `The name ${part} has ${bytes} bytes; Postgres keeps ${MAX_NAME_BYTES} and cuts off the rest.`,
      { hint: 'Choose a shorter name. Letters beyond ASCII take two bytes or more.' },
    );
}

async function alongPath(session: Session, text: string, name: string): Promise<TableName> {
  const action = `look for the table ${text}`;
  const { rows } = await session.query(VISIBLE, [quoteIdentifier(name)], { action });
  const [found] = rows;
  if (found !== undefined) return tableName(found[0]!, found[1]!);
  const [current] = (await session.query('select pg_catalog.current_schema()::text', [], { action })).rows;
  const schema = current?.[0];
  if (schema === null || schema === undefined)
    throw new DatacookError('CONFIG', `${text} has no schema, and none of the search path exists.`, {
      hint: 'Write the name with its schema, as in public.orders.',
    });
  return tableName(schema, name);
}

/** The table of that name; undefined: there is none. Throws SCHEMA, UNSUPPORTED for what rows can't be loaded into. */
export async function findTarget(session: Session, name: TableName): Promise<TargetTable | undefined> {
  const { rows } = await session.query(FIND, [name.schema, name.name], {
    action: `look for the table ${name.sql}`,
  });
  const [row] = rows;
  if (row === undefined) return undefined;
  const [oid, relkind, hasPolicies] = row as string[];
  if (relkind !== 'r' && relkind !== 'p')
    throw new DatacookError(
      'SCHEMA',
      `${name.sql} is ${relationText(relkind!)}; rows can't be loaded into it.`,
      {
        hint: 'Name a table, or another name, under which one is made.',
      },
    );
  if (hasPolicies === 'true')
    throw new DatacookError(
      'UNSUPPORTED',
      `Policies of row security stand between this role and ${name.sql}.`,
      {
        hint: 'Rows go in by COPY, which the server refuses then. Load as the owner of the table, or as a role with bypassrls.',
      },
    );
  const columns = await describeTarget(session, Number(oid));
  return { ...name, oid: Number(oid), kind: relkind === 'r' ? 'table' : 'partitioned table', columns };
}
