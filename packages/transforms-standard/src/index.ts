export { default as addColumn } from './add-column.js';
export { default as castColumns } from './cast-columns.js';
export { default as dropColumns } from './drop-columns.js';
export { default as renameColumns } from './rename-columns.js';
export { default as selectColumns } from './select-columns.js';
