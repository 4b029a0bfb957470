import { DuckDBInstance } from '@duckdb/node-api';

/** What the recipes' destination has by default, for limits that should have no more. */
export const MEMORY_LIMIT = '256MB';

/** Opens a DuckDB file, hands `action` a function from SQL to rows, and closes it. Options are DuckDB's settings. */
export async function withDuckdb(file, action, options = {}) {
  const instance = await DuckDBInstance.create(file, options);
  const connection = await instance.connect();
  try {
    return await action(async (sql) => (await connection.runAndReadAll(sql)).getRows());
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}
