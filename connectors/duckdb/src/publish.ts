import { DatacookError, type Field } from '@datacook/core';
import {
  type DuckDBConnection,
  duckdbType,
  foldName,
  type TableName,
  tableSchema,
  tableSql,
} from '@datacook/duckdb-engine';
import { quoteIdentifier, quoteLiteral } from '@datacook/toolkit';
import { viewError } from './heads.js';
import { isTable, prepareTable, relationKind, writableColumns } from './tables.js';

/**
 * Makes the staged rows the table, within the session's transaction. The staging table takes the target's place; a
 * target with something of its own that would be lost (keys, constraints, indexes, defaults, generated columns,
 * comments, foreign keys of other tables) stays, and gets the rows in the place of its own.
 */
export async function publish(
  session: DuckDBConnection,
  target: TableName,
  staging: TableName,
): Promise<void> {
  await requireStaged(session, target, staging);
  const kind = await relationKind(session, target);
  if (kind === 'view') throw viewError(target);
  if (kind === 'table' && (await hasOwn(session, target))) {
    await refill(session, target, staging);
    await session.run(`DROP TABLE ${tableSql(staging)}`, [], `drop ${tableSql(staging)}`);
    return;
  }
  if (kind === 'table')
    await session.run(`DROP TABLE ${tableSql(target)}`, [], `replace ${tableSql(target)}`);
  await session.run(
    `ALTER TABLE ${tableSql(staging)} RENAME TO ${quoteIdentifier(target.table)}`,
    [],
    `replace ${tableSql(target)}`,
  );
}

/** Throws DATA if the rows that a replace has staged are gone. */
export async function requireStaged(
  session: DuckDBConnection,
  target: TableName,
  staging: TableName,
): Promise<void> {
  if ((await relationKind(session, staging)) === 'table') return;
  throw new DatacookError(
    'DATA',
    `The staged rows of ${tableSql(target)} are gone: there is no table ${tableSql(staging)}.`,
    {
      hint: 'It was dropped, by hand or by another load. Run with --full-refresh to load again; the old rows are untouched.',
    },
  );
}

/** Whether a table has anything that a new table of that name would lack. */
async function hasOwn(session: DuckDBConnection, table: TableName): Promise<boolean> {
  const [condition, values] = isTable(table);
  const [row] = await session.rows(
    `SELECT CAST(
       (SELECT count(*) FROM duckdb_constraints() WHERE ${condition})
       + (SELECT count(*) FROM (SELECT database_name, schema_name, referenced_table FROM duckdb_constraints())
          WHERE ${isTable(table, 'referenced_table')[0]})
       + (SELECT count(*) FROM duckdb_indexes() WHERE ${condition})
       + (SELECT count(*) FROM duckdb_columns() WHERE ${condition} AND (column_default IS NOT NULL OR comment IS NOT NULL))
       + (SELECT count(*) FROM duckdb_tables() WHERE ${condition} AND comment IS NOT NULL)
     AS VARCHAR) AS found`,
    [...values, ...values, ...values, ...values, ...values],
    `look at ${tableSql(table)}`,
  );
  return row?.['found'] !== '0';
}

/** Puts the staged rows in the place of the table's; its columns that the load lacks get their default. */
async function refill(session: DuckDBConnection, target: TableName, staging: TableName): Promise<void> {
  const staged = await tableSchema(session, staging);
  await prepareTable(session, target, staged, await tableSchema(session, target));
  await session.run(`DELETE FROM ${tableSql(target)}`, [], `replace the rows of ${tableSql(target)}`);
  await insertByName(session, target, staging, staged.fields);
}

/**
 * Copies rows from one table to another, columns by name, cast to what they are there. A value that the cast would
 * change is an error. `from` holds the columns in the types of `fields`.
 */
export async function insertByName(
  session: DuckDBConnection,
  to: TableName,
  from: TableName,
  fields: readonly Field[],
): Promise<number> {
  const columns = await writableColumns(session, to);
  const pairs = fields.map((field) => {
    const column = columns.find((each) => foldName(each.field.name) === foldName(field.name));
    if (column === undefined)
      throw new DatacookError(
        'SCHEMA',
        `Column "${field.name}" of ${tableSql(to)} is generated; it can't be loaded.`,
        {
          hint: 'Leave it out with drop_columns.',
          details: { column: field.name },
        },
      );
    return { name: quoteIdentifier(field.name), value: cast(field, column.field.nativeType ?? '') };
  });
  return session.run(
    `INSERT INTO ${tableSql(to)}(${pairs.map((pair) => pair.name).join(', ')})
     SELECT ${pairs.map((pair) => pair.value).join(', ')} FROM ${tableSql(from)}`,
    [],
    `write to ${tableSql(to)}`,
  );
}

function cast(field: Field, native: string): string {
  const name = quoteIdentifier(field.name);
  const type = field.nativeType ?? duckdbType(field.type);
  if (type === native) return name;
  const message = quoteLiteral(`a value of column "${field.name}" is not exactly a ${native}: `);
  return `CASE WHEN ${name} IS NOT DISTINCT FROM CAST(CAST(${name} AS ${native}) AS ${type}) THEN CAST(${name} AS ${native})
    ELSE error(${message} || CAST(${name} AS VARCHAR)) END`;
}
