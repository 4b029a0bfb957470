import type * as Native from '@duckdb/node-bindings';

/** DuckDB's C API as its Node addon has it. */
export type Bindings = typeof Native.default;
export type {
  Connection,
  Database,
  DataChunk,
  LogicalType,
  PreparedStatement,
  Vector,
} from '@duckdb/node-bindings';

let loaded: Promise<Bindings> | undefined;

/** Loads the addon on first use: it costs some 20 ms and 30 MB. */
export function loadBindings(): Promise<Bindings> {
  loaded ??= import('@duckdb/node-bindings').then((module) => module.default);
  return loaded;
}
