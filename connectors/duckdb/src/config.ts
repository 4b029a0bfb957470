import { basename } from 'node:path';
import { isDatacookError } from '@datacook/core';
import { parseBytes } from '@datacook/toolkit';
import { z } from 'zod';

const size = z.union([z.string(), z.number().positive()]).superRefine((value, context) => {
  try {
    parseBytes(value);
  } catch (error) {
    if (!isDatacookError(error)) throw error;
    context.addIssue({
      code: 'custom',
      message: `${error.message} ${error.hint ?? ''}`.trim(),
      input: value,
    });
  }
});

/**
 * The file that a URL names: `duckdb:///data/sales.duckdb`, in Windows `duckdb:///C:/data/sales.duckdb`. Undefined if
 * it is no such URL.
 */
export function urlToPath(url: string): string | undefined {
  const path = /^duckdb:\/\/(\/[^?#]+)$/i.exec(url)?.[1];
  if (path === undefined || path.endsWith('/')) return undefined;
  try {
    const decoded = decodeURIComponent(path);
    return /^\/[A-Za-z]:\//.test(decoded) ? decoded.slice(1) : decoded;
  } catch {
    return undefined;
  }
}

const IN_MEMORY = 'a database in memory would be gone when the run ends; name a file';

const LOCAL_ONLY =
  'local files only: the path of a file on this machine, without a URL or a prefix such as md: or sqlite:';

/**
 * Whether DuckDB's other ways to name a database are meant. Prefixes are looked for at the begin of each part: what
 * isn't a URL may have been laid on a folder by now.
 */
function isLocal(path: string): boolean {
  return (
    !/^[a-z][a-z0-9+.-]+:\/\//i.test(path) &&
    !/(^|[/\\])(md|motherduck|ducklake|duckdb|sqlite|postgres|postgresql|mysql|file|https?|s3):/i.test(path)
  );
}

/** What a recipe says under `destination` with `type: duckdb`. */
const duckdbConfig = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .refine((path) => basename(path) !== ':memory:', IN_MEMORY)
      .refine(isLocal, LOCAL_ONLY)
      .optional()
      .meta({
        datacook: 'path',
        address: true,
        description: 'The database file. It is made if it is not there; its folder must be.',
      }),
    url: z
      .string()
      .refine(
        (url) => urlToPath(url) !== undefined,
        'write duckdb:/// and an absolute path, as in duckdb:///data/sales.duckdb',
      )
      .optional()
      .meta({
        address: true,
        description:
          'The same as a URL with an absolute path, `duckdb:///data/sales.duckdb`; for `DATACOOK_CONN_…`.',
      }),
    conn_id: z.string().min(1).optional().describe('A connection that says the path or URL.'),
    memory_limit: size
      .default('256mb')
      .describe('What DuckDB may hold in memory; beyond it, it spills to `<file>.tmp`.'),
    threads: z.int().min(1).max(1024).optional().describe('Threads of DuckDB. Default: one a core.'),
  })
  .superRefine((config, context) => {
    const issue = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message, input: config });
    if (config.path !== undefined && config.url !== undefined) issue('url', 'say path or url, not both');
    if (config.path === undefined && config.url === undefined && config.conn_id === undefined)
      issue('path', 'say where the database is: path, url or conn_id');
  });

/** The configuration with its defaults. */
export type DuckDBConfig = z.output<typeof duckdbConfig>;

export default duckdbConfig;
