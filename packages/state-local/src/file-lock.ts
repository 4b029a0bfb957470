import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatacookError } from '@datacook/core';
import type { ProcessIdentity } from '@datacook/toolkit';
import { fileErrorCode, toFileError } from './errors.js';
import { linkIfFree, removeFile, writeNewFile } from './files.js';
import { describeHolder, type Holder, holderToText, isGone, readHolder } from './holder.js';

interface Link {
  readonly path: string;
  readonly nonce: string;
}

/**
 * An exclusive lock beside `base`, among the processes that share a file system.
 *
 * `<base>.lock` is made by `link`, which only one can do, from a file that is complete: it names its holder. A lock of
 * a dead holder is not taken away, since two who do so could both win, the slower one by removing the lock of the
 * faster. It is inherited: `<base>.<nonce of the dead>.lock` is made by `link` again, by one heir alone, who may die
 * as well and be inherited from. An heir then looks whether `<base>.lock` is still the one that the chain began with;
 * whoever releases a chain removes `<base>.lock` first, so a late heir of a chain that is done with sees that.
 */
export class FileLock {
  readonly nonce: string;
  readonly #base: string;
  readonly #chain: readonly Link[];

  private constructor(base: string, nonce: string, chain: readonly Link[]) {
    this.nonce = nonce;
    this.#base = base;
    this.#chain = chain;
  }

  /** Takes the lock, waiting up to `waitMs`. Throws CONNECTION, naming the holder, if it is not to be had. */
  static async acquire(
    base: string,
    nonce: string,
    process: ProcessIdentity,
    waitMs: number,
  ): Promise<FileLock> {
    const draft = `${base}.${nonce}.lock.tmp`;
    await writeNewFile(draft, holderToText(nonce, process), false);
    try {
      const started = performance.now();
      const { mtimeMs } = await stat(draft).catch((error: unknown) => {
        throw toFileError(error, 'read', draft);
      });
      for (let attempt = 1; ; attempt++) {
        const waitedMs = performance.now() - started;
        const result = await attemptLock(base, nonce, draft, mtimeMs + waitedMs);
        if (Array.isArray(result)) return new FileLock(base, nonce, result);
        if (waitedMs > waitMs) throw lockedError(base, result, waitMs);
        await sleep(1 + Math.random() * Math.min(2 * attempt, 20));
      }
    } finally {
      // Of no use any more, whether it can be removed or not; what stays is swept by a later save.
      await removeFile(draft).catch(() => undefined);
    }
  }

  /** The lock was free, not inherited: files of older chains are of no use to anybody. */
  get isFresh(): boolean {
    return this.#chain.length === 1;
  }

  /** The nonces of dead holders that were inherited from. */
  get inherited(): readonly string[] {
    return this.#chain.slice(0, -1).map((link) => link.nonce);
  }

  /** Whether nobody has taken this process for dead meanwhile. */
  async isHeld(): Promise<boolean> {
    return (await this.#isFirst()) && !(await exists(successorPath(this.#base, this.nonce)));
  }

  async release(): Promise<void> {
    if (await exists(successorPath(this.#base, this.nonce))) return;
    const [first, ...rest] = this.#chain;
    if (await this.#isFirst()) await removeFile(first!.path);
    for (const { path } of rest) await removeFile(path);
  }

  async #isFirst(): Promise<boolean> {
    const [first] = this.#chain;
    return (await readHolder(first!.path))?.nonce === first!.nonce;
  }
}

/** The chain, this process last, if the lock was got; else who holds it, if it is held. */
async function attemptLock(
  base: string,
  nonce: string,
  draft: string,
  nowMs: number,
): Promise<Link[] | Holder | undefined> {
  const chain: Link[] = [];
  let path = `${base}.lock`;
  for (;;) {
    let holder: Holder | undefined;
    if (!(await linkIfFree(draft, path))) {
      holder = await readHolder(path);
      if (holder === undefined) return undefined;
      // Its own nonce: a network file system repeated a request that had succeeded.
      if (holder.nonce !== nonce) {
        if (!isGone(holder, nowMs)) return holder;
        chain.push({ path, nonce: holder.nonce });
        path = successorPath(base, holder.nonce);
        continue;
      }
    }
    const [first] = chain;
    chain.push({ path, nonce });
    if (first === undefined || (await readHolder(first.path))?.nonce === first.nonce) return chain;
    await removeFile(path);
    return undefined;
  }
}

function successorPath(base: string, nonce: string): string {
  return `${base}.${nonce}.lock`;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return false;
    throw toFileError(error, 'read the lock of', path);
  }
}

function lockedError(base: string, holder: Holder | undefined, waitMs: number): DatacookError {
  const path = `${base}.lock`;
  const who = holder === undefined ? 'several processes at once' : describeHolder(holder);
  return new DatacookError(
    'CONNECTION',
    `the state ${base}.json is locked by ${who}, and was not free within ${waitMs / 1000} s`,
    {
      hint: `Run again. If that process no longer exists, delete ${path}.`,
      retry: true,
      details: { path, ...(holder?.process === undefined ? {} : { holder: holder.process }) },
    },
  );
}
