import { promises as fs } from 'node:fs';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { DatacookError } from '@datacook/core';
import { nearest } from '@datacook/toolkit';
import { fileError } from './errors.js';
import { folderNames, isGlob, matchFiles, type SplitPattern, splitPattern } from './glob.js';

/** How many files are asked for their size and time at once. */
const AT_ONCE = 64;

/** A file as it was when it was listed. */
export interface ListedFile {
  /**
   * The pattern's number, and the path from the folder that the pattern begins in, with slashes: it stays the same
   * if the whole project moves.
   */
  readonly name: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** When it was modified, in nanoseconds since 1970, as a decimal. */
  readonly mtimeNs: string;
}

export interface Listing {
  /** In the order of the patterns, then in byte order. Each path once. */
  readonly files: readonly ListedFile[];
  /** What was asked for and isn't there. */
  readonly missing: readonly Missing[];
}

/** A pattern without a file. */
export interface Missing {
  readonly isGlob: boolean;
  /** What the file would be called; of a glob, undefined. */
  readonly name?: string;
  /** Makes the error. */
  error(): Promise<DatacookError>;
}

/** Finds the files of the patterns, which are paths or globs. Throws AUTH, NOT_FOUND or CONFIG, with the path. */
export async function listFiles(patterns: readonly string[], signal: AbortSignal): Promise<Listing> {
  const found = new Map<string, string>();
  const missing: Missing[] = [];
  for (const [index, written] of patterns.entries()) {
    const pattern = resolve(written);
    const split = await splitPattern(pattern);
    if (await exists(pattern)) {
      const name = fileName(index, relative(split.base, pattern).split(sep).join('/'));
      if (!found.has(pattern)) found.set(pattern, name);
      continue;
    }
    if (!isGlob(split.rest)) {
      missing.push({ isGlob: false, name: fileName(index, split.rest), error: () => noFile(pattern) });
      continue;
    }
    const names = await matchFiles(split, signal);
    for (const name of names) {
      const path = join(split.base, name);
      if (!found.has(path)) found.set(path, fileName(index, name));
    }
    if (names.length === 0) missing.push({ isGlob: true, error: () => noMatch(pattern, split) });
  }

  const entries = [...found];
  const files: ListedFile[] = [];
  for (let at = 0; at < entries.length; at += AT_ONCE) {
    signal.throwIfAborted();
    const some = entries.slice(at, at + AT_ONCE);
    files.push(...(await Promise.all(some.map(([path, name]) => statFile(path, name)))));
  }
  return { files, missing };
}

/** Where a listed name lies now. */
export async function pathOf(name: string, patterns: readonly string[]): Promise<string> {
  const slash = name.indexOf('/');
  const pattern = patterns[Number(name.slice(0, slash))];
  if (slash === -1 || pattern === undefined) {
    throw new DatacookError(
      'STALE_POSITION',
      `The plan speaks of ${JSON.stringify(name)}, which no path leads to any more.`,
      {
        hint: 'Has `path` been changed? Start over with --full-refresh.',
      },
    );
  }
  const { base } = await splitPattern(resolve(pattern));
  return join(base, ...name.slice(slash + 1).split('/'));
}

function fileName(index: number, path: string): string {
  return `${index}/${path}`;
}

async function exists(path: string): Promise<boolean> {
  try {
    await fs.lstat(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return false;
    throw fileError(error, path);
  }
}

async function statFile(path: string, name: string): Promise<ListedFile> {
  try {
    const stat = await fs.stat(path, { bigint: true });
    if (stat.isDirectory()) throw Object.assign(new Error('is a folder'), { code: 'EISDIR' });
    if (!stat.isFile()) {
      throw new DatacookError('UNSUPPORTED', `${path} is not an ordinary file.`, {
        hint: "Pipes, sockets and devices can't be read again after a failure: write a file first.",
        details: { file: path },
      });
    }
    return { name, path, size: Number(stat.size), mtimeNs: String(stat.mtimeNs) };
  } catch (error) {
    throw fileError(error, path);
  }
}

async function noFile(path: string): Promise<DatacookError> {
  const folder = dirname(path);
  return new DatacookError('NOT_FOUND', `There is no file ${path}.`, {
    hint: await describeFolder(folder, basename(path)),
    details: { file: path },
  });
}

async function noMatch(pattern: string, { base, rest }: SplitPattern): Promise<DatacookError> {
  return new DatacookError('NOT_FOUND', `No file matches ${pattern}: looked for ${rest} in ${base}.`, {
    hint: await describeFolder(base, rest),
    details: { pattern, folder: base },
  });
}

async function describeFolder(folder: string, wanted: string): Promise<string> {
  const names = await folderNames(folder);
  if (names === undefined) return `The folder ${folder} doesn't exist, or may not be read.`;
  if (names.length === 0) return `The folder ${folder} is empty.`;
  const near = nearest(wanted, names);
  const shown = (near.length > 0 ? near : names).slice(0, 5);
  const list = shown.map((name) => JSON.stringify(name)).join(', ');
  return near.length > 0
    ? `Near it is: ${list}.`
    : `The folder ${folder} holds ${list}${names.length > shown.length ? ', …' : ''}.`;
}
