import { DatacookError, defineState } from '@datacook/core';
import config from './config.js';
import { SqlStateBackend } from './sql-state-backend.js';

/** State in a table of a database. */
export default defineState({
  type: 'sql',
  config,
  open: ({ url, schema, table, connect_timeout, statement_timeout, lock_timeout }) => {
    if (url === undefined) {
      throw new DatacookError('CONFIG', 'The state has no address: its connection says no url', {
        hint: 'Say url under state, or name a connection (conn_id) that has one.',
      });
    }
    return new SqlStateBackend(url, {
      table,
      ...(schema === undefined ? {} : { schema }),
      connectTimeout: connect_timeout,
      statementTimeout: statement_timeout,
      lockTimeout: lock_timeout,
    });
  },
});
