import type { ErrorCode } from '@datacook/core';

/** What a session is for: errors are explained by it. */
export type Use = 'read' | 'write';

/** What a failure is to the user. */
export interface Meaning {
  readonly code: ErrorCode;
  readonly hint?: string;
  readonly retry?: boolean;
}

/** A hint where nothing better is known. */
export const AGAIN = 'The run tries again; if it goes on, look at the server and its log.';

/** By SQLSTATE, or by its class: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const READING: { readonly [state: string]: Meaning } = {
  '08': { code: 'CONNECTION', retry: true, hint: AGAIN },
  '0A': { code: 'UNSUPPORTED' },
  '22': {
    code: 'DATA',
    hint: "A value can't be worked out: look at the expressions of where, query or the view.",
  },
  '22023': { code: 'CONFIG' },
  '25006': {
    code: 'CONFIG',
    hint: 'A source only reads: query must be a SELECT that calls nothing that writes.',
  },
  '25P04': {
    code: 'CONNECTION',
    retry: true,
    hint: 'A load is one transaction: transaction_timeout of the role or the server is too short for it.',
  },
  '25P03': { code: 'CONNECTION', retry: true, hint: 'The server ended a session that waited too long.' },
  '26': { code: 'CONNECTION', retry: true, hint: 'Connect without a pooler of transactions between.' },
  '28': {
    code: 'AUTH',
    hint: "Check user, password and database; the server's pg_hba.conf must let this user in from here.",
  },
  '28P01': {
    code: 'AUTH',
    hint: 'Check user and password: in the connection, PGPASSWORD, or the password file.',
  },
  '3D': { code: 'NOT_FOUND', hint: "Check the database's name in the connection." },
  '3F': { code: 'NOT_FOUND', hint: "Check the schema's name." },
  '40': { code: 'CONNECTION', retry: true, hint: AGAIN },
  '40001': {
    code: 'CONNECTION',
    retry: true,
    hint: 'On a standby, a long read collides with what it replays: see hot_standby_feedback and max_standby_streaming_delay.',
  },
  '42': { code: 'CONFIG' },
  '42501': { code: 'AUTH' },
  '42P01': { code: 'NOT_FOUND', hint: 'Check its name and schema.' },
  '42703': { code: 'CONFIG', hint: "Check the column's name; one with capitals is in double quotes." },
  '53': { code: 'CONNECTION', retry: true, hint: AGAIN },
  '53300': {
    code: 'CONNECTION',
    retry: true,
    hint: 'Lower max_connections of the source or runtime.parallelism, or let the server take more.',
  },
  '54': { code: 'UNSUPPORTED' },
  '55P03': {
    code: 'CONNECTION',
    retry: true,
    hint: 'Somebody else holds a lock, as ALTER TABLE or TRUNCATE do. lock_timeout says how long to wait.',
  },
  '57': { code: 'CONNECTION', retry: true, hint: AGAIN },
  '57014': {
    code: 'CONNECTION',
    retry: true,
    hint: "A statement_timeout ended it (of the source, else the role's or the server's), or somebody cancelled it. Reading a partition is one statement: statement_timeout: 0 lets it last.",
  },
  '58': { code: 'CONNECTION', retry: true, hint: AGAIN },
  '72': {
    code: 'CONNECTION',
    retry: true,
    hint: 'The snapshot has become too old for the server: see old_snapshot_threshold.',
  },
  XX: { code: 'DATA', hint: 'The server has a defect or damaged data: see its log.' },
};

/** Where writing is another matter than reading. */
const WRITING: { readonly [state: string]: Meaning } = {
  '21': { code: 'DATA' },
  '22': {
    code: 'DATA',
    hint: "The table's column can't hold a value: cast it in a step, or change the column's type.",
  },
  '22P05': {
    code: 'DATA',
    hint: "The database's encoding lacks a character: only a database in UTF8 holds every text.",
  },
  '23': { code: 'DATA', hint: 'A constraint of the table refuses a row. Nothing of this epoch was written.' },
  '23502': {
    code: 'DATA',
    hint: 'The column must have a value: bring one (a step can fill it in), or give the column a default.',
  },
  '23503': { code: 'DATA', hint: 'Load the table that it refers to first.' },
  '23505': {
    code: 'DATA',
    hint: 'Such a row is there already, or comes twice: write_mode: merge takes the place of rows with the same keys.',
  },
  '25006': {
    code: 'CONFIG',
    hint: 'This server or database only reads: connect to the primary, not to a standby.',
  },
  '25P03': {
    code: 'CONNECTION',
    retry: true,
    hint: 'The server ended a transaction in which nothing had run for too long: see idle_in_transaction_timeout.',
  },
  '25P04': {
    code: 'CONNECTION',
    retry: true,
    hint: 'An epoch is one transaction: transaction_timeout of the role or the server is too short for it.',
  },
  '2BP01': { code: 'SCHEMA', hint: 'Other objects depend on it.' },
  '39': { code: 'DATA', hint: 'A trigger of the table failed.' },
  '40001': { code: 'CONNECTION', retry: true, hint: AGAIN },
  '40P01': {
    code: 'CONNECTION',
    retry: true,
    hint: "Our locks and another session's waited for each other, and the server ended ours. The run tries again.",
  },
  '42501': {
    code: 'AUTH',
    hint: 'Grant the role what it lacks: append needs insert, merge select, insert and update, replace select, insert and delete; new columns and types need the owner of the table.',
  },
  '428C9': {
    code: 'SCHEMA',
    hint: 'The server works the column out itself: leave it out with drop_columns.',
  },
  '42P01': { code: 'NOT_FOUND', hint: 'Somebody has dropped or renamed it since the run began.' },
  '42P16': { code: 'SCHEMA' },
  '42701': { code: 'SCHEMA', hint: 'Give the column another name with rename_columns.' },
  '42804': { code: 'SCHEMA' },
  '44': { code: 'DATA' },
  '53100': { code: 'CONNECTION', retry: true, hint: "The server's disk is full: make room there." },
  '53300': {
    code: 'CONNECTION',
    retry: true,
    hint: 'Lower runtime.parallelism (a writer is a connection), or let the server take more.',
  },
  '54': { code: 'DATA', hint: 'A value or row is too large for the server, or for an index of the table.' },
  '54011': { code: 'SCHEMA', hint: 'A table has 1600 columns at most: leave some out with drop_columns.' },
  '57014': {
    code: 'CONNECTION',
    retry: true,
    hint: 'A statement_timeout ended it, or somebody cancelled it. What brings in the rows of an epoch, and what merges them, is one statement each: statement_timeout: 0 lets them last.',
  },
  P0: { code: 'DATA', hint: 'A trigger or function of the table refuses it.' },
};

/** What a SQLSTATE means, by itself or its class. Undefined: it isn't known. */
export function meaningOf(state: string, use: Use): Meaning | undefined {
  const group = state.slice(0, 2);
  if (use === 'read') return READING[state] ?? READING[group];
  return WRITING[state] ?? WRITING[group] ?? READING[state] ?? READING[group];
}
