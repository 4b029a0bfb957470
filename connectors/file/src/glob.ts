import * as fs from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';
import { glob } from 'tinyglobby';
import { fileError } from './errors.js';

/** Where the search begins as far as the library knows; ours may have any characters in its name. */
const ROOT = resolve('/files');

const GLOB = /[*?[\]{}]/;

/** Whether a part of a path may stand for several names. */
export function isGlob(path: string): boolean {
  return GLOB.test(path);
}

export interface SplitPattern {
  /** The folder that the pattern begins in: the parts that aren't globs, or that exist as they are written. */
  readonly base: string;
  /** The rest, with slashes. */
  readonly rest: string;
}

/** Splits an absolute pattern. A folder that is really called `data [old]` is that folder. */
export async function splitPattern(pattern: string): Promise<SplitPattern> {
  const parts = pattern.split(sep);
  const last = parts.length - 1;
  let count = 1;
  for (; count < last; count++) {
    const part = parts[count]!;
    if (isGlob(part) && !(await isFolder(parts.slice(0, count + 1).join(sep)))) break;
  }
  return { base: parts.slice(0, count).join(sep) || sep, rest: parts.slice(count).join('/') };
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await fs.promises.stat(path)).isDirectory();
  } catch {
    return false;
  }
}

/**
 * The files under `base` that match, relative to it, with slashes, in byte order. Knows `*`, `**`, `?`, `[…]` and
 * `{…,…}`; hidden names only match where the pattern has the dot. Follows symbolic links, but not into a folder that
 * it is in already. A folder that can't be read is an error; that `base` doesn't exist is not.
 */
export async function matchFiles({ base, rest }: SplitPattern, signal: AbortSignal): Promise<string[]> {
  const walk = new Walk(base);
  // What else the library takes for syntax belongs to file names here.
  const pattern = plainName(rest).replace(/(?<!\\)[()|@+]|(?<![\\[])!/g, '\\$&');
  const names = await glob(pattern, {
    cwd: ROOT,
    dot: false,
    expandDirectories: false,
    extglob: false,
    onlyFiles: true,
    signal,
    fs: { readdir: walk.readdir as typeof fs.readdir },
  });
  signal.throwIfAborted();
  if (walk.failure !== undefined) throw walk.failure;
  return names
    .map((name) => walk.realName(name))
    .map((name) => [name, Buffer.from(name)] as const)
    .sort(([, a], [, b]) => Buffer.compare(a, b))
    .map(([name]) => name);
}

/** No wildcard of the library matches a name that begins with a line end: it sees such names without. */
function plainName(name: string): string {
  return name.replace(/[\n\r\u2028\u2029]/g, '\uf8ff');
}

type ReaddirCallback = (error: Error | null, entries?: Entry[]) => void;

/** Lists folders for the library, which by itself would leave out silently what it can't read. */
class Walk {
  failure: Error | undefined;
  private readonly base: string;
  /** Where the library sees another path than the real one, relative to the base. */
  private readonly realNames = new Map<string, string>();

  constructor(base: string) {
    this.base = base;
  }

  realName(name: string): string {
    return this.realNames.get(name) ?? name;
  }

  readonly readdir = (folder: string, _options: unknown, callback: ReaddirCallback): void => {
    const seen = relative(ROOT, folder).split(sep).join('/');
    const path = join(this.base, this.realName(seen));
    this.list(path, seen).then(
      (entries) => callback(null, entries),
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') this.failure ??= fileError(error, path);
        callback(null, []);
      },
    );
  };

  private async list(path: string, seen: string): Promise<Entry[]> {
    const prefix = seen === '' ? '' : `${seen}/`;
    const realPrefix = seen === '' ? '' : `${this.realName(seen)}/`;
    const entries: Entry[] = [];
    const found = await fs.promises.readdir(path, { withFileTypes: true });
    const taken = new Set(found.map(({ name }) => name));
    for (const entry of found) {
      const { name } = entry;
      let plain = plainName(name);
      if (plain !== name) {
        while (taken.has(plain)) plain = `\uf8ff${plain}`;
        taken.add(plain);
      }
      if (prefix + plain !== realPrefix + name) this.realNames.set(prefix + plain, realPrefix + name);
      if (entry.isSymbolicLink()) {
        if (await this.isLoop(path, name)) continue;
        entries.push(new Entry(plain, await isFolder(join(path, name))));
      } else {
        entries.push(new Entry(plain, entry.isDirectory()));
      }
    }
    return entries;
  }

  /** Whether a link leads to a folder that it lies in. */
  private async isLoop(folder: string, name: string): Promise<boolean> {
    try {
      const target = await fs.promises.realpath(join(folder, name));
      const here = await fs.promises.realpath(folder);
      return here === target || here.startsWith(target.endsWith(sep) ? target : target + sep);
    } catch {
      // A link that leads nowhere is a file that can't be read, if it is asked for.
      return false;
    }
  }
}

/** What the library asks of a `Dirent`. What is no folder counts as a file: it is an error later, not left out. */
class Entry {
  readonly name: string;
  private readonly isFolder: boolean;

  constructor(name: string, isFolder: boolean) {
    this.name = name;
    this.isFolder = isFolder;
  }

  isFile(): boolean {
    return !this.isFolder;
  }

  isDirectory(): boolean {
    return this.isFolder;
  }

  isSymbolicLink(): boolean {
    return false;
  }
}

/** What there is in a folder, for a message; undefined: there is no such folder. */
export async function folderNames(folder: string): Promise<string[] | undefined> {
  try {
    return (await fs.promises.readdir(folder)).filter((name) => !basename(name).startsWith('.')).sort();
  } catch {
    return undefined;
  }
}
