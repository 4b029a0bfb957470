import { randomBytes } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DatacookError, type Json, type StateBackend, type Versioned } from '@datacook/core';
import { nextStateVersion, type ProcessIdentity, processIdentity, stateText } from '@datacook/toolkit';
import { fileErrorCode, toFileError } from './errors.js';
import { FileLock } from './file-lock.js';
import { fileNameToKey, keyToFileName } from './file-name.js';
import {
  linkIfFree,
  makeFolder,
  moveFile,
  readIfExists,
  removeFile,
  syncFolder,
  writeNewFile,
} from './files.js';
import { isUnreadable, recordToText, type StateRecord, textToRecord, type Unreadable } from './record.js';

const EXTENSION = '.json';
const LOCK_WAIT_MS = 10_000;

/**
 * State in a folder of JSON files, one a key. A save is atomic and durable when it returns, whatever kills the process
 * or the machine; the version before it is kept as `<file>.previous`. Compare-and-set holds among all processes of the
 * machine, and among machines that share the folder and see each other's hard links at once.
 */
export class LocalStateBackend implements StateBackend {
  /** Absolute. */
  readonly path: string;
  readonly #process: ProcessIdentity = processIdentity();
  readonly #swept = new Set<string>();

  /** @param path The folder, relative to the working directory. Made when something is first saved. */
  constructor(path: string) {
    this.path = resolve(path);
  }

  /**
   * Throws DATA if the file is torn or foreign (the message names it and the version before it), UNSUPPORTED if a later
   * datacook wrote it, CONNECTION if it can't be read.
   */
  async load(key: string): Promise<Versioned | undefined> {
    const record = await this.#read(key);
    return record && { value: record.value, version: record.revision };
  }

  /** Throws as `load` does, CONFLICT, and CONNECTION, naming the path, where the folder can't be written. */
  async save(key: string, value: Json, expected: string | undefined): Promise<string> {
    const valueText = stateText(value);
    await makeFolder(this.path);
    return this.#locked(key, async (base, lock) => {
      const current = await this.#expect(key, expected);
      const revision = nextStateVersion(current?.revision);
      const draft = `${base}.${lock.nonce}.tmp`;
      const record = { key, revision, savedAt: new Date().toISOString() };
      await writeNewFile(draft, recordToText(record, valueText), true);
      try {
        if (current !== undefined) await keepPrevious(base, lock);
        await assertHeld(lock, base);
        await moveFile(draft, base + EXTENSION);
      } catch (error) {
        // The first error is the one to tell. What stays is swept by a later save.
        await removeDrafts(base, lock.nonce).catch(() => undefined);
        throw error;
      }
      await syncFolder(this.path);
      return revision;
    });
  }

  /** The record stays as `<file>.previous`. */
  async delete(key: string, expected: string): Promise<void> {
    if ((await this.#read(key)) === undefined) throw conflict(this.#file(key), expected, undefined);
    await this.#locked(key, async (base, lock) => {
      await this.#expect(key, expected);
      await assertHeld(lock, base);
      await keepPrevious(base, lock);
      await removeFile(base + EXTENSION);
      await syncFolder(this.path);
    });
  }

  async *list(prefix: string): AsyncIterable<string> {
    for (const name of await this.#names()) {
      if (!name.endsWith(EXTENSION)) continue;
      const key = fileNameToKey(name.slice(0, -EXTENSION.length));
      if (key === 'foreign') continue;
      if (key !== 'hashed') {
        if (key.key.startsWith(prefix)) yield key.key;
        continue;
      }
      const file = join(this.path, name);
      const text = await readIfExists(file);
      if (text === undefined) continue;
      const record = textToRecord(text);
      if (isUnreadable(record)) throw await unreadable(file, record);
      if (record.key.startsWith(prefix)) yield record.key;
    }
  }

  #file(key: string): string {
    return join(this.path, keyToFileName(key) + EXTENSION);
  }

  async #read(key: string): Promise<StateRecord | undefined> {
    const file = this.#file(key);
    const text = await readIfExists(file);
    if (text === undefined) return undefined;
    const record = textToRecord(text);
    if (isUnreadable(record)) throw await unreadable(file, record);
    if (record.key !== key) {
      throw await unreadable(file, { kind: 'foreign', reason: `it holds the state of "${record.key}"` });
    }
    return record;
  }

  async #expect(key: string, expected: string | undefined): Promise<StateRecord | undefined> {
    const current = await this.#read(key);
    if (current?.revision !== expected) throw conflict(this.#file(key), expected, current?.revision);
    return current;
  }

  async #locked<T>(key: string, action: (base: string, lock: FileLock) => Promise<T>): Promise<T> {
    const base = join(this.path, keyToFileName(key));
    const nonce = randomBytes(9).toString('hex');
    const lock = await FileLock.acquire(base, nonce, this.#process, LOCK_WAIT_MS);
    let result: T;
    try {
      await this.#sweep(base, lock);
      result = await action(base, lock);
    } catch (error) {
      // The first error is the one to tell; a lock that stays belongs to a live process, and the next one says so.
      await lock.release().catch(() => undefined);
      throw error;
    }
    await lock.release();
    return result;
  }

  /** Removes what killed processes have left beside the key's file, once a key. */
  async #sweep(base: string, lock: FileLock): Promise<void> {
    for (const nonce of lock.inherited) await removeDrafts(base, nonce);
    if (!lock.isFresh || this.#swept.has(base)) return;
    this.#swept.add(base);
    const name = base.slice(this.path.length + 1);
    for (const other of await this.#names()) {
      if (!other.startsWith(`${name}.`) || other === `${name}.lock`) continue;
      const path = join(this.path, other);
      if (other.endsWith('.lock')) await removeFile(path);
      else if (other.endsWith('.tmp') && (await isOld(path))) await removeFile(path);
    }
  }

  async #names(): Promise<string[]> {
    try {
      return await readdir(this.path);
    } catch (error) {
      if (fileErrorCode(error) === 'ENOENT') return [];
      throw toFileError(error, 'list', this.path);
    }
  }
}

