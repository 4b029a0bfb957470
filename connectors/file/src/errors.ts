import { DatacookError, type ErrorCode, type ErrorOptions, isDatacookError } from '@datacook/core';

interface Meaning {
  readonly code: ErrorCode;
  readonly what: string;
  readonly hint?: string;
  readonly retry?: boolean;
}

const MEANINGS: { readonly [code: string]: Meaning } = {
  ENOENT: { code: 'NOT_FOUND', what: "doesn't exist" },
  ENOTDIR: { code: 'NOT_FOUND', what: "doesn't exist: a part of its path is not a folder" },
  EACCES: {
    code: 'AUTH',
    what: 'may not be read by this user',
    hint: 'Give the user who runs this the right to read the file and to enter its folders.',
  },
  EPERM: {
    code: 'AUTH',
    what: 'may not be read by this user',
    hint: 'Give the user who runs this the right to read the file and to enter its folders.',
  },
  ELOOP: { code: 'NOT_FOUND', what: 'is a symbolic link that leads to itself' },
  EISDIR: {
    code: 'CONFIG',
    what: 'is a folder',
    hint: 'Name files, for instance with `*.csv` behind the folder.',
  },
  EMFILE: { code: 'CONNECTION', what: "can't be opened: too many files are open", retry: true },
  ENFILE: { code: 'CONNECTION', what: "can't be opened: too many files are open", retry: true },
  ENAMETOOLONG: { code: 'CONFIG', what: 'has too long a name' },
};

/** What the file system's error about a path means; CANCELLED if the signal is behind it. */
export function fileError(error: unknown, path: string, signal?: AbortSignal): DatacookError {
  if (isDatacookError(error)) return error;
  const { name, code, message } = error as NodeJS.ErrnoException;
  if (name === 'AbortError' || signal?.aborted)
    return new DatacookError('CANCELLED', `Reading ${path} was stopped.`, { cause: error });
  const meaning = code === undefined ? undefined : MEANINGS[code];
  if (meaning === undefined) {
    // An I/O error of a disk or a network share may pass.
    const isSystem = typeof code === 'string' && /^E[A-Z0-9]+$/.test(code);
    return new DatacookError(isSystem ? 'CONNECTION' : 'INTERNAL', `${path} can't be read: ${message}.`, {
      retry: isSystem,
      details: { file: path },
      cause: error,
    });
  }
  return new DatacookError(meaning.code, `${path} ${meaning.what}.`, {
    ...(meaning.hint === undefined ? {} : { hint: meaning.hint }),
    retry: meaning.retry ?? false,
    details: { file: path },
    cause: error,
  });
}

/** A format's error with the file that it is about: the message begins with `path:line:`. */
export function locateError(error: unknown, path: string): unknown {
  if (!isDatacookError(error) || error.details['file'] !== undefined) return error;
  const { line } = error.details;
  const place = typeof line === 'number' ? `${path}:${line}` : path;
  const options: ErrorOptions = {
    retry: error.retry,
    details: { ...error.details, file: path },
    cause: error,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  };
  return new DatacookError(error.code, `${place}: ${error.message}`, options);
}
