import type { BigIntStats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { isProcessAlive, type ProcessIdentity } from '@datacook/toolkit';
import { fileErrorCode, toFileError } from './errors.js';

/** Who holds a lock, as the lock file says. */
export interface Holder {
  /** Drawn anew for each lock that is taken. */
  readonly nonce: string;
  /** Absent: the file can't be read as a lock; a power failure leaves such a thing behind. */
  readonly process?: ProcessIdentity;
  /** When the lock file was written, by the file system's clock, in ms. */
  readonly writtenMs: number;
}

/**
 * A holder of which nothing can be known from here (another host or container, a torn file) counts as dead after
 * this time. A save takes milliseconds, and looks after its lock once more before it changes anything.
 */
export const ABANDONED_MS = 600_000;

/** The text of a lock file. */
export function holderToText(nonce: string, process: ProcessIdentity): string {
  return `${JSON.stringify({ version: 1, nonce, process })}\n`;
}

/** Reads a lock file; undefined if it has gone. */
export async function readHolder(path: string): Promise<Holder | undefined> {
  let text: string;
  let stats: BigIntStats;
  try {
    text = await readFile(path, 'utf8');
    stats = await stat(path, { bigint: true });
  } catch (error) {
    if (fileErrorCode(error) === 'ENOENT') return undefined;
    throw toFileError(error, 'read the lock of', path);
  }
  const writtenMs = Number(stats.mtimeMs);
  const content = parseHolder(text);
  if (content !== undefined) return { ...content, writtenMs };
  return { nonce: `torn-${stats.ino}-${stats.mtimeNs}`, writtenMs };
}

/** Whether a lock's holder is no more. `nowMs` is the present by the file system's clock. */
export function isGone(holder: Holder, nowMs: number): boolean {
  const alive = holder.process === undefined ? undefined : isProcessAlive(holder.process);
  return alive === undefined ? nowMs - holder.writtenMs > ABANDONED_MS : !alive;
}

/** For messages: host and process. */
export function describeHolder(holder: Holder): string {
  if (holder.process === undefined) return 'an unknown process';
  return `process ${holder.process.pid} on ${holder.process.host}`;
}

function parseHolder(text: string): { nonce: string; process: ProcessIdentity } | undefined {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { nonce, process } = (content ?? {}) as { readonly nonce?: unknown; readonly process?: unknown };
  if (typeof nonce !== 'string' || !/^[\w-]+$/.test(nonce)) return undefined;
  if (typeof process !== 'object' || process === null) return undefined;
  const { host, boot, namespace, pid, started } = process as { readonly [name: string]: unknown };
  if (typeof host !== 'string' || typeof pid !== 'number') return undefined;
  return {
    nonce,
    process: {
      host,
      boot: textOrNull(boot),
      namespace: textOrNull(namespace),
      pid,
      started: textOrNull(started),
    },
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
