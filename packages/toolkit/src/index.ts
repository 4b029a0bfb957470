export type { ProcessIdentity } from './process-identity.js';
export { isProcessAlive, processIdentity } from './process-identity.js';
