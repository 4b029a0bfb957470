import { DatacookError } from '@datacook/core';
import { nearest } from '@datacook/toolkit';

/** Connection parameters under libpq's names, as URLs and service files have them. */
export type Keywords = Readonly<Record<string, string>>;

/** What is used. */
const USED = new Set([
  'host',
  'port',
  'dbname',
  'user',
  'password',
  'passfile',
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'channel_binding',
  'application_name',
  'connect_timeout',
  'options',
  'service',
]);

/** What other clients understand, and what changes neither the rows nor who may read them. */
const PASSED_OVER = new Set([
  'client_encoding',
  'fallback_application_name',
  'gssencmode',
  'gsslib',
  'hostaddr',
  'keepalives',
  'keepalives_count',
  'keepalives_idle',
  'keepalives_interval',
  'krbsrvname',
  'load_balance_hosts',
  'pgbouncer',
  'pool_timeout',
  'sslcompression',
  'sslsni',
  'tcp_user_timeout',
  'uselibpqcompat',
]);

const EXAMPLE = 'postgres://user:password@host:5432/database?sslmode=require';

/**
 * Takes `postgres://user:password@host:port/database?parameter=value` apart. A password may hold characters that
 * should be percent-encoded: the last `@` before the host counts. Throws CONFIG; the URL is never in the message.
 */
export function parseUrl(url: string): Keywords {
  const scheme = /^postgres(?:ql)?:\/\//i.exec(url);
  if (scheme === null) throw badUrl('it does not begin with postgres:// or postgresql://');
  const rest = url.slice(scheme[0].length);
  const found: Record<string, string> = {};
  const at = endOfCredentials(rest);
  if (at >= 0) Object.assign(found, credentials(rest.slice(0, at)));
  const [, place = '', query] = /^([^?]*)(?:\?([\s\S]*))?$/.exec(rest.slice(at + 1)) ?? [];
  Object.assign(found, addressOf(place));
  for (const [name, value] of parameters(query ?? '')) found[name] = value;
  return checkKeywords(found, 'url');
}

/** Throws CONFIG for a parameter that nobody knows, or that can't be kept to. `where` names what says it. */
export function checkKeywords(keywords: Keywords, where: string): Keywords {
  for (const [name, value] of Object.entries(keywords)) {
    if (USED.has(name) || PASSED_OVER.has(name)) continue;
    if (name === 'target_session_attrs' && ['any', 'prefer-standby', ''].includes(value)) continue;
    const near = nearest(name, USED);
    throw new DatacookError('CONFIG', `${where}: the parameter ${JSON.stringify(name)} can't be used here.`, {
      hint:
        near.length > 0
          ? `Did you mean ${near.join(' or ')}?`
          : 'Remove it. Schemas go into `table`, as in table: sales.orders.',
    });
  }
  if (keywords['host']?.includes(',') || keywords['port']?.includes(',')) {
    throw new DatacookError('CONFIG', `${where}: several hosts can't be tried in turn.`, {
      hint: 'Name one host.',
    });
  }
  const { port } = keywords;
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) < 65_536)) {
    throw new DatacookError('CONFIG', `${where}: the port is no number from 1 to 65535.`, {
      hint: `Write it behind the host, as in ${EXAMPLE}.`,
    });
  }
  return keywords;
}

/** Where the `@` behind user and password is; -1: there are none. */
function endOfCredentials(rest: string): number {
  const authority = /^[^/?#]*/.exec(rest)?.[0] ?? '';
  const last = rest.lastIndexOf('@');
  if (last < 0) return -1;
  const beforeQuery = rest.slice(0, rest.indexOf('?') < 0 ? rest.length : rest.indexOf('?'));
  const isQuery = /^\?(?:[a-z_]+=[^&]*(?:&|$))+$/i.test(rest.slice(beforeQuery.length));
  // `host/database?application_name=a@b` has no credentials, and `user:pa?ss@host` has.
  if (isQuery || !rest.includes('?')) return beforeQuery.lastIndexOf('@');
  return authority.includes('@') && last < authority.length ? authority.lastIndexOf('@') : last;
}

function credentials(text: string): Keywords {
  const colon = text.indexOf(':');
  const user = decode(colon < 0 ? text : text.slice(0, colon));
  return {
    ...(user === '' ? {} : { user }),
    ...(colon < 0 ? {} : { password: decode(text.slice(colon + 1)) }),
  };
}

function addressOf(place: string): Keywords {
  const parts = /^(\[[^\]]*\]|[^:/]*)(?::([^/]*))?(?:\/([\s\S]*))?$/.exec(place);
  if (parts === null) throw badUrl("its host can't be told from its port");
  const [, host = '', port = '', database = ''] = parts;
  return {
    ...(host === '' ? {} : { host: decode(host.replace(/^\[(.*)\]$/, '$1')) }),
    ...(port === '' ? {} : { port: decode(port) }),
    ...(database === '' ? {} : { dbname: decode(database) }),
  };
}

function parameters(query: string): [string, string][] {
  return query
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const equals = part.indexOf('=');
      if (equals < 1) throw badUrl('a parameter behind the ? has no name or no value');
      const name = decode(part.slice(0, equals));
      const value = decode(part.slice(equals + 1));
      // As other clients of Postgres have it.
      if (name === 'ssl') return ['sslmode', value === 'false' ? 'disable' : 'require'];
      return [name, value];
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

function badUrl(why: string): DatacookError {
  return new DatacookError('CONFIG', `The URL of the database can't be read: ${why}.`, {
    hint: `Write ${EXAMPLE}; percent-encode special characters of user and password.`,
  });
}
