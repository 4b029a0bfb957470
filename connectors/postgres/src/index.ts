export type { PostgresConfig } from './config.js';
export { default as postgresConfig } from './config.js';
export { default as postgresSource } from './source.js';
