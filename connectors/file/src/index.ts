export type { FileConfig } from './config.js';
export { default as fileSource } from './source.js';
