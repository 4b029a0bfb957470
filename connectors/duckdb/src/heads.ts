import { DatacookError, type DataType, type Head, type Json, type Place, type Schema } from '@datacook/core';
import {
  type DuckDBConnection,
  duckdbType,
  foldName,
  type TableName,
  tableSchema,
  tableSql,
} from '@datacook/duckdb-engine';
import { quoteIdentifier, quoteLiteral } from '@datacook/toolkit';
import { conflict } from './errors.js';
import { relationKind } from './tables.js';

/** The format of the rows of `_datacook_heads`. A greater one was written by a newer datacook. */
const FORMAT = 1;

const headsTable = (catalog: string): TableName => ({ catalog, schema: 'main', table: '_datacook_heads' });

/** The target as heads are compared by: names as DuckDB folds them. */
function targetText(table: TableName): string {
  return `${quoteIdentifier(foldName(table.schema))}.${quoteIdentifier(foldName(table.table))}`;
}

/** Our own types of columns that DuckDB's say too little of (`numeric` in a DECIMAL(38,9)), by column. */
type Types = { readonly [column: string]: DataType };

/** Whether there are heads, in a format that we know. Throws DATA for a newer one. */
async function hasHeads(session: DuckDBConnection, catalog: string): Promise<boolean> {
  const heads = headsTable(catalog);
  if ((await relationKind(session, heads)) !== 'table') return false;
  const [row] = await session.rows(
    `SELECT CAST(max(format) AS VARCHAR) AS format FROM ${tableSql(heads)}`,
    [],
    'read _datacook_heads',
  );
  const format = Number(row?.['format'] ?? FORMAT);
  if (format > FORMAT)
    throw new DatacookError(
      'DATA',
      `The table _datacook_heads was written by a newer datacook (format ${format}; this one knows ${FORMAT}).`,
      { hint: 'Upgrade @datacook/connector-duckdb.' },
    );
  return true;
}

/** The head as it is, in the session's transaction. */
export async function readHead(session: DuckDBConnection, place: Place, table: TableName): Promise<Head> {
  const known = await hasHeads(session, table.catalog);
  const rows = known
    ? await session.rows(
        `SELECT key, CAST(version AS VARCHAR) AS version, state, types FROM ${tableSql(headsTable(table.catalog))}
         WHERE key = ? OR target = ?`,
        [place.key, targetText(table)],
        'read _datacook_heads',
      )
    : [];
  const own = rows.find((row) => row['key'] === place.key);
  const others = rows
    .filter((row) => row !== own)
    .map((row) => {
      const state = parseState(row['state'], row['key'] ?? '');
      return { key: row['key'] ?? '', ...(state === undefined ? {} : { state }) };
    });
  const state = parseState(own?.['state'], place.key);
  const kind = await relationKind(session, table);
  if (kind === 'view') throw viewError(table);
  const schema =
    kind === 'table'
      ? withTypes(
          await tableSchema(session, table),
          [own, ...rows].map((row) => parseTypes(row?.['types'])),
        )
      : undefined;
  return {
    version: Number(own?.['version'] ?? 0),
    ...(state === undefined ? {} : { state }),
    ...(schema === undefined ? {} : { table: schema }),
    ...(others.length === 0 ? {} : { others }),
  };
}

export function viewError(table: TableName): DatacookError {
  return new DatacookError('SCHEMA', `${tableSql(table)} is a view; rows can't be loaded into it.`, {
    hint: 'Name another table, or drop the view.',
  });
}

function parseState(text: string | null | undefined, key: string): Json | undefined {
  if (text === null || text === undefined) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    throw new DatacookError('DATA', `The state of ${key} in _datacook_heads is no JSON.`, {
      hint: 'It was changed by hand. Restore the database from a copy.',
      cause: error,
    });
  }
}

function parseTypes(text: string | null | undefined): Types {
  return text === null || text === undefined ? {} : (JSON.parse(text) as Types);
}

/** The schema with our own types, where the table's are still what we made of them. */
function withTypes(schema: Schema, known: readonly Types[]): Schema {
  return {
    fields: schema.fields.map((field) => {
      const type = known
        .map((types) => (Object.hasOwn(types, field.name) ? types[field.name] : undefined))
        .find((each) => each !== undefined && duckdbType(each) === field.nativeType);
      return type === undefined ? field : { ...field, type };
    }),
  };
}

