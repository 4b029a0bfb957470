import { isDatacookError } from '@datacook/core';
import { parseDurationMs, parseTableName } from '@datacook/toolkit';
import { sqlIncremental } from '@datacook/toolkit/config';
import { z } from 'zod';
import { parseUrl } from './connection/url.js';

/** How a connection is encrypted, with libpq's meanings. */
export const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;

/** Runs a parser that throws CONFIG, and makes of that an issue with a place. */
function parsedBy<T>(parse: (value: T) => unknown) {
  return (value: T, context: z.core.$RefinementCtx<T>) => {
    try {
      parse(value);
    } catch (error) {
      if (!isDatacookError(error)) throw error;
      // A URL may hold a password: it must not be an issue's input.
      context.addIssue({ code: 'custom', message: `${error.message} ${error.hint ?? ''}`.trim() });
    }
  };
}

const duration = z.union([z.string(), z.number().nonnegative()]).superRefine(parsedBy(parseDurationMs));

const table = z.union([
  z.string().superRefine(
    parsedBy((text) => {
      if (parseTableName(text).length > 2) parseTableName('');
    }),
  ),
  z.strictObject({ schema: z.string().min(1).optional(), name: z.string().min(1) }),
]);

/** What a recipe says under `source` with `type: postgres`. */
const postgresConfig = z
  .strictObject({
    conn_id: z.string().min(1).optional().describe('A connection that says where the database is.'),
    url: z.string().superRefine(parsedBy(parseUrl)).optional().meta({
      datacook: 'secret',
      address: true,
      description: '`postgres://user:password@host:5432/database?sslmode=require`.',
    }),
    host: z.string().min(1).optional().meta({
      address: true,
      description: 'A name or address, or the folder of a Unix socket. Default: localhost.',
    }),
    port: z.int().min(1).max(65_535).optional().meta({ address: true, description: 'Default: 5432.' }),
    database: z
      .string()
      .min(1)
      .optional()
      .meta({ address: true, description: 'Default: the name of the user.' }),
    user: z
      .string()
      .min(1)
      .optional()
      .meta({ address: true, description: 'Default: the user of this process.' }),
    password: z.string().optional().meta({ datacook: 'secret', address: true }),
    password_file: z
      .string()
      .min(1)
      .optional()
      .meta({ datacook: 'path', address: true, description: 'A file that holds the password alone.' }),
    sslmode: z
      .enum(SSL_MODES)
      .optional()
      .describe('As in libpq. Default: prefer, which encrypts where the server can, and checks nothing.'),
    sslrootcert: z.string().min(1).optional().meta({
      datacook: 'path',
      description:
        'Certificates that vouch for the server. Default: ~/.postgresql/root.crt, else those of Node.',
    }),
    sslcert: z
      .string()
      .min(1)
      .optional()
      .meta({ datacook: 'path', description: 'Our own certificate. Default: ~/.postgresql/postgresql.crt.' }),
    sslkey: z
      .string()
      .min(1)
      .optional()
      .meta({ datacook: 'path', description: 'Its key. Default: ~/.postgresql/postgresql.key.' }),
    application_name: z
      .string()
      .min(1)
      .max(63)
      .optional()
      .describe('The name of our sessions. Default: datacook source.'),
    connect_timeout: duration.optional().describe('For a connection to be made. Default: 10s.'),
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
    if (config.password !== undefined && config.password_file !== undefined)
      issue('password_file', 'say password or password_file, not both');
    if (config.url === undefined) return;
    for (const key of ['host', 'port', 'database', 'user'] as const)
      if (config[key] !== undefined) issue(key, `the url says it already; say url or ${key}, not both`);
  });

/** The configuration with its defaults. */
export type PostgresConfig = z.output<typeof postgresConfig>;

export default postgresConfig;
