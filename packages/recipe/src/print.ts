import { createHash } from 'node:crypto';
import { relative, sep } from 'node:path';
import type { Plugins } from '@datacook/core';
import { settleAddress } from './connections.js';
import { Findings } from './finding.js';
import { markedNames } from './json-schema.js';
import { fillLate } from './late.js';
import { mapParts, maskSecrets } from './mask.js';
import type { MapNode, Node } from './node.js';
import { printJson } from './print-json.js';
import { inReadingOrder } from './print-order.js';
import { printYaml } from './print-yaml.js';
import { internalsOf, type LoadedRecipe } from './recipe.js';
import { relativePaths } from './recipe-paths.js';
import { knownName } from './scopes.js';

export interface PrintOptions {
  readonly format: 'yaml' | 'json';
  /** Say where each value comes from: in YAML as comments, in JSON as `{ "value", "origin" }`. */
  readonly origin?: boolean;
  /** Fill in the environment. */
  readonly expand?: boolean;
  /**
   * What is installed. From it is known which values are secrets (without it whatever comes from the environment is
   * hidden), which are paths, and which of `conn_id` and an inline address holds.
   */
  readonly plugins?: Plugins;
}

/**
 * The effective recipe as text, ending with a newline: without `extends`, `delete`, macros and `default_runtime`.
 * Templates stay as written, secrets are `***`. Resolving it again, in the recipe's folder, changes nothing.
 */
export function resolvedText(recipe: LoadedRecipe, options: PrintOptions): string {
  const tree = printedTree(recipe, options);
  if (options.format === 'json') return `${printJson(tree, options.origin)}\n`;
  const place = ({ origin }: Node) =>
    origin.file.startsWith('<')
      ? origin.file
      : `${relative(recipe.directory, origin.file).split(sep).join('/')}:${origin.line}`;
  return printYaml(tree, options.origin === true ? place : undefined);
}

/** sha256, in hex, of what was resolved, secrets aside. */
export function fingerprintOf(recipe: LoadedRecipe, plugins: Plugins): string {
  return createHash('sha256')
    .update(printJson(printedTree(recipe, { format: 'json', plugins })))
    .digest('hex');
}

function printedTree(recipe: LoadedRecipe, { expand, plugins }: PrintOptions): MapNode {
  const internals = internalsOf(recipe);
  let tree = internals.tree;
  if (expand === true) {
    const { env } = internals.project.project;
    const values = { env, recipeName: knownName(tree) };
    tree = fillLate(tree, [], { values, unset: 'warning', findings: new Findings() }) as MapNode;
  }
  tree = mapParts(tree, plugins, (part, info) =>
    relativePaths(
      settleAddress(part, markedNames(info?.configSchema, 'address')).config,
      info?.configSchema,
      recipe.directory,
    ),
  );
  return inReadingOrder(maskSecrets(tree, plugins));
}
