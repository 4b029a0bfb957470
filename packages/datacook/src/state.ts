export type { StateBackend, Versioned } from '@datacook/core';
export { LocalStateBackend } from '@datacook/state-local';
