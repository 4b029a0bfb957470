import { sqlIncremental } from '@datacook/toolkit/config';
import { z } from 'zod';
import {
  checkConnection,
  checkTableText,
  connectionOptions,
  duration,
  parsedBy,
} from './connection/connection-config.js';

const table = z.union([
  z.string().superRefine(parsedBy(checkTableText)),
  z.strictObject({ schema: z.string().min(1).optional(), name: z.string().min(1) }),
]);

/** What a recipe says under `source` with `type: postgres`. */
const postgresConfig = z
  .strictObject({
    ...connectionOptions,
    application_name: z
      .string()
      .min(1)
      .max(63)
      .optional()
      .describe('The name of our sessions. Default: datacook source.'),
    statement_timeout: duration
      .optional()
      .describe("For one statement, such as the reading of a partition; 0: none. Default: the server's."),
    lock_timeout: duration.default('30s').describe('For a lock that somebody else holds; 0: none.'),
    max_connections: z.int().min(1).max(64).default(4).describe('Connections at once, at most.'),
    name: z.string().min(1).optional().describe('The name of the stream, where there is no table.'),
    table: table
      .optional()
      .describe(
        '`table`, `schema.table`, or `{ schema, name }`: a table, partitioned table, view, materialized view or foreign table.',
      ),
    query: z.string().min(1).optional().describe('A SELECT instead of a table.'),
    where: z.string().min(1).optional().describe('A condition in SQL that rows must fulfil.'),
    column_types: z
      .record(z.string(), z.string())
      .optional()
      .describe('Types to read columns as, by name, as in `{ ratio: utf8 }`.'),
    incremental: sqlIncremental.optional(),
    timezone: z
      .string()
      .min(1)
      .optional()
      .describe('The time zone, as Europe/Paris, of a `watermark` column of type timestamp or date.'),
  })
  .superRefine((config, context) => {
    const issue = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (config.table === undefined && config.query === undefined)
      issue('table', 'say what is read: table or query');
    if (config.table !== undefined && config.query !== undefined)
      issue('query', 'say table or query, not both');
    checkConnection(config, issue);
  });

/** The configuration with its defaults. */
export type PostgresConfig = z.output<typeof postgresConfig>;

export default postgresConfig;
