import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import { DatacookError } from '@datacook/core';
import { type Address, checkSslMode } from '../address.js';

/** `false`: not encrypted. */
export type Tls = ConnectionOptions | false;

/**
 * The ways to connect, in the order in which they are tried, by `sslmode` of the URL or PGSSLMODE with libpq's
 * meanings: `prefer` (the default) encrypts where the server can, `require` always; both check nothing, unless `require`
 * has an `sslrootcert`; `verify-ca` checks who vouches for the server, `verify-full` its name as well. Without
 * `sslrootcert`, Node's own authorities count. Throws NOT_FOUND or AUTH for a file that can't be read, CONFIG.
 */
export async function tlsWays(
  { parameters }: Address,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<readonly Tls[]> {
  const said = parameters.sslmode || environment['PGSSLMODE'] || 'prefer';
  checkSslMode(said);
  const root = parameters.sslrootcert || environment['PGSSLROOTCERT'];
  const mode = root === 'system' ? 'verify-full' : said;
  if (mode === 'disable') return [false];
  const [ca, cert, key] = await Promise.all([
    root === 'system' ? undefined : read(root, 'sslrootcert'),
    read(parameters.sslcert || environment['PGSSLCERT'], 'sslcert'),
    read(parameters.sslkey || environment['PGSSLKEY'], 'sslkey'),
  ]);
  const isChecked =
    mode === 'verify-full' || mode === 'verify-ca' || (mode === 'require' && ca !== undefined);
  const encrypted: Tls = {
    rejectUnauthorized: isChecked,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
  };
  return mode === 'prefer' || mode === 'allow' ? [encrypted, false] : [encrypted];
}

async function read(path: string | undefined, what: string): Promise<Buffer | undefined> {
  if (path === undefined || path === '') return undefined;
  try {
    return await readFile(path);
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new DatacookError(
      isMissing ? 'NOT_FOUND' : 'AUTH',
      `${what}: the file ${path} ${isMissing ? "isn't there" : "can't be read"}`,
      { details: { path }, cause: error },
    );
  }
}
