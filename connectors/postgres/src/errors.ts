import { DatacookError, type ErrorOptions, isDatacookError } from '@datacook/core';
import { AGAIN, meaningOf, type Use } from './error-meanings.js';

/** What the server says of a failure: https://www.postgresql.org/docs/current/protocol-error-fields.html */
export interface ServerError {
  readonly message: string;
  /** SQLSTATE. */
  readonly code: string;
  readonly severity?: string;
  readonly detail?: string;
  readonly hint?: string;
  /** Where in the statement, counted in characters from 1. */
  readonly position?: string;
}

/** A part of a statement that the user wrote. */
export interface UserText {
  /** The option that holds it. */
  readonly option: string;
  readonly text: string;
}

export interface ErrorPlace {
  /** What was tried, as the end of a sentence that begins with "Postgres refused to". */
  readonly action: string;
  readonly statement?: string;
  readonly parts?: readonly UserText[];
  readonly signal?: AbortSignal;
  /** What the session is for. Default: reading. */
  readonly use?: Use;
}

const SYSTEM: { readonly [code: string]: { readonly what: string; readonly hint: string } } = {
  ECONNREFUSED: { what: 'nothing listens there', hint: 'Check host and port, and that the server runs.' },
  ENOTFOUND: { what: 'there is no such host', hint: "Check the host's name." },
  EAI_AGAIN: { what: "the name of the host can't be looked up now", hint: 'Check the network and its DNS.' },
  ETIMEDOUT: {
    what: "it doesn't answer",
    hint: 'Check host, port and firewalls; connect_timeout says how long to wait.',
  },
  EHOSTUNREACH: { what: 'no route leads there', hint: 'Check the network.' },
  ENETUNREACH: { what: 'no route leads there', hint: 'Check the network.' },
  ECONNRESET: { what: 'the connection was cut', hint: AGAIN },
  EPIPE: { what: 'the connection was cut', hint: AGAIN },
  ENOENT: { what: 'there is no such socket', hint: 'Check the folder, the port, and that the server runs.' },
  EACCES: { what: 'the socket may not be opened by this user', hint: 'Check the rights of the socket.' },
};

const TLS =
  /^(?:CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_|ERR_SSL_|ERR_OSSL_|HOSTNAME_MISMATCH|EPROTO$)/;

/** Whether the server itself said it. */
export function isServerError(error: unknown): error is ServerError & Error {
  const { code, severity } = (error ?? {}) as { code?: unknown; severity?: unknown };
  return typeof code === 'string' && code.length === 5 && severity !== undefined;
}

/** What a failure of a statement or connection means. CANCELLED if the signal is behind it. */
export function postgresError(error: unknown, place: ErrorPlace): DatacookError {
  const { action, signal } = place;
  if (isDatacookError(error)) return error;
  if (signal?.aborted === true)
    return new DatacookError('CANCELLED', `Postgres was told to stop: ${action}.`, { cause: error });
  if (isServerError(error)) return serverError(error, place);
  const { code } = flatten(error);
  const known = code === undefined ? undefined : SYSTEM[code];
  const message = known?.what ?? flatten(error).message;
  return new DatacookError('CONNECTION', `Postgres can't ${action}: ${message}.`, {
    hint: known?.hint ?? AGAIN,
    retry: code !== 'EACCES',
    cause: error,
  });
}

function serverError(
  error: ServerError,
  { action, statement, parts, use = 'read' }: ErrorPlace,
): DatacookError {
  const meaning = meaningOf(error.code, use);
  const written = userPlace(error, statement, parts);
  const detail = error.detail === undefined ? '' : ` ${error.detail}`;
  const hint = [error.hint, meaning?.hint].filter((text) => text !== undefined).join(' ');
  const options: ErrorOptions = {
    retry: meaning?.retry ?? false,
    ...(hint === '' ? {} : { hint }),
    details: { sqlstate: error.code, ...written?.details },
    cause: error,
  };
  const where = written === undefined ? '' : ` ${written.text}`;
  const said = `${error.message}.${detail}`.replace(/\.\.$/, '.');
  return new DatacookError(meaning?.code ?? 'INTERNAL', `Postgres can't ${action}: ${said}${where}`, options);
}

/** Where in what the user wrote the server saw the fault. */
function userPlace(
  { position }: ServerError,
  statement: string | undefined,
  parts: readonly UserText[] | undefined,
) {
  if (position === undefined || statement === undefined) return undefined;
  // The server counts code points, JavaScript UTF-16 units.
  const before = [...statement].slice(0, Number(position) - 1).join('').length;
  for (const { option, text } of parts ?? []) {
    const start = statement.indexOf(text);
    if (start < 0 || before < start || before > start + text.length) continue;
    const lines = text.slice(0, before - start).split('\n');
    const column = lines.at(-1)!.length + 1;
    const line = text.split('\n')[lines.length - 1]!;
    const shown = line.slice(Math.max(0, column - 30), column + 30).trim();
    return {
      text: `See ${option}, line ${lines.length}, character ${column}: ${shown}`,
      details: { option, line: lines.length, column },
    };
  }
  return undefined;
}

/** The error of a connection that can't be made; `address` names host, port and database. */
export function connectError(error: unknown, address: string, signal?: AbortSignal): DatacookError {
  if (isDatacookError(error)) return error;
  if (signal?.aborted === true)
    return new DatacookError('CANCELLED', `Connecting to ${address} was stopped.`, { cause: error });
  if (isServerError(error)) return postgresError(error, { action: `open ${address}` });
  const { code, message } = flatten(error);
  if (message.includes('timeout expired')) return unreachable(address, SYSTEM['ETIMEDOUT']!, error);
  if (message.includes('does not support SSL'))
    return new DatacookError('CONNECTION', `${address}: the server doesn't offer TLS.`, {
      hint: 'sslmode: prefer or disable goes without; better let the server offer it.',
      cause: error,
    });
  if ((code !== undefined && TLS.test(code)) || /certificate|SSL|TLS/i.test(message))
    return new DatacookError(
      'CONNECTION',
      `${address}: the server's certificate is not accepted: ${message}.`,
      {
        hint: "sslrootcert names a file with the certificate of who vouches for it; with sslmode: verify-ca its name isn't looked at, with require nothing is.",
        details: code === undefined ? {} : { reason: code },
        cause: error,
      },
    );
  const known = code === undefined ? undefined : SYSTEM[code];
  return unreachable(address, known ?? { what: message, hint: AGAIN }, error);
}

function unreachable(
  address: string,
  { what, hint }: { readonly what: string; readonly hint: string },
  cause: unknown,
): DatacookError {
  return new DatacookError('CONNECTION', `${address} can't be reached: ${what}.`, {
    hint,
    retry: true,
    cause,
  });
}

/** Node tries all addresses of a host: of several failures, the first. */
function flatten(error: unknown): { readonly code?: string; readonly message: string } {
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  const { code, message } = (first ?? {}) as { code?: string; message?: string };
  return { ...(code === undefined ? {} : { code }), message: (message ?? String(first)).replace(/\.$/, '') };
}
