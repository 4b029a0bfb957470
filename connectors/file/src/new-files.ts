import { type Context, DatacookError } from '@datacook/core';
import type { ListedFile, Listing } from './listing.js';
import type { Memory, Seen } from './memory.js';

/** How many names a message lists. */
const SHOWN = 5;

/**
 * The files that were not loaded before, and that nobody has touched for `settleMs`. Throws DATA if one that was loaded
 * has another size or time now.
 */
export function newFiles(
  files: readonly ListedFile[],
  before: Memory,
  settleMs: number,
  nowMs: number,
  context: Pick<Context, 'log'>,
): ListedFile[] {
  const fresh = files.filter((file) => {
    const seen = before.files.get(file.name);
    if (seen === undefined) return true;
    if (seen.size !== file.size || seen.mtimeNs !== file.mtimeNs) throw changed(file, seen);
    return false;
  });
  const youngest = BigInt(Math.floor(nowMs - settleMs)) * 1_000_000n;
  const isSettled = (file: ListedFile) => settleMs === 0 || BigInt(file.mtimeNs) <= youngest;
  const waiting = fresh.filter((file) => !isSettled(file));
  if (waiting.length > 0) {
    context.log(
      'info',
      `${count(waiting)} modified less than ${settleMs / 1000} s ago, left to the next run: ${names(waiting)}`,
    );
  }
  return fresh.filter(isSettled);
}

/** What is remembered when the files have been loaded. Files that are gone stay: they might come back. */
export function remember(before: Memory, files: readonly ListedFile[]): ReadonlyMap<string, Seen> {
  const seen = new Map(before.files);
  for (const { name, size, mtimeNs } of files) seen.set(name, { size, mtimeNs });
  return seen;
}

/** Throws NOT_FOUND if a path leads to no file; a glob without a match, or a file that was loaded, may be gone later on. */
export async function checkMissing({ missing }: Listing, before: Memory | undefined): Promise<void> {
  for (const { isGlob, name, error } of missing) {
    const mayBe = before !== undefined && (isGlob || (name !== undefined && before.files.has(name)));
    if (!mayBe) throw await error();
  }
}

function changed(file: ListedFile, seen: Seen): DatacookError {
  const how =
    seen.size === file.size
      ? `its size is still ${file.size} bytes, but it was modified at ${time(file.mtimeNs)}, not ${time(seen.mtimeNs)}`
      : `it has ${file.size} bytes, and had ${seen.size}`;
  return new DatacookError('DATA', `${file.path} has changed since it was loaded: ${how}.`, {
    hint: 'The rows that it had are in already. Put it back as it was, with its time (`cp -p`), and new rows into a file of another name; or load everything anew with --full-refresh.',
    details: { file: file.path },
  });
}

/** What a load reads, in words. */
export function describeFiles(files: readonly ListedFile[]): string {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return `${count(files)} to read (${bytes.toLocaleString('en-US')} bytes): ${names(files)}`;
}

function time(mtimeNs: string): string {
  const ns = BigInt(mtimeNs);
  const date = new Date(Number(ns / 1_000_000n)).toISOString();
  return `${date.slice(0, -1)}${String(ns % 1_000_000n).padStart(6, '0')}Z`;
}

function count(files: readonly ListedFile[]): string {
  return files.length === 1 ? '1 file' : `${files.length} files`;
}

function names(files: readonly ListedFile[]): string {
  const shown = files.slice(0, SHOWN).map(({ path }) => path);
  return `${shown.join(', ')}${files.length > SHOWN ? ', …' : ''}`;
}
