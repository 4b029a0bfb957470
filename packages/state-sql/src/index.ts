export { SqlStateBackend, type SqlStateOptions } from './sql-state-backend.js';
