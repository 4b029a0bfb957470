import { defineDestination } from '@datacook/core';
import duckdbConfig, { urlToPath } from './config.js';
import { openDestination } from './duckdb-destination.js';

/** The destination `duckdb`. */
export default defineDestination({
  type: 'duckdb',
  config: duckdbConfig,
  modes: { append: 'exactly_once', merge: 'exactly_once', replace: 'exactly_once' },
  // Snapshot isolation: one writer's commit would spoil another's open transaction.
  maxWriters: 1,
  checkpoint: { rows: 1_000_000, seconds: 30 },
  identity: (config) =>
    config.conn_id !== undefined
      ? { conn_id: config.conn_id }
      : { path: config.path ?? urlToPath(config.url ?? '') ?? null },
  open: openDestination,
});
