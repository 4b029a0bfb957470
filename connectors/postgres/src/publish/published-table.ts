import { DatacookError } from '@datacook/core';
import type { Session } from '../connection/session.js';
import { describeTarget } from '../types/describe-target.js';
import type { TargetColumn } from '../types/target-column.js';
import type { TableName, TargetTable } from '../write/target-table.js';

/** A table that a load is published to, as it is now. */
export interface PublishedTable extends TargetTable {
  /** Columns `generated always as identity`: an UPDATE can't set them. */
  readonly alwaysIdentity: ReadonlySet<string>;
}

const FACTS = `select c.oid::text, c.relkind::text,
  exists (select from pg_catalog.pg_rewrite r where r.ev_class = c.oid)::text,
  exists (select from pg_catalog.pg_inherits i where i.inhparent = c.oid and c.relkind <> 'p')::text,
  pg_catalog.row_security_active(c.oid)::text
from pg_catalog.pg_class c where c.oid = pg_catalog.to_regclass($1)`;

const ALWAYS_IDENTITY = `select a.attname::text from pg_catalog.pg_attribute a
where a.attrelid = $1::oid and a.attidentity = 'a' and not a.attisdropped`;

/**
 * Looks a table up; undefined: there is none. Throws SCHEMA for what isn't a table, and UNSUPPORTED for a table on
 * which rows can't be put in the place of others as if it had just these: one with rules, with children that inherit
 * from it, or with policies that hide rows from this role.
 */
export async function findPublished(session: Session, table: TableName): Promise<PublishedTable | undefined> {
  const place = { action: `look at ${table.sql}` };
  const { rows } = await session.query(FACTS, [table.sql], place);
  const [row] = rows;
  if (row === undefined) return undefined;
  const [oid, relkind, hasRules, hasChildren, hidesRows] = row as string[];
  if (relkind !== 'r' && relkind !== 'p')
    throw new DatacookError('SCHEMA', `${table.sql} is no table; rows can't be loaded into it.`, {
      hint: 'Name a table.',
    });
  if (hasRules === 'true')
    throw unsupported(table, 'has rules, which rewrite what is done to it', 'Use triggers instead of rules');
  if (hasChildren === 'true')
    throw unsupported(
      table,
      'has tables that inherit from it, whose rows are read with its own',
      'Make it a partitioned table',
    );
  if (hidesRows === 'true')
    throw unsupported(
      table,
      'has row security policies that hold for this user: rows that it may not see would be left or doubled',
      "Load as the table's owner (without FORCE ROW LEVEL SECURITY) or as a role with BYPASSRLS",
    );
  const identity = await session.query(ALWAYS_IDENTITY, [oid], place);
  return {
    ...table,
    oid: Number(oid),
    kind: relkind === 'p' ? 'partitioned table' : 'table',
    columns: await describeTarget(session, Number(oid)),
    alwaysIdentity: new Set(identity.rows.map(([name]) => name!)),
  };
}

function unsupported(table: TableName, why: string, hint: string): DatacookError {
  return new DatacookError('UNSUPPORTED', `${table.sql} ${why}.`, {
    hint: `${hint}, or load into another table, or by append.`,
  });
}

/**
 * Keeps other writers out until the transaction ends, readers not: what the next statement sees is all there is.
 * Waits as long as `lock_timeout` says.
 */
export async function lockAgainstWriters(session: Session, table: TableName): Promise<void> {
  await session.run(`lock table ${table.sql} in share row exclusive mode`, {
    action: `keep other writers out of ${table.sql}`,
  });
}

/** The columns of these names, in this order. Throws SCHEMA for one that the table lacks, or that can't be written. */
export function columnsOf(table: TargetTable, names: readonly string[]): readonly TargetColumn[] {
  return names.map((name) => {
    const column = table.columns.find((each) => each.name === name);
    if (column === undefined) throw changedMeanwhile(table, name, "isn't there any more");
    if (column.isGenerated)
      throw new DatacookError(
        'SCHEMA',
        `Column "${name}" of ${table.sql} is generated from others; it can't be written.`,
        { hint: 'Leave it out with drop_columns.', details: { column: name } },
      );
    return column;
  });
}

export function changedMeanwhile(table: TableName, column: string, how: string): DatacookError {
  return new DatacookError(
    'SCHEMA',
    `The table ${table.sql} was changed while it was loaded: the column "${column}" ${how}.`,
    { hint: 'Run again: it goes on with the table as it is now.', details: { column } },
  );
}

export function tableIsGone(table: TableName): DatacookError {
  return new DatacookError('SCHEMA', `The table ${table.sql} was dropped while it was loaded.`, {
    hint: 'The staged rows are kept. Run again: the table is made anew, and gets the rows of this load; or load all with --full-refresh.',
  });
}
