import { access, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { foldersUp } from './roots.js';

/**
 * Where a dependency of a folder is installed, links followed; undefined if it isn't. Walks the folders as an import
 * does. `require.resolve` also asks NODE_PATH, which pnpm sets for the programs that it starts: it would find what the
 * folder doesn't have, and import couldn't.
 */
export async function findInstalled(folder: string, name: string): Promise<string | undefined> {
  for (const current of foldersUp(folder)) {
    const installed = join(current, 'node_modules', name);
    if (await exists(join(installed, 'package.json'))) return realpath(installed);
  }
  return undefined;
}

/** Whether a folder is managed by Yarn's Plug'n'Play, which installs no folders. */
export async function usesPlugAndPlay(folder: string): Promise<boolean> {
  for (const current of foldersUp(folder)) {
    if ((await exists(join(current, '.pnp.cjs'))) || (await exists(join(current, '.pnp.js')))) return true;
    if (await exists(join(current, 'node_modules'))) return false;
  }
  return false;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
