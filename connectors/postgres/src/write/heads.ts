import { DatacookError, type DataType, type Head, isDatacookError, type Json } from '@datacook/core';
import { sameType } from '@datacook/toolkit';
import type { Session } from '../connection/session.js';
import { columnTypeOf, type TargetColumn } from '../types/target-column.js';
import { type TableName, tableName } from './names.js';
import type { TargetTable } from './target-table.js';
import { conflict, sqlState } from './write-errors.js';

/** The format of the rows of `_datacook_heads`. A greater one was written by a newer datacook. */
const FORMAT = 1;

const EXISTS = `select c.relkind::text
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where n.nspname = $1 and c.relname = $2`;

/** A head's row as it lies there. */
export interface HeadRow {
  readonly version: number;
  readonly state?: Json;
  readonly types: Types;
}

/** Our own types of columns that the server's say too little of (`uint64` in a numeric(20,0)), by column. */
type Types = { readonly [column: string]: DataType };

export function headsTable(schema: string): TableName {
  return tableName(schema, '_datacook_heads');
}

/** The columns of `_datacook_heads`. */
export const HEADS_COLUMNS = `key text primary key, version bigint not null, owner text, target text, state text,
  types text, format integer not null, updated_at timestamp with time zone`;

/** Whether there is a table of heads. Throws DATA if something else bears its name. */
export async function headsExist(session: Session, heads: TableName): Promise<boolean> {
  const { rows } = await session.query(EXISTS, [heads.schema, heads.name], {
    action: `look for ${heads.sql}`,
  });
  const kind = rows[0]?.[0];
  if (kind === undefined) return false;
  if (kind === 'r') return true;
  throw notOurs(heads, 'it is no plain table');
}

