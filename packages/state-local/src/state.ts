import { defineState } from '@datacook/core';
import config from './config.js';
import { LocalStateBackend } from './local-state-backend.js';

/** State in JSON files of one folder. */
export default defineState({
  type: 'local',
  config,
  open: ({ path }) => new LocalStateBackend(path),
});