/** Adds 1 to the head's version, and makes the head, and the table of heads, if they aren't there. */
export async function claimHead(
  session: DuckDBConnection,
  place: Place,
  table: TableName,
  owner: string,
): Promise<void> {
  const heads = tableSql(headsTable(table.catalog));
  await session.run(
    `CREATE TABLE IF NOT EXISTS ${heads}(
       key VARCHAR PRIMARY KEY, version BIGINT NOT NULL, owner VARCHAR, target VARCHAR, state VARCHAR, types VARCHAR,
       format INTEGER NOT NULL, updated_at TIMESTAMP WITH TIME ZONE)`,
    [],
    'create _datacook_heads',
  );
  await hasHeads(session, table.catalog);
  const changed = await session.run(
    `UPDATE ${heads} SET version = version + 1, owner = ?, updated_at = now() WHERE key = ?`,
    [owner, place.key],
    `claim ${place.key}`,
  );
  if (changed === 1) return;
  await session.run(
    `INSERT INTO ${heads}(key, version, owner, target, format, updated_at) VALUES (?, 1, ?, ?, ?, now())`,
    [place.key, owner, targetText(table), FORMAT],
    `claim ${place.key}`,
  );
}

/** Throws CONFLICT unless the head is at this version. Locks nothing. */
export async function requireVersion(
  session: DuckDBConnection,
  catalog: string,
  key: string,
  expected: number,
): Promise<void> {
  const version = await headVersion(session, catalog, key);
  if (version !== expected) throw conflict(key, expected, version);
}

export async function headVersion(session: DuckDBConnection, catalog: string, key: string): Promise<number> {
  if (!(await hasHeads(session, catalog))) return 0;
  const rows = await session.rows(
    `SELECT CAST(version AS VARCHAR) AS version FROM ${tableSql(headsTable(catalog))} WHERE key = ?`,
    [key],
    'read _datacook_heads',
  );
  return Number(rows[0]?.['version'] ?? 0);
}

/**
 * The last statement of `prepare`: notes the target, and its columns' types. Writes the head's row, so that a claim
 * at the same time fails one of the two. Throws CONFLICT if the head has moved on.
 */
export async function noteTarget(
  session: DuckDBConnection,
  table: TableName,
  key: string,
  expected: number,
  schema: Schema,
): Promise<void> {
  const types = Object.fromEntries(schema.fields.map((field) => [field.name, field.type]));
  await updateHead(
    session,
    table.catalog,
    key,
    expected,
    `target = ?, types = ${quoteLiteral(JSON.stringify(types))}`,
    [targetText(table)],
  );
}

/** The last statement of a commit. Throws CONFLICT if the head has moved on. */
export async function advanceHead(
  session: DuckDBConnection,
  catalog: string,
  key: string,
  expected: number,
  state: Json,
): Promise<void> {
  await updateHead(session, catalog, key, expected, 'version = version + 1, state = ?', [
    JSON.stringify(state),
  ]);
}

/**
 * Part of a merge's publish: epochs of other heads on this table that began before it can't be committed after it any
 * more, since they don't see its rows and might insert the same keys. They are tried again.
 */
export async function keepOutOthers(session: DuckDBConnection, table: TableName, key: string): Promise<void> {
  await session.run(
    `UPDATE ${tableSql(headsTable(table.catalog))} SET updated_at = now() WHERE target = ? AND key <> ?`,
    [targetText(table), key],
    'write _datacook_heads',
  );
}

async function updateHead(
  session: DuckDBConnection,
  catalog: string,
  key: string,
  expected: number,
  assignments: string,
  values: readonly string[],
): Promise<void> {
  const changed = await session.run(
    `UPDATE ${tableSql(headsTable(catalog))} SET ${assignments}, updated_at = now() WHERE key = ? AND version = ?`,
    [...values, key, expected],
    `write the head of ${key}`,
  );
  if (changed !== 1) throw conflict(key, expected, undefined);
}
