import { dirname, resolve } from 'node:path';
import { type Chain, readChain } from './chain.js';
import { applyDelete } from './delete.js';
import { Findings } from './finding.js';
import { checkLevel } from './level-checks.js';
import { expandMacros } from './macros.js';
import { foldDefaultRuntime, mergeNodes } from './merge.js';
import { child, type Level, type MapNode, withoutKeys } from './node.js';
import { convertObject, OBJECT_FILE } from './object.js';
import { parseText } from './parse.js';
import { readProject } from './project.js';
import { type LoadedRecipe, makeRecipe, missingParts } from './recipe.js';
import type { Vars } from './scopes.js';
import { readSourceFile } from './source-file.js';
import { substituteEarly } from './substitute.js';

export interface LoadOptions {
  /** Files that are laid on the recipe, in this order; relative to `cwd`. */
  readonly overlays?: readonly string[];
  /** Values for `var`, stronger than the recipe's own. */
  readonly vars?: Readonly<Record<string, string>>;
  /** What relative paths of files begin at. Default: the process's. */
  readonly cwd?: string;
}

export interface TextOptions extends LoadOptions {
  /** The file that the text is taken for: its name stands in findings, its folder is what paths are relative to. */
  readonly file: string;
}

export interface ObjectOptions {
  /** What relative paths in it begin at. Default: the process's working folder. */
  readonly directory?: string;
  /** Values for `var`, stronger than the recipe's own. */
  readonly vars?: Readonly<Record<string, string>>;
}

/**
 * Reads and resolves a recipe. What is wrong in it, or in what it extends, is among its `findings`; nothing is thrown
 * for that, not even for a file that isn't there.
 */
export async function loadRecipe(file: string, options: LoadOptions = {}): Promise<LoadedRecipe> {
  const level = levelOf(resolve(options.cwd ?? process.cwd(), file));
  const findings = new Findings();
  const text = readSourceFile(level.file, 'recipe', findings);
  const root = text === undefined ? undefined : parseText(text, level, 'recipe', findings);
  return resolveRecipe(root, level, options, findings);
}

/** The same for the text of a recipe, which need not lie in a file. JSON if the file's name ends in `.json`. */
export async function recipeFromText(text: string, options: TextOptions): Promise<LoadedRecipe> {
  const level = levelOf(resolve(options.cwd ?? process.cwd(), options.file));
  const findings = new Findings();
  return resolveRecipe(parseText(text, level, 'recipe', findings), level, options, findings);
}

/** The same for a recipe that a program made: the same language, as an object. */
export function recipeFromObject(value: object, options: ObjectOptions = {}): LoadedRecipe {
  const level: Level = {
    file: OBJECT_FILE,
    directory: resolve(options.directory ?? process.cwd()),
    index: 0,
  };
  const findings = new Findings();
  return resolveRecipe(convertObject(value, level, findings), level, options, findings);
}

function levelOf(file: string): Level {
  return { file, directory: dirname(file), index: 0 };
}

function resolveRecipe(
  root: MapNode | undefined,
  level: Level,
  options: LoadOptions,
  findings: Findings,
): LoadedRecipe {
  const project = readProject(level.directory, findings);
  const chain = readChain(root, level, options.overlays ?? [], options.cwd ?? process.cwd(), findings);
  const merged = mergeChain(chain, level, findings);
  const fragment = missingParts(merged).length > 0 || !chain.complete;
  const macros = child(merged, 'macros');
  const expanded = withoutKeys(expandMacros(merged, fragment, findings), ['macros']);
  const vars: Vars = {
    given: options.vars ?? {},
    recipe: child(expanded, 'vars'),
    project: child(project.tree, 'vars'),
    used: new Set(),
  };
  const { tree, scope } = substituteEarly(expanded, vars, findings);
  const complete = chain.complete && !project.broken;
  return makeRecipe({ tree, macros, project, scope, level, complete }, findings.list);
}

/** Lays the levels on one another, from the base up. */
function mergeChain(chain: Chain, level: Level, findings: Findings): MapNode {
  const origin = { file: level.file, line: 1, column: 1 };
  let merged: MapNode = { kind: 'map', entries: new Map(), origin, level };
  for (const link of chain.links) {
    const root = checkLevel(link.root, findings);
    merged = applyDelete(merged, child(root, 'delete'), link.inherits, findings);
    const keys = withoutKeys(root, ['extends', 'delete', ...(link.own ? [] : ['name'])]);
    merged = mergeNodes(merged, keys, [], findings) as MapNode;
  }
  return foldDefaultRuntime(merged, findings);
}
