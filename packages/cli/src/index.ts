export type { Program } from './invocation.js';
export { main } from './main.js';
