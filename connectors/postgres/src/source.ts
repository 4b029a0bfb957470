import { defineSource, type Json } from '@datacook/core';
import postgresConfig, { type PostgresConfig } from './config.js';
import { databaseOf } from './connection/settings.js';
import { PostgresSource } from './postgres-source.js';
import { tableParts } from './table-parts.js';

/** The source `postgres`. */
export default defineSource({
  type: 'postgres',
  config: postgresConfig,
  identity,
  open: (config, context) => new PostgresSource(config, context),
});

/** What is read, wherever the server is and whoever asks it. */
function identity(config: PostgresConfig): Json {
  const { conn_id, table, query, where } = config;
  return {
    ...(conn_id === undefined ? { database: databaseOf(config) ?? null } : { conn_id }),
    ...(table === undefined ? {} : { table: tableParts(table) }),
    ...(query === undefined ? {} : { query: query.trim() }),
    ...(where === undefined ? {} : { where: where.trim() }),
  };
}
