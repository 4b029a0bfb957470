import { DatacookError, type DataType, type Field, isDatacookError, type Schema } from '@datacook/core';
import {
  checkNames,
  type DuckDBConnection,
  duckdbType,
  foldName,
  type TableName,
  tableSchema,
  tableSql,
} from '@datacook/duckdb-engine';
import { quoteIdentifier, sameType, typeToString, widenType } from '@datacook/toolkit';

/** A name in a catalog table as `foldName` makes it: SQL's `lower` folds more than DuckDB does. */
const folded = (column: string) =>
  `translate(${column}, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz')`;

/** The condition that a catalog table's row speaks of a table, and its values. */
export function isTable(name: TableName, column = 'table_name'): [sql: string, values: string[]] {
  return [
    `database_name = ? AND ${folded('schema_name')} = ? AND ${folded(column)} = ?`,
    [name.catalog, foldName(name.schema), foldName(name.table)],
  ];
}

/** What bears a name: DuckDB has tables and views in one namespace. */
export async function relationKind(
  session: DuckDBConnection,
  name: TableName,
): Promise<'table' | 'view' | undefined> {
  const [table, values] = isTable(name);
  const [view] = isTable(name, 'view_name');
  const [row] = await session.rows(
    `SELECT 'table' AS kind FROM duckdb_tables() WHERE ${table}
     UNION ALL SELECT 'view' FROM duckdb_views() WHERE ${view}`,
    [...values, ...values],
    `look up ${tableSql(name)}`,
  );
  return row?.['kind'] as 'table' | 'view' | undefined;
}

export async function createTable(session: DuckDBConnection, name: TableName, schema: Schema): Promise<void> {
  const columns = schema.fields.map((field) => `${quoteIdentifier(field.name)} ${duckdbType(field.type)}`);
  const path = [name.catalog, name.schema].map((part) => quoteIdentifier(part)).join('.');
  await session.run(`CREATE SCHEMA IF NOT EXISTS ${path}`, [], `create the schema ${path}`);
  await session.run(`CREATE TABLE ${tableSql(name)}(${columns.join(', ')})`, [], `create ${tableSql(name)}`);
}

/**
 * Makes the table, or adds and widens its columns, so that it holds rows of the schema. Never narrows.
 *
 * @returns The columns of the schema with the types that the table now holds them in.
 * @throws SCHEMA where a column's type can't be widened to what is wanted.
 */
export async function prepareTable(
  session: DuckDBConnection,
  name: TableName,
  schema: Schema,
  current: Schema | undefined,
): Promise<Schema> {
  checkNames(
    schema.fields.map((field) => field.name),
    `the table ${tableSql(name)}`,
  );
  if (current === undefined) {
    await createTable(session, name, schema);
    return { fields: schema.fields.map((field) => ({ ...field, nullable: true })) };
  }
  const fields: Field[] = [];
  for (const wanted of schema.fields) {
    const found = current.fields.find((field) => foldName(field.name) === foldName(wanted.name));
    fields.push({
      name: wanted.name,
      type:
        found === undefined
          ? await addColumn(session, name, wanted)
          : await fitColumn(session, name, found, wanted),
      nullable: true,
    });
  }
  return { fields };
}

async function addColumn(session: DuckDBConnection, name: TableName, field: Field): Promise<DataType> {
  const column = quoteIdentifier(field.name);
  await session.run(
    `ALTER TABLE ${tableSql(name)} ADD COLUMN ${column} ${duckdbType(field.type)}`,
    [],
    `add the column ${column} to ${tableSql(name)}`,
  );
  return field.type;
}

async function fitColumn(
  session: DuckDBConnection,
  name: TableName,
  found: Field,
  wanted: Field,
): Promise<DataType> {
  if (found.name !== wanted.name)
    throw new DatacookError(
      'SCHEMA',
      `${tableSql(name)} has the column "${found.name}", which DuckDB can't tell from "${wanted.name}".`,
      {
        hint: `Rename "${wanted.name}" to "${found.name}" with rename_columns.`,
        details: { column: wanted.name },
      },
    );
  if (sameType(found.type, wanted.type)) return found.type;
  if (duckdbType(wanted.type) === found.nativeType) return wanted.type;
  const wide = widenType(found.type, wanted.type);
  if (wide !== undefined && duckdbType(wide) === found.nativeType) return wide;
  if (wide === undefined || duckdbType(wide) !== duckdbType(wanted.type))
    throw new DatacookError(
      'SCHEMA',
      `Column "${wanted.name}" of ${tableSql(name)} is ${found.nativeType}, which can't be made ${duckdbType(wanted.type)} without loss.`,
      {
        hint: 'Cast the column with cast_columns, or load into another table.',
        details: { column: wanted.name },
      },
    );
  const column = quoteIdentifier(wanted.name);
  const doing = `widen the column ${column} of ${tableSql(name)} from ${found.nativeType} to ${duckdbType(wanted.type)}`;
  try {
    await session.run(
      `ALTER TABLE ${tableSql(name)} ALTER COLUMN ${column} TYPE ${duckdbType(wanted.type)}`,
      [],
      doing,
    );
  } catch (error) {
    throw isDatacookError(error) && error.code === 'SCHEMA' ? cantWiden(error, found, wanted) : error;
  }
  return wanted.type;
}

