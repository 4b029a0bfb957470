import type { Field, Schema } from '@datacook/core';
import { quoteIdentifier } from '@datacook/toolkit';
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

/** The columns that a query or table yields: `nativeType` in the spelling of `duckdbType`. */
export async function tableSchema(connection: DuckDBConnection, table: TableName): Promise<Schema> {
  const { bindings, handle, failed, working } = connection as OpenConnection;
  const doing = `read the columns of ${tableSql(table)}`;
  const read = async (): Promise<Schema> => {
    const statement = await bindings.prepare(handle, `SELECT * FROM ${tableSql(table)}`);
    try {
      const fields = Array.from(
        { length: bindings.prepared_statement_column_count(statement) },
        (_, at): Field => {
          const type = bindings.prepared_statement_column_logical_type(statement, at);
          return {
            name: bindings.prepared_statement_column_name(statement, at),
            type: dataType(bindings, type),
            nullable: true,
            nativeType: nativeType(bindings, type),
          };
        },
      );
      return { fields };
    } finally {
      bindings.destroy_prepare_sync(statement);
    }
  };
  try {
    return await working(doing, read);
  } catch (error) {
    failed(error);
    throw duckdbError(error, doing);
  }
}
