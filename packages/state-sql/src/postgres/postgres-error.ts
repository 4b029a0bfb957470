import { DatacookError, type ErrorCode, isDatacookError } from '@datacook/core';

/** What was tried, and where. */
export interface ErrorPlace {
  /** As the end of a sentence: `can't be saved`. */
  readonly failure: string;
  /** The table and the database. */
  readonly place: string;
  /** What to grant where a right is missing: SQL. */
  readonly grant: string;
}

interface Meaning {
  readonly code: ErrorCode;
  readonly hint?: string;
  readonly retry?: true;
}

const AGAIN = 'Look at the server and its log.';
const PASSWORD = 'Check user and password: in the URL, PGPASSWORD, or the password file.';

/** By SQLSTATE, or by its class: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const MEANINGS: { readonly [state: string]: Meaning } = {
  '08': { code: 'CONNECTION', retry: true, hint: AGAIN },
  '22': { code: 'DATA', hint: 'The table is none that datacook has made, or something else has changed it.' },
  '22P05': {
    code: 'UNSUPPORTED',
    hint: 'The database has an encoding that lacks this character: keep the state in one with the encoding UTF8.',
  },
  '25006': {
    code: 'CONNECTION',
    retry: true,
    hint: 'The server only reads: a standby, or default_transaction_read_only is on. Name the primary.',
  },
  '28': {
    code: 'AUTH',
    hint: "Check user, password and database; the server's pg_hba.conf must let this user in from here.",
  },
  '28P01': { code: 'AUTH', hint: PASSWORD },
  '3D': { code: 'NOT_FOUND', hint: "Check the database's name in the URL." },
  '3F': {
    code: 'CONFIG',
    hint: 'Say state.schema: the search path leads to no schema that this user may use.',
  },
  '40': { code: 'CONNECTION', retry: true, hint: AGAIN },
  '42': { code: 'CONFIG', hint: 'The table is none that datacook has made: name another as state.table.' },
  '42703': {
    code: 'DATA',
    hint: 'The table is none that this datacook has made. Upgrade datacook, or name another as state.table; nothing was touched.',
  },
  '53': { code: 'CONNECTION', retry: true, hint: AGAIN },
  '53100': { code: 'CONNECTION', retry: true, hint: "The server's disk is full. Nothing was lost." },
  '53300': {
    code: 'CONNECTION',
    retry: true,
    hint: 'The server takes no more connections: raise max_connections.',
  },
  '54': { code: 'UNSUPPORTED', hint: 'The key or the value is too long: a key takes some 2,600 bytes.' },
  '55P03': {
    code: 'CONNECTION',
    retry: true,
    hint: 'Somebody else holds a lock on it. state.lock_timeout says how long to wait.',
  },
  '57': { code: 'CONNECTION', retry: true, hint: AGAIN },
  '57014': {
    code: 'CONNECTION',
    retry: true,
    hint: 'state.statement_timeout, or the server, was too impatient, or somebody cancelled it.',
  },
  '58': { code: 'CONNECTION', retry: true, hint: AGAIN },
  XX: { code: 'DATA', hint: 'The server has a defect or damaged data: see its log.' },
};

const SYSTEM: { readonly [code: string]: { readonly what: string; readonly hint: string } } = {
  ECONNREFUSED: { what: 'nothing listens there', hint: 'Check host and port, and that the server runs.' },
  ENOTFOUND: { what: 'there is no such host', hint: "Check the host's name." },
  EAI_AGAIN: { what: "the name of the host can't be looked up now", hint: 'Check the network and its DNS.' },
  ETIMEDOUT: { what: "it doesn't answer", hint: 'Check host, port and firewalls.' },
  EHOSTUNREACH: { what: 'no route leads there', hint: 'Check the network.' },
  ENETUNREACH: { what: 'no route leads there', hint: 'Check the network.' },
  ECONNRESET: { what: 'the connection was cut', hint: AGAIN },
  EPIPE: { what: 'the connection was cut', hint: AGAIN },
  ENOENT: { what: 'there is no such socket', hint: 'Check the folder, the port, and that the server runs.' },
};

const TLS = /^(?:CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_|ERR_SSL_|ERR_OSSL_|HOSTNAME_MISMATCH)/;

/** SQLSTATE, if the server said it. */
export function serverCode(error: unknown): string | undefined {
  const { code, severity } = (error ?? {}) as { readonly code?: unknown; readonly severity?: unknown };
  return typeof code === 'string' && severity !== undefined ? code : undefined;
}

/** What the server's refusal of a statement means. */
export function statementError(error: unknown, { failure, place, grant }: ErrorPlace): DatacookError {
  const state = serverCode(error) ?? '';
  const meaning = MEANINGS[state] ?? MEANINGS[state.slice(0, 2)];
  const { message } = error as Error;
  const isRight = state === '42501';
  const hint = isRight ? `Let somebody who may run: ${grant}` : meaning?.hint;
  return new DatacookError(
    isRight ? 'AUTH' : (meaning?.code ?? 'INTERNAL'),
    `The state in ${place} ${failure}: ${message}`,
    {
      ...(hint === undefined ? {} : { hint }),
      retry: meaning?.retry ?? false,
      details: { sqlstate: state, table: place },
      cause: error,
    },
  );
}

/** What it means that no connection was made to `address`. */
export function connectError(error: unknown, address: string): DatacookError {
  if (isDatacookError(error)) return error;
  const failed = `The database of the state, ${address}, can't be connected to`;
  const state = serverCode(error);
  const { message } = error as Error;
  if (state !== undefined) {
    const meaning = MEANINGS[state] ?? MEANINGS[state.slice(0, 2)];
    return new DatacookError(meaning?.code ?? 'CONNECTION', `${failed}: ${message}`, {
      hint: meaning?.hint ?? AGAIN,
      retry: meaning?.retry ?? false,
      details: { sqlstate: state },
      cause: error,
    });
  }
  if (/password must be a string/i.test(message)) {
    return new DatacookError('AUTH', `${failed}: it asks for a password, and there is none`, {
      hint: PASSWORD,
      cause: error,
    });
  }
  const code = String((error as { readonly code?: unknown }).code ?? '');
  if (TLS.test(code) || /SSL/.test(message)) {
    return new DatacookError('CONNECTION', `${failed}: ${message}`, {
      hint: "sslmode says what is demanded of the server's TLS, sslrootcert whom to trust.",
      cause: error,
    });
  }
  const known = SYSTEM[message === 'timeout expired' ? 'ETIMEDOUT' : code];
  return new DatacookError('CONNECTION', `${failed}: ${known?.what ?? message}`, {
    hint: known?.hint ?? AGAIN,
    retry: true,
    cause: error,
  });
}
