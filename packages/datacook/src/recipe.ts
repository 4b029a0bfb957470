import type { Finding } from '@datacook/core';
import { type LoadedRecipe, loadRecipe, recipeFromObject } from '@datacook/recipe';
import { throwErrors } from './problems.js';

export interface RecipeOptions {
  /** Fragments that are laid over the recipe, in this order, as its last children; relative to `cwd`. */
  readonly overlays?: readonly string[];
  /** What relative paths of the files given here begin at. Default: the process's working folder. */
  readonly cwd?: string;
}

export interface ObjectRecipeOptions {
  /** What relative paths in the recipe begin at. Default: the process's working folder. */
  readonly directory?: string;
}

const LOADED = new WeakMap<Recipe, LoadedRecipe>();

/** A recipe that has been read and resolved: inheritance, overlays, macros and templates are done with. */
export class Recipe {
  readonly name: string;
  /** Absolute; `<object>` if it was made from one. */
  readonly file: string;
  /** What is worth knowing about it, and doesn't stop it. */
  readonly warnings: readonly Finding[];

  private constructor(loaded: LoadedRecipe) {
    throwErrors(loaded.findings);
    const name = (loaded.value as { readonly name?: unknown }).name;
    this.name = typeof name === 'string' ? name : loaded.file;
    this.file = loaded.file;
    this.warnings = loaded.findings;
    LOADED.set(this, loaded);
  }

  /**
   * Reads a recipe from a YAML or JSON file.
   * @throws DatacookError CONFIG, with everything that is wrong with it and where, also if the file isn't there.
   */
  static async fromYaml(path: string, options: RecipeOptions = {}): Promise<Recipe> {
    return new Recipe(await loadRecipe(path, options));
  }

  /**
   * Makes a recipe from an object with the same keys that a file has. It may extend files.
   * @throws DatacookError CONFIG, with everything that is wrong with it.
   */
  static fromObject(value: object, options: ObjectRecipeOptions = {}): Recipe {
    return new Recipe(recipeFromObject(value, options));
  }
}

/** What the other packages know a recipe as. */
export function loadedRecipeOf(recipe: Recipe): LoadedRecipe {
  const loaded = LOADED.get(recipe);
  if (!loaded)
    throw new TypeError('runRecipe takes a Recipe, as Recipe.fromYaml and Recipe.fromObject make it');
  return loaded;
}
