import { DatacookError } from '@datacook/core';
import type { Session } from '../connection/session.js';
import type { UserText } from '../errors.js';
import type { PgColumn } from '../types/pg-column.js';
import { resolveColumns } from '../types/resolve-columns.js';
import type { Relation } from './relation.js';

/** A column that can be selected, with what conditions on it need. */
export interface StreamColumn extends PgColumn {
  /** The type that a literal is cast to: without length or precision, which would cut it off. */
  readonly castType: string;
  /** This user may read it. */
  readonly isReadable: boolean;
}

/** Columns that tell the rows apart, none of them NULL. */
export interface Key {
  readonly columns: readonly string[];
  readonly isPrimary: boolean;
}

/** What is read: a table or a query. */
export interface Stream {
  /** Undefined: a query. */
  readonly relation?: Relation;
  /** What stands behind FROM; its alias is `t`. */
  readonly from: string;
  /** The recipe's condition, in parentheses. */
  readonly where?: string;
  /** What the user wrote of it. */
  readonly parts: readonly UserText[];
  readonly columns: readonly StreamColumn[];
  /** The best first: the primary one, then those of NOT NULL columns under a unique index. */
  readonly keys: readonly Key[];
  /** Columns of which no two rows have the same value, NULL aside. */
  readonly uniqueColumns: readonly string[];
}

/** Not a constraint that the rows from before it need not keep (`NOT VALID`, PostgreSQL 18). */
const NOT_NULL = `(a.attnotnull and not exists (select from pg_catalog.pg_constraint n
  where n.conrelid = a.attrelid and n.contype = 'n' and not n.convalidated and a.attnum = any (n.conkey)))`;

const COLUMNS = `select a.attname::text, a.atttypid::text, a.atttypmod::text, ${NOT_NULL}::text,
  pg_catalog.format_type(a.atttypid, -1),
  pg_catalog.has_column_privilege(a.attrelid, a.attnum, 'select')::text
from pg_catalog.pg_attribute a
where a.attrelid = $1::oid and a.attnum > 0 and not a.attisdropped order by a.attnum`;

/**
 * Unique indexes that hold at every moment and for every row, and compare values as the columns do: an index of
 * another collation would take two values for different that ORDER BY takes for equal.
 */
const KEYS = `select x.indisprimary::text, x.isnotnull::text, x.names::text
from (
  select i.indisprimary, i.indexrelid,
    bool_and(${NOT_NULL}) as isnotnull,
    bool_and(i.indcollation[k.at - 1] = a.attcollation and o.opcdefault) as isplain,
    json_agg(a.attname order by k.at) as names, count(*) as width
  from pg_catalog.pg_index i
  join pg_catalog.pg_class c on c.oid = i.indexrelid
  join pg_catalog.pg_am m on m.oid = c.relam and m.amname = 'btree'
  cross join lateral unnest(i.indkey::int2[]) with ordinality as k (attnum, at)
  join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
  join pg_catalog.pg_opclass o on o.oid = i.indclass[k.at - 1]
  where i.indrelid = $1::oid and i.indisunique and i.indisvalid and i.indisready and i.indimmediate
    and i.indpred is null and i.indexprs is null and k.at <= i.indnkeyatts
  group by i.indisprimary, i.indexrelid
) x
where x.isplain order by x.indisprimary desc, x.width, x.indexrelid`;

/**
 * Describes a relation as the session's snapshot has it. Throws CONFIG for column types that can't be, and where the
 * server refuses the condition.
 */
