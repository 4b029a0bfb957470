import { link, mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileErrorCode, toFileError } from './errors.js';

/** The text of a file; undefined if it, or a folder above it, doesn't exist. */
export async function readIfExists(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return undefined;
    throw toFileError(error, 'read', path);
  }
}

/** Makes the folder and those above it, for the owner alone, and makes that durable. */
export async function makeFolder(path: string): Promise<void> {
  try {
    const first = await mkdir(path, { recursive: true, mode: 0o700 });
    if (first !== undefined) await syncFolder(dirname(first));
  } catch (error) {
    throw toFileError(error, 'make the folder for', path);
  }
}

/** Writes a new file, for the owner alone, and with `durable` waits for the disk. Removed again if that fails. */
export async function writeNewFile(path: string, text: string, durable: boolean): Promise<void> {
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(text);
      if (durable) await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    // The first error is the one to tell. A draft that stays is swept by a later save.
    if (fileErrorCode(error) !== 'EEXIST') await removeFile(path).catch(() => undefined);
    throw toFileError(error, 'write', path);
  }
}

/** Gives a file a second name. False if the name is taken. */
export async function linkIfFree(existing: string, path: string): Promise<boolean> {
  try {
    await link(existing, path);
    return true;
  } catch (error) {
    if (fileErrorCode(error) === 'EEXIST') return false;
    throw toFileError(error, 'link', path);
  }
}

/** Puts a file in the place of another, in one step. */
export async function moveFile(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    throw toFileError(error, 'replace', to);
  }
}

/** Removes a file that may have gone. */
export async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    if (fileErrorCode(error) !== 'ENOENT') throw toFileError(error, 'remove', path);
  }
}

/** Makes the names in a folder durable. Windows does that by itself, and can't open folders. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  try {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    throw toFileError(error, 'make durable', path);
  }
}
