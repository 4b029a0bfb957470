export { LocalStateBackend } from './local-state-backend.js';
