import { DatacookError } from '@datacook/core';

interface Meaning {
  readonly what: string;
  readonly hint: string;
  readonly retry?: true;
}

const NO_PERMISSION: Meaning = {
  what: 'permission denied',
  hint: 'Give the user that runs datacook the right to write to this folder, or name another one as state.path.',
};
const NO_LINKS: Meaning = {
  what: 'the file system has no hard links, which locks are made of',
  hint: 'Name a folder on a local disk as state.path.',
};
const TOO_MANY_FILES: Meaning = {
  what: 'too many open files',
  hint: 'Raise the limit of open files (ulimit -n), or lower runtime.parallelism.',
  retry: true,
};

const MEANINGS: { readonly [code: string]: Meaning } = {
  EACCES: NO_PERMISSION,
  EPERM: NO_PERMISSION,
  EROFS: { what: 'the file system is read-only', hint: 'Name a folder that can be written as state.path.' },
  ENOSPC: { what: 'the disk is full', hint: 'Free some space, then run again: nothing was lost.' },
  EDQUOT: { what: 'the disk quota is used up', hint: 'Free some space, then run again: nothing was lost.' },
  EFBIG: { what: 'the file size limit is exceeded', hint: 'Raise the limit of file sizes (ulimit -f).' },
  ENOTDIR: { what: 'a part of the path is a file', hint: 'state.path must be a folder, or not exist yet.' },
  EEXIST: { what: 'the path is a file', hint: 'state.path must be a folder, or not exist yet.' },
  EISDIR: { what: 'it is a folder', hint: 'Move the folder out of the state folder.' },
  ENOENT: {
    what: 'it has vanished',
    hint: 'Something else removes files from the state folder.',
    retry: true,
  },
  ENAMETOOLONG: { what: 'the path is too long', hint: 'Name a shorter path as state.path.' },
  EMFILE: TOO_MANY_FILES,
  ENFILE: TOO_MANY_FILES,
  EIO: { what: 'the disk reports an error', hint: 'Check the disk.', retry: true },
  ESTALE: { what: 'the network file system has lost the file', hint: 'Run again.', retry: true },
  EBUSY: { what: 'it is in use', hint: 'Close the program that has it open.', retry: true },
};

/** The code of an error of the file system, if it is one. */
export function fileErrorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}

/** CONNECTION: what couldn't be done, with which path, and why. */
export function toFileError(error: unknown, action: string, path: string): DatacookError {
  const code = fileErrorCode(error);
  const noLinks = action === 'link' && ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(code ?? '');
  const meaning = noLinks ? NO_LINKS : MEANINGS[code ?? ''];
  const what = meaning?.what ?? (error instanceof Error ? error.message : String(error));
  const verb = action === 'link' ? 'lock' : action;
  return new DatacookError('CONNECTION', `cannot ${verb} the state in ${path}: ${what}`, {
    ...(meaning === undefined ? {} : { hint: meaning.hint }),
    retry: meaning?.retry ?? false,
    details: { path, ...(code === undefined ? {} : { system_code: code }) },
    cause: error,
  });
}
