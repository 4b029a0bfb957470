import { child, type MapNode, mapScalars, type Node, type ScalarNode, withoutKeys } from './node.js';
import type { RecipeInternals } from './recipe.js';

/** The environment variable that a connection's URL is looked up in. */
export function connectionVariable(id: string): string {
  return `DATACOOK_CONN_${id.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
}

/**
 * What a `conn_id` stands for: a URL from the environment, else a mapping of `datacook.yaml`, its templates as
 * written. Nothing in it is to be shown. Undefined: it is in neither.
 */
export function findConnection(id: ScalarNode, { project }: RecipeInternals): MapNode | undefined {
  const name = String(id.value);
  const { origin, level } = id;
  const url = project.project.env(connectionVariable(name));
  if (url !== undefined) {
    const value: ScalarNode = { kind: 'scalar', value: url, literal: true, guarded: true, origin, level };
    return { kind: 'map', entries: new Map([['url', { key: origin, value }]]), origin, level };
  }
  const found = child(child(project.tree, 'connections'), name);
  if (found?.kind !== 'map') return undefined;
  return mapScalars(withoutKeys(found, ['type']), (scalar) => ({ ...scalar, guarded: true })) as MapNode;
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
