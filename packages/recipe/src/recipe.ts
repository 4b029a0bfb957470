import { DatacookError, type Finding, type Origin, type Path } from '@datacook/core';
import type { Scope } from './fill.js';
import {
  child,
  historyOf,
  type Level,
  type MapNode,
  type Node,
  nearestNode,
  nodeAt,
  plainValue,
  type RecipeValue,
} from './node.js';
import type { Project, ProjectTree } from './project.js';

/** A recipe that has been read and resolved, with all that is wrong with it. */
export interface LoadedRecipe {
  /** Absolute; `<object>` for one that a program made. */
  readonly file: string;
  /** What its relative paths begin at; absolute. */
  readonly directory: string;
  readonly project: Project;
  /**
   * The resolved recipe: without `extends`, `delete`, `macros`, `use` and `default_runtime`. Templates of the
   * environment, the run and the stream are as written; other text that contains `{{` is `{ $literal: text }`.
   * Integers beyond ±(2^53 - 1) are bigints.
   */
  readonly value: RecipeValue;
  /** What was found while it was read and resolved. */
  readonly findings: readonly Finding[];
  /** It lacks a name, a source or a destination (or the type of one), and can't be run. */
  readonly isFragment: boolean;
  /** Where a value was written; of the nearest one that contains it, if it was not written itself. */
  originOf(path: Path): Origin | undefined;
  /** Every place that set a value, oldest first; the last one holds. Empty if there is no such value. */
  historyOf(path: Path): readonly Origin[];
}

/** What the other modules of this package know of a loaded recipe. */
export interface RecipeInternals {
  /** The resolved recipe. */
  readonly tree: MapNode;
  /** Merged through the chain, as written. */
  readonly macros: Node | undefined;
  readonly project: ProjectTree;
  /** What `var` and `recipe.name` find. */
  readonly scope: Scope;
  readonly level: Level;
  /** Every file of the chain could be read. If not, what seems missing may stand there. */
  readonly complete: boolean;
}

const INTERNALS = Symbol.for('datacook.recipe.internals');

interface WithInternals extends LoadedRecipe {
  readonly [INTERNALS]: RecipeInternals;
}

/** Makes the public face of a resolved recipe. */
export function makeRecipe(internals: RecipeInternals, findings: readonly Finding[]): LoadedRecipe {
  const { tree, level } = internals;
  const recipe: WithInternals = {
    file: level.file,
    directory: level.directory,
    project: internals.project.project,
    value: plainValue(tree),
    findings,
    isFragment: missingParts(tree).length > 0,
    originOf: (path) => nearestNode(tree, path).origin,
    historyOf: (path) => {
      const node = nodeAt(tree, path);
      return node === undefined ? [] : historyOf(node);
    },
    [INTERNALS]: internals,
  };
  Object.defineProperty(recipe, INTERNALS, { enumerable: false });
  return recipe;
}

/** What a recipe lacks to be one that can be run, in words. */
export function missingParts(tree: MapNode): readonly string[] {
  const missing: string[] = [];
  if (child(tree, 'name') === undefined) missing.push('name');
  for (const part of ['source', 'destination']) {
    const node = child(tree, part);
    if (node === undefined) missing.push(part);
    else if (node.kind === 'map' && !node.entries.has('type')) missing.push(`${part}.type`);
  }
  return missing;
}

/** Throws INTERNAL for what isn't made by this package. */
export function internalsOf(recipe: LoadedRecipe): RecipeInternals {
  const internals = (recipe as Partial<WithInternals>)[INTERNALS];
  if (internals === undefined) {
    throw new DatacookError(
      'INTERNAL',
      'this is no recipe that loadRecipe, recipeFromText or recipeFromObject returned',
      {
        hint: 'hand on the recipe itself, not a copy of it',
      },
    );
  }
  return internals;
}