/** DuckDB changes no type under a key, check, index or generated column. */
function cantWiden(error: DatacookError, found: Field, wanted: Field): DatacookError {
  const type = JSON.stringify(typeToString(found.type));
  return new DatacookError('SCHEMA', error.message, {
    hint: `Keep the table's type: cast_columns with columns: { ${JSON.stringify(wanted.name)}: ${type} }, or declare that type at the source. To widen it, drop the key or index, and make it again after the run.`,
    details: { column: wanted.name },
    cause: error,
  });
}

/** The columns that a statement may write: all but generated ones. */
export async function writableColumns(
  session: DuckDBConnection,
  name: TableName,
): Promise<{ readonly field: Field; readonly hasDefault: boolean }[]> {
  const [condition, values] = isTable(name);
  const defaults = await session.rows(
    `SELECT column_name AS name FROM duckdb_columns() WHERE column_default IS NOT NULL AND ${condition}`,
    values,
    `read the columns of ${tableSql(name)}`,
  );
  const withDefault = new Set(defaults.map((row) => row['name']));
  const columns = [];
  for (const field of (await tableSchema(session, name)).fields) {
    const hasDefault = withDefault.has(field.name);
    if (hasDefault && (await isGenerated(session, name, field.name))) continue;
    columns.push({ field, hasDefault });
  }
  return columns;
}

/** DuckDB's catalog shows a generated column's expression as a default; only binding tells them apart. */
async function isGenerated(session: DuckDBConnection, name: TableName, column: string): Promise<boolean> {
  try {
    await session.rows(`EXPLAIN INSERT INTO ${tableSql(name)}(${quoteIdentifier(column)}) SELECT NULL`);
    return false;
  } catch (error) {
    if (error instanceof Error && /generated column/i.test(error.message)) return true;
    throw error;
  }
}

/**
 * Whether a table has anything that a new table of that name would lack: keys, constraints, indexes, defaults,
 * generated columns, comments, collations, foreign keys of other tables.
 */
export async function hasOwn(session: DuckDBConnection, table: TableName): Promise<boolean> {
  const [condition, values] = isTable(table);
  const [row] = await session.rows(
    `SELECT CAST(
       (SELECT count(*) FROM duckdb_constraints() WHERE ${condition})
       + (SELECT count(*) FROM (SELECT database_name, schema_name, referenced_table FROM duckdb_constraints())
          WHERE ${isTable(table, 'referenced_table')[0]})
       + (SELECT count(*) FROM duckdb_indexes() WHERE ${condition})
       + (SELECT count(*) FROM duckdb_columns() WHERE ${condition} AND (column_default IS NOT NULL OR comment IS NOT NULL))
       + (SELECT count(*) FROM duckdb_tables() WHERE ${condition} AND (comment IS NOT NULL OR contains(sql, ' COLLATE ')))
     AS VARCHAR) AS found`,
    [...values, ...values, ...values, ...values, ...values],
    `look at ${tableSql(table)}`,
  );
  return row?.['found'] !== '0';
}

/** Puts the staging table in the target's place. Whatever was there is gone, but for views over it. */
export async function adopt(session: DuckDBConnection, target: TableName, staging: TableName): Promise<void> {
  const doing = `replace ${tableSql(target)}`;
  await session.run(`DROP TABLE IF EXISTS ${tableSql(target)}`, [], doing);
  await session.run(`COMMENT ON TABLE ${tableSql(staging)} IS NULL`, [], doing);
  await session.run(`ALTER TABLE ${tableSql(staging)} RENAME TO ${quoteIdentifier(target.table)}`, [], doing);
}

/**
 * For before a DELETE whose rows are inserted again: DuckDB looks at the indexes of a file that it has opened with the
 * first INSERT, and of a DELETE before that doesn't remember which keys it has freed. `column` is any of the table's.
 */
export async function loadIndexes(
  session: DuckDBConnection,
  table: TableName,
  column: string,
): Promise<void> {
  const [into, name] = [tableSql(table), quoteIdentifier(column)];
  await session.run(
    `INSERT INTO ${into}(${name}) SELECT ${name} FROM ${into} LIMIT 0`,
    [],
    `look at ${into}`,
  );
}

export async function countRows(session: DuckDBConnection, table: TableName): Promise<number> {
  const [row] = await session.rows(
    `SELECT CAST(count(*) AS VARCHAR) AS rows FROM ${tableSql(table)}`,
    [],
    `count the rows of ${tableSql(table)}`,
  );
  return Number(row?.['rows']);
}
