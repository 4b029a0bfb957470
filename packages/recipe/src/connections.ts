import type { Origin } from '@datacook/core';
import { placeOf } from './finding.js';
import { child, type MapNode, mapScalars, type Node, type ScalarNode, withoutKeys } from './node.js';
import type { RecipeInternals } from './recipe.js';

/** The environment variable that a connection's URL is looked up in. */
export function connectionVariable(id: string): string {
  return `DATACOOK_CONN_${id.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
}

/** What a `conn_id` stands for. Nothing in it is to be shown. */
export interface Connection {
  /** What is laid over the configuration. */
  readonly config: MapNode;
  /** What `datacook.yaml` says of whose it is. */
  readonly type: Node | undefined;
}

/**
 * What a `conn_id` stands for: a URL from the environment, else a mapping or a URL of `datacook.yaml`, its templates
 * as written. Undefined: it is in neither. Text: what is wrong with it.
 */
export function findConnection(
  id: ScalarNode,
  { project }: RecipeInternals,
): Connection | string | undefined {
  const name = String(id.value);
  const { origin, level } = id;
  const variable = connectionVariable(name);
  const url = project.project.env(variable);
  if (url !== undefined) {
    if (url.trim() === '') return `${variable} is empty`;
    const value: ScalarNode = {
      kind: 'scalar',
      value: url,
      literal: true,
      guarded: true,
      variable,
      origin,
      level,
    };
    return { config: urlMapping(value, origin), type: undefined };
  }
  const found = child(child(project.tree, 'connections'), name);
  if (found === undefined) return undefined;
  const place = placeOf(found.origin);
  if (found.kind === 'scalar' && typeof found.value === 'string' && found.value !== '')
    return { config: urlMapping({ ...found, guarded: true }, found.origin), type: undefined };
  if (found.kind !== 'map') return `the connection ${name} (${place}) is no URL and no mapping`;
  const type = child(found, 'type');
  if (type !== undefined && (type.kind !== 'scalar' || typeof type.value !== 'string' || type.value === ''))
    return `the type of the connection ${name} (${placeOf(type.origin)}) is no text`;
  const config = mapScalars(withoutKeys(found, ['type']), (scalar) => ({ ...scalar, guarded: true }));
  return { config: config as MapNode, type };
}

function urlMapping(url: ScalarNode, key: Origin): MapNode {
  return { kind: 'map', entries: new Map([['url', { key, value: url }]]), origin: key, level: url.level };
}

/** Lays a connection over a configuration. */
export function layConnection(config: MapNode, connection: MapNode): MapNode {
  return { ...config, entries: new Map([...config.entries, ...connection.entries]) };
}

/** What of a configuration `conn_id` and an inline address leave of each other. */
export interface Settled {
  readonly config: MapNode;
  /** Both stand at the same level. */
  readonly both?: { readonly connection: Node; readonly address: Node; readonly key: string };
}

/** Of `conn_id` and an inline address, the one that was said last holds; what it excludes goes. */
export function settleAddress(config: MapNode, addressKeys: readonly string[]): Settled {
  const connection = config.entries.get('conn_id')?.value;
  const present = addressKeys.filter((key) => key !== 'conn_id' && config.entries.has(key));
  if (connection === undefined || present.length === 0) return { config };
  const levelOf = (key: string) => (child(config, key) as Node).level.index;
  const at = connection.level.index;
  const beside = present.find((key) => levelOf(key) === at);
  if (beside !== undefined)
    return { config, both: { connection, address: child(config, beside) as Node, key: beside } };
  const weaker = present.filter((key) => levelOf(key) < at);
  return { config: withoutKeys(config, weaker.length === present.length ? weaker : [...weaker, 'conn_id']) };
}
