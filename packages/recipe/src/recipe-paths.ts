import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Json } from '@datacook/core';
import { markedNodes, scalarsIn } from './json-schema.js';
import { isTemplate, type MapNode, mapScalars, type ScalarNode } from './node.js';

/** Makes the paths of a configuration absolute: each belongs to the file that says it. */
export function absolutePaths(config: MapNode, schema: Json | undefined): MapNode {
  return changePaths(config, schema, (text, node) => {
    const path = resolve(node.level.directory, text);
    return text.endsWith('/') && !path.endsWith(sep) ? `${path}${sep}` : path;
  });
}

/**
 * Makes the paths that other folders' files say relative to `directory`. One that begins with a template, which may
 * stand for an absolute path, stays.
 */
export function relativePaths(config: MapNode, schema: Json | undefined, directory: string): MapNode {
  return changePaths(config, schema, (text, node) => {
    const way = relative(directory, node.level.directory).split(sep).join('/');
    if (way === '' || (isTemplate(node) && text.startsWith('{{'))) return text;
    return isTemplate(node) ? `${way}/${text}` : join(way, text).split(sep).join('/');
  });
}

function changePaths(
  config: MapNode,
  schema: Json | undefined,
  change: (text: string, node: ScalarNode) => string,
): MapNode {
  const paths = scalarsIn(markedNodes(schema, config, 'path'));
  if (paths.size === 0) return config;
  return mapScalars(config, (node) => {
    if (!paths.has(node) || typeof node.value !== 'string' || !isRelative(node.value)) return node;
    return { ...node, value: change(node.value, node) };
  }) as MapNode;
}

/** Not absolute, no URL, and none of the names that databases have for what is no file. */
function isRelative(text: string): boolean {
  return text !== '' && !isAbsolute(text) && !/^(?:[a-z][a-z0-9+.-]+:\/\/|:memory:|md:)/i.test(text);
}
