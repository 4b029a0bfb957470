export type { PostgresConfig } from './config.js';
export { default as postgresConfig } from './config.js';
export { default as postgresDestination } from './destination.js';
export type { PostgresDestinationConfig } from './destination-config.js';
export { default as postgresDestinationConfig } from './destination-config.js';
export { default as postgresSource } from './source.js';
