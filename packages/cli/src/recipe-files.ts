import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, isAbsolute, join, resolve } from 'node:path';
import { DatacookError } from '@datacook/core';
import { nearest } from '@datacook/toolkit';
import { shorten } from './text/paths.js';

/** A recipe that a command was given, itself or by its folder. */
export interface RecipeFile {
  /** Absolute. */
  readonly path: string;
  /** It was found in a folder: a fragment there is nothing to run, and no error. */
  readonly fromFolder: boolean;
}

const EXTENSIONS = ['.yaml', '.yml', '.json'];
const OTHERS = ['datacook.yaml', 'datacook.yml', 'package.json', 'package-lock.json', 'tsconfig.json'];

/**
 * The recipes that a command was given: files, and all YAML and JSON files of folders (not of the folders in
 * them), each once, in order. Throws CONFIG for what isn't there, and for a folder without recipes.
 */
export async function findRecipeFiles(args: readonly string[], cwd: string): Promise<readonly RecipeFile[]> {
  const found = new Map<string, RecipeFile>();
  for (const arg of args) {
    const path = resolve(cwd, arg);
    if (!(await isFolder(path, arg, cwd))) {
      found.set(path, { path, fromFolder: false });
      continue;
    }
    const files = await recipesIn(path, arg);
    if (files.length === 0) {
      throw new DatacookError('CONFIG', `the folder ${arg} has no recipes`, {
        hint: `recipes are its .yaml, .yml and .json files, not those of the folders in it`,
      });
    }
    for (const file of files) if (!found.has(file)) found.set(file, { path: file, fromFolder: true });
  }
  return [...found.values()];
}

/** The one recipe that a command was given. Throws CONFIG if it isn't there, or is a folder. */
export async function findRecipeFile(arg: string, cwd: string): Promise<RecipeFile> {
  const path = resolve(cwd, arg);
  if (!(await isFolder(path, arg, cwd))) return { path, fromFolder: false };
  const files = (await recipesIn(path, arg)).map((file) => shorten(file, cwd));
  throw new DatacookError('CONFIG', `${arg} is a folder, and this command takes one recipe`, {
    hint: files.length === 0 ? 'it has no recipes' : `it has ${files.join(', ')}`,
  });
}

async function recipesIn(folder: string, arg: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: Error) => {
    throw new DatacookError('CONFIG', `the folder ${arg} can't be read: ${error.message}`, { cause: error });
  });
  return entries
    .filter((entry) => !entry.isDirectory() && isRecipeName(entry.name))
    .map((entry) => join(folder, entry.name))
    .sort();
}

function isRecipeName(name: string): boolean {
  return EXTENSIONS.includes(extname(name)) && !name.startsWith('.') && !OTHERS.includes(name);
}

async function isFolder(path: string, arg: string, cwd: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') {
      throw new DatacookError('CONFIG', `the recipe ${arg} can't be read: ${message}`, { cause: error });
    }
    const others = await recipesIn(dirname(path), arg).catch(() => []);
    const near = nearest(
      basename(path),
      others.map((file) => basename(file)),
    ).slice(0, 3);
    const meant = near.map((name) => shorten(join(dirname(path), name), cwd));
    const otherwise = isAbsolute(arg) ? {} : { hint: `relative paths begin at ${cwd}` };
    throw new DatacookError(
      'CONFIG',
      `there is no recipe ${arg}`,
      meant.length > 0 ? { hint: `did you mean ${meant.join(' or ')}?` } : otherwise,
    );
  }
}
