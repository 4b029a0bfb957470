import type { Json } from './json.js';

/**
 * What kind of failure it is.
 *
 * | code | meaning |
 * | --- | --- |
 * | CONFIG | the recipe, configuration or usage is wrong |
 * | AUTH | the system refuses who we are, or what we may do |
 * | NOT_FOUND | a file, table, plug-in or connection isn't there |
 * | SCHEMA | columns or types don't fit |
 * | DATA | a value, line or stored record is wrong |
 * | RATE_LIMIT | the system asks us to slow down |
 * | CONNECTION | the system can't be reached, or a resource (disk, lock) is not to be had |
 * | CONFLICT | another run has moved on |
 * | STALE_POSITION | the source can't read on from there any more |
 * | UNSUPPORTED | it is not offered |
 * | CANCELLED | it was asked to stop |
 * | INTERNAL | a defect of ours |
 */
export type ErrorCode =
  | 'CONFIG'
  | 'AUTH'
  | 'NOT_FOUND'
  | 'SCHEMA'
  | 'DATA'
  | 'RATE_LIMIT'
  | 'CONNECTION'
  | 'CONFLICT'
  | 'STALE_POSITION'
  | 'UNSUPPORTED'
  | 'CANCELLED'
  | 'INTERNAL';

/** Whether trying again may help; `afterMs` where the system said how long to wait. */
export type Retry = boolean | { readonly afterMs: number };

export interface ErrorOptions {
  /** What to do about it: a sentence. */
  readonly hint?: string;
  /** Default false. */
  readonly retry?: Retry;
  /** Facts for programs: file, line, column, path, table, … Never a secret. */
  readonly details?: { readonly [key: string]: Json };
  readonly cause?: unknown;
}

const MARK = Symbol.for('datacook.error');

/** The one error class. The message says what failed and on what; the hint says what to do. */
export class DatacookError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly retry: Retry;
  readonly details: { readonly [key: string]: Json };

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'DatacookError';
    this.code = code;
    this.hint = options.hint;
    this.retry = options.retry ?? false;
    this.details = options.details ?? {};
    Object.defineProperty(this, MARK, { value: true });
  }
}

/** Recognises a `DatacookError` of any copy of this package. */
export function isDatacookError(error: unknown): error is DatacookError {
  return typeof error === 'object' && error !== null && MARK in error;
}

/** The error itself, or what isn't ours as INTERNAL, not to be retried, with its message. */
export function toDatacookError(error: unknown): DatacookError {
  if (isDatacookError(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new DatacookError('INTERNAL', message, { cause: error });
}
