export { openAppender, type TableAppender } from './appender.js';
export type { DuckDBConnection, TextRow } from './connection.js';
export { type DuckDB, type DuckDBOptions, openDuckDB } from './database.js';
export { duckdbError } from './errors.js';
export { type TableName, tableSchema, tableSql } from './table.js';
export { checkNames, duckdbType, foldName } from './types.js';
