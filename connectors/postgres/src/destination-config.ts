import { z } from 'zod';
import { checkConnection, connectionOptions, duration } from './connection/connection-config.js';
import { MAX_NAME_BYTES } from './write/names.js';

/** What a recipe says under `destination` with `type: postgres`. */
const postgresDestinationConfig = z
  .strictObject({
    ...connectionOptions,
    internal_schema: z
      .string()
      .min(1)
      .refine((name) => Buffer.byteLength(name) <= MAX_NAME_BYTES, `${MAX_NAME_BYTES} bytes at most`)
      .optional()
      .describe("The schema of _datacook_heads and of staging. It is made. Default: the table's."),
    replace_by: z
      .enum(['swap', 'refill'])
      .default('swap')
      .describe(
        'How a replace changes a table: swap it for a new one, which is fast, and waits for who reads; or refill it in place, which waits for no reader. What depends on a table, as a view, makes it refill.',
      ),
    lock_timeout: duration
      .default('30s')
      .describe('For a lock on the table that somebody else holds; 0: no limit.'),
    idle_in_transaction_timeout: duration
      .default('1h')
      .describe('For a transaction of ours in which nothing runs: then the server ends it; 0: no limit.'),
    statement_timeout: duration
      .default(0)
      .describe('For one statement, such as the COPY of an epoch or a merge. Default 0: no limit.'),
  })
  .superRefine((config, context) => {
    checkConnection(config, (path, message) => context.addIssue({ code: 'custom', path: [path], message }));
  });

/** The configuration with its defaults. */
export type PostgresDestinationConfig = z.output<typeof postgresDestinationConfig>;

export default postgresDestinationConfig;