function notOurs(heads: TableName, why: string, cause?: unknown): DatacookError {
  return new DatacookError('DATA', `${heads.sql} isn't what datacook keeps its heads in: ${why}.`, {
    hint: 'Rename it, or set internal_schema to another schema.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Asks the table of heads. Throws DATA if its columns aren't those that are to be there. */
async function ask(session: Session, heads: TableName, sql: string, values: unknown[], action: string) {
  try {
    return (await session.query(sql, values, { action })).rows;
  } catch (error) {
    if (sqlState(error) === '42703') throw notOurs(heads, (error as Error).message, error);
    if (sqlState(error) === '42501' && isDatacookError(error)) throw noRights(heads, error);
    throw error;
  }
}

function noRights(heads: TableName, error: DatacookError): DatacookError {
  return new DatacookError('AUTH', error.message, {
    hint: `Let the role use it: grant select, insert, update on ${heads.sql}. Or set internal_schema to a schema of its own.`,
    details: error.details,
    cause: error,
  });
}

/** Throws DATA for heads in a format that isn't known. */
export async function checkFormat(session: Session, heads: TableName): Promise<void> {
  const sql = `select max(format)::text from ${heads.sql}`;
  const [row] = await ask(session, heads, sql, [], `read ${heads.sql}`);
  const format = Number(row?.[0] ?? FORMAT);
  if (format <= FORMAT) return;
  throw new DatacookError(
    'DATA',
    `${heads.sql} was written by a newer datacook (format ${format}; this one knows ${FORMAT}).`,
    { hint: 'Upgrade @datacook/connector-postgres.' },
  );
}

/** Adds 1 to the head's version, or makes the head. The answer is the head as it is then. */
export async function bumpHead(
  session: Session,
  heads: TableName,
  key: string,
  owner: string,
  target: TableName,
): Promise<HeadRow> {
  const sql = `insert into ${heads.sql} as h (key, version, owner, target, format, updated_at)
values ($1, 1, $2, $3, ${FORMAT}, pg_catalog.now())
on conflict (key) do update set version = h.version + 1, owner = excluded.owner, updated_at = excluded.updated_at
returning version::text, state, types`;
  const [row] = await ask(session, heads, sql, [key, owner, target.sql], `claim ${key}`);
  return headRow(key, heads, row!);
}

function headRow(
  key: string,
  heads: TableName,
  [version, state, types]: readonly (string | null)[],
): HeadRow {
  const known = parse(key, heads, 'state', state);
  return {
    version: Number(version),
    ...(known === undefined ? {} : { state: known }),
    types: (parse(key, heads, 'types', types) ?? {}) as unknown as Types,
  };
}

function parse(
  key: string,
  heads: TableName,
  what: string,
  text: string | null | undefined,
): Json | undefined {
  if (text === null || text === undefined) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw new DatacookError('DATA', `The ${what} of ${key} in ${heads.sql} is no JSON.`, {
      hint: 'It was changed by hand. Restore the row from a copy, or set it by `datacook state`.',
      details: { key },
      cause,
    });
  }
}

/** The heads that speak of a target, and the one of a key, wherever it points to. */
export interface Heads {
  readonly own?: HeadRow;
  readonly others: readonly (HeadRow & { readonly key: string })[];
}

/** Reads heads; there are none without a table of them. */
export async function readHeads(
  session: Session,
  heads: TableName,
  key: string,
  target: TableName,
): Promise<Heads> {
  if (!(await headsExist(session, heads))) return { others: [] };
  await checkFormat(session, heads);
  const sql = `select key, version::text, state, types from ${heads.sql} where key = $1 or target = $2 order by key`;
  const rows = await ask(session, heads, sql, [key, target.sql], `read ${heads.sql}`);
  const all = rows.map(([name, ...row]) => ({ key: name!, ...headRow(name!, heads, row) }));
  const own = all.find((head) => head.key === key);
  return { ...(own === undefined ? {} : { own }), others: all.filter((head) => head.key !== key) };
}

/** The head as the engine sees it. */
export function toHead(own: HeadRow | undefined, { others }: Heads, table: TargetTable | undefined): Head {
  return {
    version: own?.version ?? 0,
    ...(own?.state === undefined ? {} : { state: own.state }),
    ...(table === undefined ? {} : { table: { fields: fieldsOf(table, [own, ...others]) } }),
    ...(others.length === 0
      ? {}
      : { others: others.map(({ key, state }) => ({ key, ...(state === undefined ? {} : { state }) })) }),
  };
}

/** The columns that rows can be loaded into. Types are our own where the table's are still what we made of them. */
function fieldsOf(table: TargetTable, rows: readonly (HeadRow | undefined)[]) {
  return table.columns
    .filter(({ isGenerated }) => !isGenerated)
    .map((column) => ({
      name: column.name,
      type: ownType(column, rows) ?? column.type,
      nullable: column.nullable,
      nativeType: column.nativeType,
    }));
}

function ownType(column: TargetColumn, rows: readonly (HeadRow | undefined)[]): DataType | undefined {
  return rows
    .map((row) =>
      row !== undefined && Object.hasOwn(row.types, column.name) ? row.types[column.name] : undefined,
    )
    .find((type) => type !== undefined && sameType(columnTypeOf(type).type, column.type));
}

/**
 * Throws CONFLICT unless the head is at this version. Locks nothing: it only spares a run that was overtaken, and all
 * others, what it would do in vain.
 */
export async function requireVersion(
  session: Session,
  heads: TableName,
  { key, expected }: { readonly key: string; readonly expected: number },
): Promise<void> {
  const version = await headVersion(session, heads, key);
  if (version !== expected) throw conflict(key, expected, version);
}

async function headVersion(session: Session, heads: TableName, key: string): Promise<number> {
  const sql = `select version::text from ${heads.sql} where key = $1`;
  try {
    const [row] = await ask(session, heads, sql, [key], `read ${heads.sql}`);
    return Number(row?.[0] ?? 0);
  } catch (error) {
    if (sqlState(error) === '42P01') return 0;
    throw error;
  }
}

/**
 * The last statement of `prepare`: notes the target and its columns' types. Throws CONFLICT if the head has moved on:
 * the transaction must be rolled back.
 */
export function noteTarget(
  session: Session,
  heads: TableName,
  head: { readonly key: string; readonly expected: number },
  target: TableName,
  types: Types,
): Promise<void> {
  return updateHead(session, heads, head, 'target = $3, types = $4', [target.sql, JSON.stringify(types)]);
}

/** The last statement of a commit. Throws CONFLICT if the head has moved on: the transaction must be rolled back. */
export function advanceHead(
  session: Session,
  heads: TableName,
  head: { readonly key: string; readonly expected: number },
  state: Json,
): Promise<void> {
  return updateHead(session, heads, head, 'version = version + 1, state = $3', [JSON.stringify(state)]);
}

async function updateHead(
  session: Session,
  heads: TableName,
  { key, expected }: { readonly key: string; readonly expected: number },
  assignments: string,
  values: readonly string[],
): Promise<void> {
  const sql = `update ${heads.sql} set ${assignments}, updated_at = pg_catalog.now()
where key = $1 and version = $2::bigint returning version::text`;
  const rows = await ask(session, heads, sql, [key, String(expected), ...values], `write the head of ${key}`);
  if (rows.length !== 1) throw conflict(key, expected, undefined);
}
