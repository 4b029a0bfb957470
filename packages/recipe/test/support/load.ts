import { expect } from 'vitest';
import { type LoadedRecipe, type LoadOptions, loadRecipe } from '../../src/index.js';
import { folderWith, shown } from './files.js';

/** A recipe loaded from files of its own: the last one, unless another is named. */
export async function load(
  files: Readonly<Record<string, string>>,
  options: LoadOptions & { readonly file?: string } = {},
): Promise<{ readonly recipe: LoadedRecipe; readonly folder: string; readonly text: string }> {
  const folder = folderWith(files);
  const file = options.file ?? (Object.keys(files).at(-1) as string);
  const recipe = await loadRecipe(file, { cwd: folder, ...options });
  return { recipe, folder, text: shown(recipe.findings, folder) };
}

/** The resolved value; nothing may be wrong. */
export async function resolved(
  files: Readonly<Record<string, string>>,
  options: LoadOptions = {},
): Promise<unknown> {
  const { recipe, text } = await load(files, options);
  expect(text).toBe('');
  return recipe.value;
}

/** What is found, as a person reads it. */
export async function found(
  files: Readonly<Record<string, string>>,
  options: LoadOptions = {},
): Promise<string> {
  return (await load(files, options)).text;
}
