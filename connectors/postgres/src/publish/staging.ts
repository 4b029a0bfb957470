import { DatacookError, type Field, type Schema } from '@datacook/core';
import { quoteIdentifier, quoteLiteral, sameType, sha256, typeToString } from '@datacook/toolkit';
import type { Session } from '../connection/session.js';
import { describeTarget } from '../types/describe-target.js';
import { canHold, isBuiltIn, newColumnType, type TargetColumn } from '../types/target-column.js';
import type { Prepared } from '../write/prepared.js';
import type { TargetTable } from '../write/target-table.js';
import { findPublished } from './published-table.js';

/** Numbers the staged rows of a merge in the order in which they came. */
export const ORDER_COLUMN = '_datacook_order';

const stagingPrefix = (key: string) => `_datacook_staging_${sha256(key).slice(0, 16)}_`;

/** What the staging table of a load is called. */
export function stagingName(key: string, load: string): string {
  return `${stagingPrefix(key)}${sha256(load).slice(0, 16)}`;
}

/**
 * Makes the table in which the rows of a merge or replace wait, or makes the one that is there fit the schema: adds
 * columns, and widens those that can't hold what comes. It is logged, so that what was committed to it outlives a
 * crash of the server. Columns are of the type (and collation) of the target's, where that has the column and, in a
 * replace, can hold the values; else of a new column's type.
 *
 * @param held The target as it is; undefined: it doesn't exist.
 * @throws UNSUPPORTED if the target can't be published to (see `findPublished`), SCHEMA if a column can't be made to fit.
 * @returns All columns of staging, in its order; that of a merge ends or begins with `_datacook_order`.
 */
export async function createStaging(
  session: Session,
  prepared: Pick<Prepared, 'target' | 'staging'>,
  schema: Schema,
  held: TargetTable | undefined,
): Promise<readonly TargetColumn[]> {
  const { sql } = prepared.staging;
  // Better now than when all rows are there.
  if (held !== undefined) await findPublished(session, held);
  const isMerge = prepared.target.mode === 'merge';
  const wanted = schema.fields.map((field) => wantedColumn(field, held, isMerge));
  const oid = await stagingOid(session, prepared);
  if (oid === undefined) {
    const selected = [
      ...(isMerge ? [`0::bigint as ${quoteIdentifier(ORDER_COLUMN)}`] : []),
      ...wanted.map(({ name, from }) => `${from} as ${quoteIdentifier(name)}`),
    ];
    await session.run(
      `create table ${sql} with (autovacuum_enabled = off)
       as select ${selected.join(', ')}${held === undefined ? '' : ` from only ${held.sql} t`} with no data${
         isMerge ? `; alter table ${sql} alter column ${quoteIdentifier(ORDER_COLUMN)} set not null` : ''
       }`,
      { action: `create the staging table ${sql}` },
    );
  } else {
    const changes = fittingChanges(await describeTarget(session, oid), schema.fields, wanted);
    if (changes.length > 0)
      await session.run(`alter table ${sql} ${changes.join(', ')}`, {
        action: `fit the staging table ${sql} to new columns`,
      });
  }
  const made = oid ?? (await stagingOid(session, prepared));
  if (made === undefined) throw stagedRowsGone(prepared.target.table, sql);
  return describeTarget(session, made);
}

interface WantedColumn {
  readonly name: string;
  /** What it is made of in a SELECT from the target `t`: so it has type, length and collation of the target's. */
  readonly from: string;
  readonly typeSql: string;
}

/** A merge goes into the table as it is: what can't hold the values is refused when they come. */
function wantedColumn(field: Field, held: TargetTable | undefined, isMerge: boolean): WantedColumn {
  const column = held?.columns.find(({ name }) => name === field.name);
  if (column !== undefined && (isMerge || canHold(column, field.type)))
    return { name: field.name, from: `t.${quoteIdentifier(field.name)}`, typeSql: column.typeSql };
  const typeSql = newColumnType(field.type);
  if (column !== undefined && !isBuiltIn(column) && !sameType(column.type, field.type))
    throw new DatacookError(
      'SCHEMA',
      `Column "${field.name}" is ${column.typeSql} in the table that is to be replaced, which can't hold ${typeToString(field.type)}.`,
      {
        hint: 'Cast the column with cast_columns, or change its type in the table.',
        details: { column: field.name },
      },
    );
  return { name: field.name, from: `null::${typeSql}`, typeSql };
}

function fittingChanges(
  staged: readonly TargetColumn[],
  fields: readonly Field[],
  wanted: readonly WantedColumn[],
): string[] {
  return wanted.flatMap(({ name, typeSql }, at) => {
    const column = staged.find((each) => each.name === name);
    if (column === undefined) return [`add column ${quoteIdentifier(name)} ${typeSql}`];
    if (column.typeSql === typeSql || canHold(column, fields[at]!.type)) return [];
    return [`alter column ${quoteIdentifier(name)} type ${typeSql}`];
  });
}

/** Drops all staging of a key in a schema, but the table that is kept. */
export async function dropOtherStaging(
  session: Session,
  schema: string,
  key: string,
  keep?: string,
): Promise<void> {
  const prefix = stagingPrefix(key);
  const { rows } = await session.query(
    `select c.relname::text from pg_catalog.pg_class c
     where c.relnamespace = (select n.oid from pg_catalog.pg_namespace n where n.nspname = $1)
       and c.relkind = 'r' and pg_catalog.left(c.relname::text, $3::int) = $2`,
    [schema, prefix, String(prefix.length)],
    { action: `look for staging tables in the schema ${schema}` },
  );
  const others = rows.map(([name]) => name!).filter((name) => name !== keep);
  if (others.length === 0) return;
  const tables = others.map((name) => `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`).join(', ');
  await session.run(`drop table ${tables}`, { action: `drop the staging of another load, ${tables}` });
}

export async function dropStaging(session: Session, { staging }: Pick<Prepared, 'staging'>): Promise<void> {
  await session.run(`drop table ${staging.sql}`, { action: `drop the staging table ${staging.sql}` });
}

/**
 * The OID of staging.
 *
 * @throws DATA if it is gone, and with it the rows that the load has staged.
 */
export async function requireStaged(
  session: Session,
  prepared: Pick<Prepared, 'target' | 'staging'>,
): Promise<number> {
  const oid = await stagingOid(session, prepared);
  if (oid === undefined) throw stagedRowsGone(prepared.target.table, prepared.staging.sql);
  return oid;
}

async function stagingOid(
  session: Session,
  { staging }: Pick<Prepared, 'staging'>,
): Promise<number | undefined> {
  const [result] = await session.run(
    `select c.oid::text from pg_catalog.pg_class c
     where c.oid = pg_catalog.to_regclass(${quoteLiteral(staging.sql)}) and c.relkind = 'r'`,
    { action: `look for the staging table ${staging.sql}` },
  );
  const oid = result?.rows[0]?.[0];
  return oid === undefined || oid === null ? undefined : Number(oid);
}

function stagedRowsGone(table: string, staging: string): DatacookError {
  return new DatacookError('DATA', `The staged rows of ${table} are gone: there is no table ${staging}.`, {
    hint: 'It was dropped, by hand or by another load. Run with --full-refresh to load again; the rows of the table are untouched.',
  });
}
