import { isDatacookError } from '@datacook/core';
import { parseDurationMs, parseTableName } from '@datacook/toolkit';
import { z } from 'zod';
import { parseUrl } from './url.js';

/** How a connection is encrypted, with libpq's meanings. */
export const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;

/** Runs a parser that throws CONFIG, and makes of that an issue with a place. */
export function parsedBy<T>(parse: (value: T) => unknown) {
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

/** A time, as `30s`, or seconds as a number. */
export const duration = z
  .union([z.string(), z.number().nonnegative()])
  .superRefine(parsedBy(parseDurationMs));

/** Throws CONFIG unless a text is `table` or `schema.table`. */
export function checkTableText(text: string): void {
  if (parseTableName(text).length > 2) parseTableName('');
}

/** What says where the database is and how to connect: the same for all plug-ins of this package. */
export const connectionOptions = {
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
  connect_timeout: duration.optional().describe('For a connection to be made. Default: 10s.'),
};

/** What says how to connect; a source may name its sessions. */
export type ConnectionConfig = z.output<z.ZodObject<typeof connectionOptions>> & {
  readonly application_name?: string | undefined;
};

/** Adds an issue for options that contradict each other. */
export function checkConnection(
  config: ConnectionConfig,
  issue: (option: string, message: string) => void,
): void {
  if (config.password !== undefined && config.password_file !== undefined)
    issue('password_file', 'say password or password_file, not both');
  if (config.url === undefined) return;
  for (const key of ['host', 'port', 'database', 'user'] as const)
    if (config[key] !== undefined) issue(key, `the url says it already; say url or ${key}, not both`);
}
