import { checkNeeds, chooseAmongRoots, chooseInRoot } from './choose.js';
import { readPackage } from './read-package.js';
import { Registry } from './registry.js';
import { findRoots } from './roots.js';

export interface DiscoverOptions {
  /** The recipe's folder, or several, the first one first: a link's, and that of the file it leads to. */
  readonly from: string | readonly string[];
  /** A path inside the running program, whose own dependencies are always there. */
  readonly program?: string;
}

/**
 * Finds the installed plug-ins: the declared dependencies of each package.json on the way up from the recipe, then of
 * the program. Reads manifests, and imports nothing. What is wrong with a plug-in is told by `list`, and thrown by
 * `find`; a root's own package.json that can't be read is CONFIG at once.
 */
export async function discoverPlugins(options: DiscoverOptions): Promise<Registry> {
  const roots = await findRoots(
    typeof options.from === 'string' ? [options.from] : options.from,
    options.program,
  );
  const found = await Promise.all(
    roots.map(async (root) => {
      const entries = await Promise.all(root.dependencies.map((name) => readPackage(root, name)));
      return { root, chosen: chooseInRoot(root, entries.flat()) };
    }),
  );
  return new Registry(checkNeeds(chooseAmongRoots(found)));
}
