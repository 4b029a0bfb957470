import { DatacookError } from '@datacook/core';
import { nearest, quoteIdentifier } from '@datacook/toolkit';
import type { Session } from '../connection/session.js';

/** What a table's name may stand for. */
export type RelationKind = 'table' | 'partitioned table' | 'view' | 'materialized view' | 'foreign table';

/** A relation that can be read. */
export interface Relation {
  readonly oid: number;
  readonly kind: RelationKind;
  readonly schema: string;
  readonly name: string;
  /** Quoted, with its schema. */
  readonly sql: string;
  /** Other tables inherit from it, and are read with it. */
  readonly hasChildren: boolean;
  /** All of its columns may be read, those of the system as well. */
  readonly isReadable: boolean;
  /** Policies hide rows from this role. */
  readonly hidesRows: boolean;
}

const KINDS: { readonly [relkind: string]: RelationKind } = {
  r: 'table',
  p: 'partitioned table',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
};

const OTHERS: { readonly [relkind: string]: string } = {
  c: 'a type',
  i: 'an index',
  I: 'an index',
  S: 'a sequence',
  t: 'a TOAST table',
};

/** What a relation of `pg_class` is, for a message: `a view`, `an index`. */
export function relationText(relkind: string): string {
  const kind = KINDS[relkind];
  return kind === undefined ? (OTHERS[relkind] ?? 'no table') : `a ${kind}`;
}

const FIND = `select c.oid::text, c.relkind::text, n.nspname::text, c.relname::text,
  exists (select from pg_catalog.pg_inherits i where i.inhparent = c.oid and c.relkind <> 'p')::text,
  pg_catalog.has_table_privilege(c.oid, 'select')::text, pg_catalog.row_security_active(c.oid)::text
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.oid = pg_catalog.to_regclass($1)`;

const NAMES = `select n.nspname::text, c.relname::text, pg_catalog.pg_table_is_visible(c.oid)::text
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
limit 10000`;

/**
 * The relation that a table's name stands for: of one part it is looked for along the search path. Throws NOT_FOUND
 * with what may be meant, AUTH, UNSUPPORTED.
 */
export async function findRelation(session: Session, parts: readonly string[]): Promise<Relation> {
  const shown = parts.join('.');
  const name = parts.map((part) => quoteIdentifier(part)).join('.');
  const { rows } = await session.query(FIND, [name], { action: `look for the table ${shown}` });
  const [row] = rows;
  if (row === undefined) throw await missing(session, parts, shown);
  const [oid, relkind, schema, relation, hasChildren, isReadable, hidesRows] = row as string[];
  const kind = KINDS[relkind!];
  if (kind === undefined)
    throw new DatacookError('UNSUPPORTED', `${shown} is ${relationText(relkind!)}.`, {
      hint: 'Name a table, view, materialized view or foreign table.',
    });
  return {
    oid: Number(oid),
    kind,
    schema: schema!,
    name: relation!,
    sql: `${quoteIdentifier(schema!)}.${quoteIdentifier(relation!)}`,
    hasChildren: hasChildren === 'true',
    isReadable: isReadable === 'true',
    hidesRows: hidesRows === 'true',
  };
}

async function missing(session: Session, parts: readonly string[], shown: string): Promise<DatacookError> {
  const { rows } = await session.query(NAMES, [], { action: 'list the tables' });
  const known = rows.map(([schema, name, isVisible]) => ({
    schema: schema!,
    name: name!,
    isVisible: isVisible === 'true',
  }));
  const [table = '', schema] = [...parts].reverse();
  const details = { table: shown };
  if (schema !== undefined && !known.some((other) => other.schema === schema)) {
    const near = nearest(schema, new Set(known.map((other) => other.schema)));
    return new DatacookError(
      'NOT_FOUND',
      `There is no schema ${schema} with tables that this user can see.`,
      {
        hint: near.length > 0 ? `Is ${near.join(' or ')} meant?` : 'Check its name, and the database.',
        details,
      },
    );
  }
  const elsewhere = known.filter((other) => other.name === table).map((other) => `${other.schema}.${table}`);
  const near = nearest(
    table,
    known
      .filter((other) => (schema === undefined ? other.isVisible : other.schema === schema))
      .map(({ name }) => name),
  );
  const meant = [...elsewhere.slice(0, 3), ...near];
  return new DatacookError('NOT_FOUND', `There is no table ${shown}.`, {
    hint:
      meant.length > 0
        ? `Is ${meant.join(' or ')} meant?`
        : 'Check the name with its schema, the database, and that this user may use the schema.',
    details,
  });
}
