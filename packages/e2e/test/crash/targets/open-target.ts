import { DuckDBTarget } from './duckdb-target.js';
import { PostgresTarget } from './postgres-target.js';
import type { TargetPlace, TargetSystem, TargetTable } from './target.js';

/** Makes an empty target for the children of a folder. */
export async function openTarget(
  system: TargetSystem,
  folder: string,
  table: TargetTable,
): Promise<TargetPlace> {
  return system === 'duckdb' ? new DuckDBTarget(folder, table) : PostgresTarget.open(table);
}
