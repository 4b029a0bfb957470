import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import type { Runner } from './postgres-process.js';

/** Postgres refuses to run as root: who runs it then, the first of these that there is. */
const USERS = ['postgres', 'nobody'];

/**
 * Whom a server runs as that refuses root: this user, unless that is root.
 *
 * @throws Error if this is root, and there is nobody else.
 */
export function unprivileged(): Runner {
  if (process.getuid?.() !== 0) return {};
  for (const name of USERS) {
    try {
      const id = (what: string) => Number(execFileSync('id', [what, name], { stdio: 'pipe' }).toString());
      return { uid: id('-u'), gid: id('-g') };
    } catch {
      // No such user here: the next one.
    }
  }
  throw new Error(`Postgres can't run as root, and there is no user ${USERS.join(' or ')}`);
}

/** A folder for temporary files which that user can reach. */
export function reachableTmpdir({ uid }: Runner): string {
  return uid === undefined || isOpenToAll(tmpdir()) ? tmpdir() : '/tmp';
}

/** Whether every user can pass through the folder and all above it. */
export function isOpenToAll(folder: string): boolean {
  const parent = dirname(folder);
  return (statSync(folder).mode & 0o001) !== 0 && (parent === folder || isOpenToAll(parent));
}
