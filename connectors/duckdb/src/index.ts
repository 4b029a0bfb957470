export type { DuckDBConfig } from './config.js';
export { default as duckdbConfig } from './config.js';
export { default as duckdbDestination } from './destination.js';
