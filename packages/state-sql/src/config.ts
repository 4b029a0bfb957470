import { isDatacookError } from '@datacook/core';
import { parseDurationMs } from '@datacook/toolkit';
import { z } from 'zod';
import { parseAddress } from './address.js';

/** Runs a parser that throws CONFIG, and makes of that an issue with a place. */
function parsedBy<T>(parse: (value: T) => unknown) {
  return (value: T, context: z.core.$RefinementCtx<T>) => {
    try {
      parse(value);
    } catch (error) {
      if (!isDatacookError(error)) throw error;
      // A URL may hold a password: it must not be an issue's input.
      context.addIssue({
        code: 'custom',
        message: error.hint === undefined ? error.message : `${error.message}. ${error.hint}`,
      });
    }
  };
}

const duration = z.union([z.string(), z.number().nonnegative()]).superRefine(parsedBy(parseDurationMs));

/** Postgres cuts longer names off without an error. */
const MAX_NAME_BYTES = 63;
const name = z
  .string()
  .min(1)
  .refine((text) => Buffer.byteLength(text) <= MAX_NAME_BYTES && !text.includes('\0'), {
    message: `a name has at most ${MAX_NAME_BYTES} bytes and no NUL`,
  });

/** Where the records lie, and how long to wait for the database. */
export default z
  .strictObject({
    conn_id: z.string().min(1).optional().describe('A connection that says the url.'),
    url: z.string().superRefine(parsedBy(parseAddress)).optional().meta({
      datacook: 'secret',
      address: true,
      description: 'The database: `postgres://user:password@host:5432/database?sslmode=require`.',
    }),
    schema: name
      .optional()
      .describe("Schema of the table. It is made if need be. Default: the search path's."),
    table: name
      .default('_datacook_state')
      .describe('Table of the records. It is made when something is first saved.'),
    connect_timeout: duration.default('10s').describe('For a connection to be made.'),
    statement_timeout: duration.default('30s').describe('For the database to answer.'),
    lock_timeout: duration.default('10s').describe('For a lock that somebody else holds.'),
  })
  .superRefine(({ url, conn_id }, context) => {
    if (url === undefined && conn_id === undefined)
      context.addIssue({ code: 'custom', path: ['url'], message: 'say where the state is: url or conn_id' });
  });
