import { realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type DatacookError, type Finding, isDatacookError, type Plugins } from '@datacook/core';
import { type LoadedRecipe, loadRecipe, validateRecipe } from '@datacook/recipe';
import { discoverPlugins } from '@datacook/registry';
import type { Program } from './invocation.js';
import type { RecipeFile } from './recipe-files.js';

/** What a recipe must be good for. */
export type Purpose = 'validate' | 'plan' | 'run';

/** A recipe, what is installed where it stands, and everything that is to be said about it. */
export interface CheckedRecipe {
  readonly file: string;
  readonly name: string;
  /** Undefined: it can't be read at all; the findings say why. */
  readonly opened: { readonly recipe: LoadedRecipe; readonly plugins: Plugins } | undefined;
  readonly findings: readonly Finding[];
  /** A fragment found in a folder: nothing to run. */
  readonly isSkipped: boolean;
}

export interface LoaderOptions {
  readonly cwd: string;
  readonly overlays: readonly string[];
  readonly program: Program;
}

/** Loads and checks recipes. What is installed is looked up once for each folder. */
export class RecipeLoader {
  readonly #options: LoaderOptions;
  readonly #plugins = new Map<string, Promise<Plugins>>();

  constructor(options: LoaderOptions) {
    this.#options = options;
  }

  /** What is installed, seen from a folder, and then from others. */
  plugins(...folders: readonly string[]): Promise<Plugins> {
    const key = folders.join('\n');
    const known = this.#plugins.get(key);
    if (known) return known;
    const found = Promise.resolve(discoverPlugins({ from: folders, program: this.#options.program.file }));
    this.#plugins.set(key, found);
    return found;
  }

  /** Loads a recipe and checks what can be known without contacting a system. What is wrong is in the findings. */
  async check({ path, fromFolder }: RecipeFile, purpose: Purpose): Promise<CheckedRecipe> {
    try {
      const plugins = await this.plugins(dirname(path), dirname(await realpath(path).catch(() => path)));
      const { cwd, overlays } = this.#options;
      const recipe = await loadRecipe(path, { cwd, overlays });
      const base = { file: path, name: nameOf(recipe), opened: { recipe, plugins } };
      if (fromFolder && purpose !== 'validate' && recipe.isFragment && !hasErrors(recipe.findings)) {
        return { ...base, findings: [], isSkipped: true };
      }
      return { ...base, findings: await validateRecipe(recipe, plugins, purpose), isSkipped: false };
    } catch (error) {
      if (!isAnswer(error)) throw error;
      return { file: path, name: path, opened: undefined, findings: [findingOf(error)], isSkipped: false };
    }
  }
}

/** Whether an error says what is wrong with the recipe or what is installed, and not that we failed. */
export function isAnswer(error: unknown): error is DatacookError {
  return isDatacookError(error) && error.code !== 'INTERNAL';
}

/** Whether one of the findings is an error. */
export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === 'error');
}

/** An error that loading a recipe ended with, as a finding. */
export function findingOf(error: DatacookError): Finding {
  const { file, line, column } = error.details;
  return {
    severity: 'error',
    code: error.code,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(typeof file === 'string' && typeof line === 'number'
      ? { origin: { file, line, column: typeof column === 'number' ? column : 1 } }
      : {}),
  };
}

function nameOf(recipe: LoadedRecipe): string {
  const name = (recipe.value as { readonly name?: unknown } | null | undefined)?.name;
  return typeof name === 'string' ? name : recipe.file;
}
