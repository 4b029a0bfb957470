// Boundaries at the driver: each statement that does something, and each chunk of rows that is handed over. Faults are planted here as well.
import { createRequire, Module } from 'node:module';
import { patchBoundaries } from '@datacook/testkit';

/**
 * Puts a copy of DuckDB's addon, whose functions can be replaced, in the addon's place. To be called before anything
 * imports it.
 *
 * @param onStatement Called before a statement runs, with its text and `run`, which runs others on its connection.
 */
export function patchDuckDB(onBoundary, onStatement = async () => undefined) {
  const require = createRequire(import.meta.url);
  const path = require.resolve('@duckdb/node-bindings');
  const addon = require(path);
  const bindings = {};
  for (const name of Object.getOwnPropertyNames(addon)) {
    Object.defineProperty(bindings, name, { value: addon[name], writable: true, enumerable: true });
  }
  // A module entry of its own: imports have taken note of what the loaded one exports.
  const copy = new Module(path);
  require.cache[path] = Object.assign(copy, { filename: path, loaded: true, exports: bindings });

  const statements = new Map();
  bindings.prepare = async (connection, sql) => {
    const statement = await addon.prepare(connection, sql);
    statements.set(statement, { connection, sql });
    return statement;
  };
  patchBoundaries(
    bindings,
    ['execute_prepared'],
    (_method, [statement]) => labelOf(statements.get(statement).sql),
    onBoundary,
  );
  patchBoundaries(bindings, ['query'], (_method, [, sql]) => labelOf(sql), onBoundary);
  const others = ['open', 'close_sync', 'disconnect_sync'];
  // DuckDB is handed another chunk of the rows that a statement inserts.
  const rows = ['data_chunk_set_size'];
  patchBoundaries(bindings, [...others, ...rows], 'duckdb', onBoundary);
  const execute = bindings.execute_prepared;
  bindings.execute_prepared = async (statement) => {
    const { connection, sql } = statements.get(statement);
    await onStatement(sql, (text) => bindings.query(connection, text));
    return execute(statement);
  };
}

// The same statement has the same label in each run. One that only reads changes nothing, and has no boundary.
function labelOf(sql) {
  if (/^\s*(SELECT|EXPLAIN)\b/.test(sql)) return undefined;
  const text = sql
    .replace(/\s+/g, ' ')
    .replace(/_staging_[0-9a-f]+_[0-9a-f]+/g, '_staging_…')
    .replace(/'[^']*'/g, "'…'")
    .trim()
    .slice(0, 90);
  return `duckdb ${text}`;
}