/** Keeps the present version under a second name. There is a version under the first name at every moment. */
async function keepPrevious(base: string, lock: FileLock): Promise<void> {
  const draft = `${base}.${lock.nonce}.old.tmp`;
  await linkIfFree(base + EXTENSION, draft);
  await moveFile(draft, `${base}${EXTENSION}.previous`);
  // A rename between two names of one file leaves both.
  await removeFile(draft);
}

async function removeDrafts(base: string, nonce: string): Promise<void> {
  for (const suffix of ['tmp', 'old.tmp', 'lock.tmp']) await removeFile(`${base}.${nonce}.${suffix}`);
}

/** A draft lives for seconds. One of a day ago is left over. */
async function isOld(path: string): Promise<boolean> {
  try {
    return Date.now() - (await stat(path)).mtimeMs > 86_400_000;
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return false;
    throw toFileError(error, 'read', path);
  }
}

async function assertHeld(lock: FileLock, base: string): Promise<void> {
  if (await lock.isHeld()) return;
  throw new DatacookError('CONFLICT', `another process has taken over the lock of ${base}${EXTENSION}`, {
    hint: 'This process stood still for so long that it was taken for dead. Run again.',
  });
}

function conflict(file: string, expected: string | undefined, found: string | undefined): DatacookError {
  const was = expected === undefined ? 'not to exist' : `to be at revision ${expected}`;
  const is = found === undefined ? 'does not exist' : `is at revision ${found}`;
  return new DatacookError('CONFLICT', `the state ${file} ${is}; it was expected ${was}`, {
    hint: 'Another run has changed it. Look at it with `datacook show-state`, then run again.',
    details: { path: file, expected: expected ?? null, found: found ?? null },
  });
}

async function unreadable(file: string, found: Unreadable): Promise<DatacookError> {
  const previous = `${file}.previous`;
  const details = { path: file, previous };
  if (found.kind === 'newer') {
    return new DatacookError('UNSUPPORTED', `the state file ${file} can't be read: ${found.reason}`, {
      hint: 'A later datacook wrote it. Upgrade datacook here; nothing was touched.',
      details,
    });
  }
  const what = found.kind === 'torn' ? 'torn' : 'not a state file of this key';
  return new DatacookError('DATA', `the state file ${file} is ${what}: ${found.reason}`, {
    hint: `Nothing was touched. ${await restoreHint(previous)} and the next run goes by the destination's own record.`,
    details,
  });
}

async function restoreHint(previous: string): Promise<string> {
  const text = await readIfExists(previous);
  if (text === undefined) return 'There is no previous version; delete the file';
  const record = textToRecord(text);
  if (isUnreadable(record)) {
    return `The previous version ${previous} can't be read either (${record.reason}); delete both`;
  }
  return `The previous version, saved at ${record.savedAt}, is ${previous}: copy it over the file, or delete both`;
}
