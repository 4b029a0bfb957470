import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Who a process is, beyond its number, which is given out again. JSON, so that a lease or a lock can carry it. */
export type ProcessIdentity = {
  readonly host: string;
  /** The boot of the host that the process lives in; null where the system doesn't tell. */
  readonly boot: string | null;
  /** The namespace that `pid` belongs to: the same number is another process in another container. */
  readonly namespace: string | null;
  readonly pid: number;
  /** When the process started, in clock ticks since the boot; null where the system doesn't tell. */
  readonly started: string | null;
};

const PROC_BOOT_ID = '/proc/sys/kernel/random/boot_id';
const PROC_NAMESPACE = '/proc/self/ns/pid';

/** The identity of the running process. */
export function processIdentity(): ProcessIdentity {
  return {
    host: hostname(),
    boot: readOrNull(() => readFileSync(PROC_BOOT_ID, 'utf8').trim()),
    namespace: readOrNull(() => readlinkSync(PROC_NAMESPACE)),
    pid: process.pid,
    started: readOrNull(() => parseProcessStat(readFileSync('/proc/self/stat', 'utf8')).started),
  };
}

/**
 * Whether the process still lives: false only if that is certain, undefined if it can't be known from here (it runs on
 * another host, or in another container). Where the system has no `/proc`, a number that was given out again counts
 * as alive. Another boot of a host with the same name counts as dead, so hosts that share a folder need names of
 * their own; `localhost` is nobody's name, and of it nothing is known after a boot.
 */
export function isProcessAlive(identity: ProcessIdentity): boolean | undefined {
  const here = processIdentity();
  if (identity.host !== here.host) return undefined;
  if (!Number.isSafeInteger(identity.pid) || identity.pid <= 0) return undefined;
  if (identity.boot !== here.boot) {
    if (identity.boot === null || here.boot === null) return undefined;
    return isSharedName(here.host) ? undefined : false;
  }
  if (identity.namespace !== here.namespace) return undefined;
  return isRunning(identity.pid) && !isSuccessor(identity);
}

/** The state letter and the start, in ticks since the boot, of a line of `/proc/<pid>/stat` (see proc(5), fields 3 and 22). */
export function parseProcessStat(line: string): { readonly state: string; readonly started: string } {
  // Field 2 is the command in parentheses, and may itself hold blanks and parentheses.
  const fields = line
    .slice(line.lastIndexOf(')') + 2)
    .trim()
    .split(' ');
  return { state: fields[0] ?? '', started: fields[19] ?? '' };
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and another user's.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** The number belongs to a later process, or only an unburied body is left. */
function isSuccessor(identity: ProcessIdentity): boolean {
  const line = readOrNull(() => readFileSync(`/proc/${identity.pid}/stat`, 'utf8'));
  if (line === null) return false;
  const { state, started } = parseProcessStat(line);
  if (state === 'Z' || state === 'X') return true;
  return identity.started !== null && identity.started !== started;
}

function isSharedName(host: string): boolean {
  return host === '' || host === 'localhost' || host.startsWith('localhost.');
}

/** A fact that the system may not offer (no `/proc`, or hidden) is null: every caller treats it as unknown. */
function readOrNull(read: () => string): string | null {
  try {
    return read();
  } catch {
    return null;
  }
}
