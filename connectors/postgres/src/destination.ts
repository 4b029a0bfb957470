import { defineDestination } from '@datacook/core';
import { databaseOf } from './connection/settings.js';
import postgresDestinationConfig from './destination-config.js';
import { PostgresDestination } from './postgres-destination.js';
import { MAX_NAME_BYTES } from './write/names.js';

/** The destination `postgres`. */
export default defineDestination({
  type: 'postgres',
  config: postgresDestinationConfig,
  modes: { append: 'exactly_once', merge: 'exactly_once', replace: 'exactly_once' },
  // Each is a connection with a transaction of its own, READ COMMITTED: one's commit doesn't spoil another's.
  maxWriters: 4,
  checkpoint: { rows: 1_000_000, seconds: 30 },
  identifiers: { maxBytes: MAX_NAME_BYTES },
  identity: (config) =>
    config.conn_id === undefined ? { database: databaseOf(config) ?? null } : { conn_id: config.conn_id },
  open: (config, context) => new PostgresDestination(config, context),
});
