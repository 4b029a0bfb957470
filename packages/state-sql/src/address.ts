import { DatacookError } from '@datacook/core';
import { nearest } from '@datacook/toolkit';

/** Where a database is and how it is reached: what a URL says of it. */
export interface Address {
  readonly host?: string;
  readonly port?: number;
  readonly database?: string;
  readonly user?: string;
  readonly password?: string;
  /** What stands behind the `?`, under libpq's names. */
  readonly parameters: { readonly [name in Parameter]?: string };
}

const PARAMETERS = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'application_name', 'options'] as const;
type Parameter = (typeof PARAMETERS)[number];
/** Say the same as other parts of the URL. */
const PARTS = ['host', 'port', 'dbname', 'user', 'password'];
/** How a connection is encrypted, with libpq's meanings; `allow` is taken as `prefer`. */
const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
/** What other clients understand, and what changes neither the records nor who may read them. */
const PASSED_OVER = new Set(['connect_timeout', 'client_encoding', 'pgbouncer', 'pool_timeout', 'sslsni']);

const EXAMPLE = 'postgres://user:password@host:5432/database?sslmode=require';

/**
 * Takes the URL of a database apart. Its scheme chooses the kind of database: `postgres://` or `postgresql://`. Throws
 * CONFIG; the URL, which may hold a password, is never in the message.
 */
export function parseAddress(text: string): Address {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== 'postgres' && scheme !== 'postgresql') throw otherScheme(scheme);
  const url = parseUrl(text);
  const parts = new Map<string, string>();
  for (const [name, value] of url.searchParams) {
    // As other clients of Postgres have it.
    if (name === 'ssl') parts.set('sslmode', value === 'false' || value === '0' ? 'disable' : 'require');
    else if (isKnown(name)) parts.set(name, value);
    else throw unknownParameter(name);
  }
  const part = (name: string, inUrl: string) => parts.get(name) || decode(inUrl) || undefined;
  const host = part('host', url.hostname.replace(/^\[(.*)\]$/, '$1'));
  const port = part('port', url.port);
  const database = part('dbname', url.pathname.replace(/^\//, ''));
  const user = part('user', url.username);
  const password = part('password', url.password);
  checkHost(host, port);
  checkSslMode(parts.get('sslmode'));
  return {
    ...(host === undefined ? {} : { host }),
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(database === undefined ? {} : { database }),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    parameters: Object.fromEntries(
      PARAMETERS.flatMap((name) => (parts.get(name) ? [[name, parts.get(name)!]] : [])),
    ),
  };
}

function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw new DatacookError('CONFIG', "The URL of the state's database can't be read", {
      hint: `Write ${EXAMPLE}, with one host; percent-encode special characters of user and password.`,
    });
  }
}

function isKnown(name: string): boolean {
  return (PARAMETERS as readonly string[]).includes(name) || PARTS.includes(name) || PASSED_OVER.has(name);
}

function checkHost(host: string | undefined, port: string | undefined): void {
  if (host?.includes(',')) {
    throw new DatacookError('CONFIG', "The URL of the state's database names several hosts", {
      hint: 'Name one: the state must have one place.',
    });
  }
  if (port === undefined || (/^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) < 65_536)) return;
  throw new DatacookError('CONFIG', "The port of the state's database is no number from 1 to 65535", {
    hint: `Write it behind the host, as in ${EXAMPLE}.`,
  });
}

/** Throws CONFIG for a mode of TLS that isn't known. `undefined` is none. */
export function checkSslMode(mode: string | undefined): void {
  if (mode === undefined || mode === '' || (SSL_MODES as readonly string[]).includes(mode)) return;
  throw new DatacookError('CONFIG', `There is no sslmode ${JSON.stringify(mode)}`, {
    hint: `There are ${SSL_MODES.join(', ')}.`,
  });
}

function unknownParameter(name: string): DatacookError {
  const near = nearest(name, [...PARAMETERS, ...PARTS]);
  const hint = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'Remove it.';
  return new DatacookError(
    'CONFIG',
    `The parameter ${JSON.stringify(name)} of the state's URL can't be used here`,
    { hint },
  );
}

function otherScheme(scheme: string | undefined): DatacookError {
  if (scheme === undefined) {
    return new DatacookError('CONFIG', "The URL of the state's database has no scheme", {
      hint: `Write ${EXAMPLE}.`,
    });
  }
  return new DatacookError('CONFIG', `State can't be kept in a database of the scheme ${scheme}://`, {
    hint: `It can in Postgres: ${EXAMPLE}.`,
  });
}

/** A `%` that begins no escape stands for itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
