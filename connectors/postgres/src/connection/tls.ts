import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { DatacookError } from '@datacook/core';
import type { SSL_MODES } from './connection-config.js';

export type SslMode = (typeof SSL_MODES)[number];

/** What is said of TLS; paths are absolute. */
export interface TlsSettings {
  readonly mode: SslMode;
  /** `system`: Node's own. */
  readonly rootCertificates?: string;
  readonly certificate?: string;
  readonly key?: string;
}

/**
 * Options for an encrypted connection by libpq's rules: `require` checks nothing, unless certificates are there that
 * the server's could be checked with; `verify-ca` checks who vouches for the server, `verify-full` its name as well.
 * Where libpq would want a root certificate and there is none, Node's own count. Throws NOT_FOUND for a file that was
 * named and isn't there.
 */
export async function tlsOptions(settings: TlsSettings): Promise<ConnectionOptions> {
  const { mode } = settings;
  const [ca, cert, key] = await Promise.all([
    settings.rootCertificates === 'system'
      ? undefined
      : read(settings.rootCertificates, 'root.crt', 'sslrootcert'),
    read(settings.certificate, 'postgresql.crt', 'sslcert'),
    read(settings.key, 'postgresql.key', 'sslkey'),
  ]);
  if (cert !== undefined && key === undefined)
    throw new DatacookError('CONFIG', 'There is a certificate of ours (sslcert), and no key of it.', {
      hint: 'Say where its key is: sslkey.',
    });
  const checksChain =
    mode === 'verify-ca' || mode === 'verify-full' || (mode === 'require' && ca !== undefined);
  return {
    rejectUnauthorized: checksChain,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert, key }),
    ...(mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
  };
}

async function read(path: string | undefined, usual: string, what: string): Promise<Buffer | undefined> {
  const place = path ?? join(homedir(), '.postgresql', usual);
  try {
    return await readFile(place);
  } catch (error) {
    if (path === undefined) return undefined;
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new DatacookError(
      isMissing ? 'NOT_FOUND' : 'AUTH',
      `${what}: the file ${place} ${isMissing ? "isn't there" : "can't be read"}.`,
      { details: { path: place }, cause: error },
    );
  }
}