export async function describeRelation(
  session: Session,
  relation: Relation,
  where: string | undefined,
  overrides: Readonly<Record<string, string>>,
): Promise<Stream> {
  const action = `describe ${relation.schema}.${relation.name}`;
  const oid = [String(relation.oid)];
  const { rows } = await session.query(COLUMNS, oid, { action });
  const described = rows.map(([name, type, typmod, notNull]) => ({
    name: name!,
    oid: Number(type),
    typmod: Number(typmod),
    // Tables that inherit need not keep it, and a foreign server checks nothing.
    nullable: notNull !== 'true' || relation.hasChildren || relation.kind === 'foreign table',
  }));
  const resolved = await resolveColumns(queryOf(session, action), described, overrides);
  const columns = resolved.map((column, index) => {
    const [, , , , castType, isReadable] = rows[index]!;
    return { ...column, castType: castType!, isReadable: isReadable === 'true' };
  });
  if (columns.length > 0 && !columns.some(({ isReadable }) => isReadable))
    throw new DatacookError('AUTH', `This user may not read ${relation.schema}.${relation.name}.`, {
      hint: `Grant it: grant select on ${relation.sql} to the user.`,
      details: { table: `${relation.schema}.${relation.name}` },
    });
  const keys = await findKeys(session, relation, columns, action);
  const parts = where === undefined ? [] : [{ option: 'where', text: where }];
  const from = `${relation.sql} as t`;
  if (where !== undefined)
    await tryStatement(session, `select 1 from ${from} where ${enclosed(where)}`, parts);
  return {
    relation,
    from,
    ...(where === undefined ? {} : { where: enclosed(where) }),
    parts,
    columns,
    ...keys,
  };
}

/** Describes a query. Throws CONFIG if it is none, DATA if two of its columns have one name. */
export async function describeQuery(
  session: Session,
  query: string,
  where: string | undefined,
  overrides: Readonly<Record<string, string>>,
): Promise<Stream> {
  const text = query.replace(/(?:\s|;)+$/, '');
  const parts = [
    { option: 'query', text },
    ...(where === undefined ? [] : [{ option: 'where', text: where }]),
  ];
  const from = `${enclosed(text)} as t`;
  const condition = where === undefined ? '' : ` where ${enclosed(where)}`;
  const fields = await tryStatement(session, `select t.* from ${from}${condition}`, parts);
  const names = fields.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new DatacookError('CONFIG', `The query has two columns ${JSON.stringify(twice)}.`, {
      hint: 'Name each column differently, by `as`.',
      details: { column: twice },
    });
  const described = fields.map(({ name, dataTypeID, dataTypeModifier }) => ({
    name,
    oid: dataTypeID,
    typmod: dataTypeModifier,
    nullable: true,
  }));
  const ask = queryOf(session, 'describe the query');
  const resolved = await resolveColumns(ask, described, overrides);
  const types = await ask(
    'select pg_catalog.format_type(o, -1) from unnest($1::oid[]) with ordinality as u (o, at) order by at',
    [`{${described.map(({ oid }) => oid).join(',')}}`],
  );
  return {
    from,
    ...(where === undefined ? {} : { where: enclosed(where) }),
    parts,
    columns: resolved.map((column, index) => ({
      ...column,
      castType: types[index]![0]!,
      isReadable: true,
    })),
    keys: [],
    uniqueColumns: [],
  };
}

/** Lets the server judge what the user wrote, as one statement that reads no row. */
async function tryStatement(session: Session, sql: string, parts: readonly UserText[]) {
  const statement = `${sql} limit 0`;
  const action = `run ${parts.map(({ option }) => option).join(' and ')}`;
  const { fields } = await session.query(statement, [], { action, statement, parts });
  return fields;
}

/** In parentheses, whatever comment it ends with. */
function enclosed(sql: string): string {
  return `(\n${sql}\n)`;
}

async function findKeys(
  session: Session,
  { oid, kind, hasChildren }: Relation,
  columns: readonly StreamColumn[],
  action: string,
): Promise<Pick<Stream, 'keys' | 'uniqueColumns'>> {
  // An index doesn't reach into the tables that inherit from it.
  if (kind === 'foreign table' || kind === 'view' || hasChildren) return { keys: [], uniqueColumns: [] };
  const { rows } = await session.query(KEYS, [String(oid)], { action });
  const keys = rows.map(([isPrimary, isNotNull, names]) => ({
    isPrimary: isPrimary === 'true',
    isNotNull: isNotNull === 'true',
    columns: JSON.parse(names!) as readonly string[],
  }));
  const isReadable = (name: string) => columns.some((column) => column.name === name && column.isReadable);
  return {
    keys: keys
      .filter((key) => key.isNotNull && key.columns.every(isReadable))
      .map(({ columns: names, isPrimary }) => ({ columns: names, isPrimary })),
    uniqueColumns: keys.flatMap((each) => (each.columns.length === 1 ? each.columns : [])),
  };
}

function queryOf(session: Session, action: string) {
  return async (sql: string, values: unknown[] = []) => {
    const { rows } = await session.query(sql, values, { action });
    return rows as (string | null)[][];
  };
}
