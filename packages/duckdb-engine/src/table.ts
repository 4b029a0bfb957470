import type { Field, Schema } from '@datacook/core';
import { quoteIdentifier } from '@datacook/toolkit';
import type { Bindings, LogicalType, PreparedStatement } from './bindings.js';
import type { DuckDBConnection, OpenConnection } from './connection.js';
import { duckdbError } from './errors.js';
import { dataType, nativeType } from './types.js';

/** A table or view by its three names. */
export interface TableName {
  readonly catalog: string;
  readonly schema: string;
  readonly table: string;
}

/** The name in SQL, every part quoted. */
export function tableSql(name: TableName): string {
  return [name.catalog, name.schema, name.table].map((part) => quoteIdentifier(part)).join('.');
}

/** DuckDB's own types of a table's columns. */
export function columnTypes(connection: DuckDBConnection, table: TableName): Promise<LogicalType[]> {
  const { bindings } = connection as OpenConnection;
  return prepared(connection, table, (statement) =>
    columnsOf(bindings, statement, (at) => bindings.prepared_statement_column_logical_type(statement, at)),
  );
}

/** The columns that a query or table yields: `nativeType` in the spelling of `duckdbType`. */
export function tableSchema(connection: DuckDBConnection, table: TableName): Promise<Schema> {
  const { bindings } = connection as OpenConnection;
  return prepared(connection, table, (statement) => ({
    fields: columnsOf(bindings, statement, (at): Field => {
      const type = bindings.prepared_statement_column_logical_type(statement, at);
      return {
        name: bindings.prepared_statement_column_name(statement, at),
        type: dataType(bindings, type),
        nullable: true,
        nativeType: nativeType(bindings, type),
      };
    }),
  }));
}

function columnsOf<T>(bindings: Bindings, statement: PreparedStatement, read: (at: number) => T): T[] {
  return Array.from({ length: bindings.prepared_statement_column_count(statement) }, (_, at) => read(at));
}

/** Looks at the statement that would read a table. */
async function prepared<T>(
  connection: DuckDBConnection,
  table: TableName,
  look: (statement: PreparedStatement) => T,
): Promise<T> {
  const { bindings, handle, failed, working } = connection as OpenConnection;
  const doing = `read the columns of ${tableSql(table)}`;
  try {
    return await working(doing, async () => {
      const statement = await bindings.prepare(handle, `SELECT * FROM ${tableSql(table)}`);
      try {
        return look(statement);
      } finally {
        bindings.destroy_prepare_sync(statement);
      }
    });
  } catch (error) {
    failed(error);
    throw duckdbError(error, doing);
  }
}
