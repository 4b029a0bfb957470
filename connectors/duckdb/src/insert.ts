import { DatacookError, type Field } from '@datacook/core';
import {
  type DuckDBConnection,
  duckdbType,
  foldName,
  type TableName,
  tableSql,
} from '@datacook/duckdb-engine';
import { quoteIdentifier, quoteLiteral } from '@datacook/toolkit';
import { writableColumns } from './tables.js';

/** A column of a table, and where a staged row has its value. Types are in DuckDB's spelling. */
export interface FittedColumn {
  readonly name: string;
  readonly native: string;
  /** The staged value in SQL, where `s` is staging, and its type. */
  readonly staged: string;
  readonly stagedNative: string;
  /** The same as the table's type; the query fails where the value would change. */
  readonly value: string;
}

/**
 * How staged columns become those of a table, found by name.
 *
 * @param staged The columns of staging, in the types that it has.
 * @param renamed What a column is called in staging, where it isn't its name.
 * @throws SCHEMA for a generated column.
 */
export async function fitColumns(
  session: DuckDBConnection,
  table: TableName,
  staged: readonly Field[],
  renamed: ReadonlyMap<string, string> = new Map(),
): Promise<FittedColumn[]> {
  const columns = await writableColumns(session, table);
  return staged.map((field) => {
    const column = columns.find((each) => foldName(each.field.name) === foldName(field.name));
    if (column === undefined)
      throw new DatacookError(
        'SCHEMA',
        `Column "${field.name}" of ${tableSql(table)} is generated; it can't be loaded.`,
        {
          hint: 'Leave it out with drop_columns.',
          details: { column: field.name },
        },
      );
    const native = column.field.nativeType ?? '';
    const stagedNative = field.nativeType ?? duckdbType(field.type);
    const staged = `s.${quoteIdentifier(renamed.get(field.name) ?? field.name)}`;
    return {
      name: field.name,
      native,
      staged,
      stagedNative,
      value: cast(field.name, staged, stagedNative, native),
    };
  });
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
  return insertFitted(session, to, from, await fitColumns(session, to, fields));
}

/** The same with columns that are fitted already. */
export function insertFitted(
  session: DuckDBConnection,
  to: TableName,
  from: TableName,
  columns: readonly FittedColumn[],
): Promise<number> {
  return session.run(
    `INSERT INTO ${tableSql(to)}(${columns.map((column) => quoteIdentifier(column.name)).join(', ')})
     SELECT ${columns.map((column) => column.value).join(', ')} FROM ${tableSql(from)} s`,
    [],
    `write to ${tableSql(to)}`,
  );
}

function cast(name: string, value: string, from: string, to: string): string {
  if (from === to) return value;
  const message = quoteLiteral(`a value of column "${name}" is not exactly a ${to}: `);
  return `CASE WHEN ${value} IS NOT DISTINCT FROM CAST(CAST(${value} AS ${to}) AS ${from}) THEN CAST(${value} AS ${to})
    ELSE error(${message} || CAST(${value} AS VARCHAR)) END`;
}
