import { child, type Entry, type MapNode, withKey } from './node.js';

const ORDERS: Readonly<Record<string, readonly string[]>> = {
  '': ['name', 'description', 'vars', 'source', 'transform', 'destination', 'state', 'runtime', 'tests'],
  source: [
    'type',
    'conn_id',
    'url',
    'host',
    'port',
    'database',
    'path',
    'table',
    'query',
    'format',
    'columns',
    'column_types',
    'where',
    'incremental',
    'streams',
  ],
  step: ['id', 'type', 'use'],
  destination: [
    'type',
    'conn_id',
    'url',
    'host',
    'port',
    'database',
    'path',
    'table',
    'write_mode',
    'merge_keys',
    'schema_policy',
    'on_empty',
    'shared',
  ],
  state: ['type', 'conn_id', 'path', 'key', 'lease'],
  runtime: [
    'batch_size',
    'parallelism',
    'max_retries',
    'retry_backoff',
    'timeout',
    'on_error',
    'max_rejects',
    'checkpoint',
    'grace_seconds',
    'guarantee',
  ],
};

/** Puts the keys of a recipe into the order they are read in; those without a place follow as they were written. */
export function inReadingOrder(root: MapNode): MapNode {
  let tree = sortKeys(root, '');
  for (const name of ['source', 'destination', 'state', 'runtime']) {
    const part = child(tree, name);
    if (part?.kind === 'map') tree = withKey(tree, name, sortKeys(part, name));
  }
  const transform = child(tree, 'transform');
  const steps = child(transform, 'steps');
  if (transform?.kind === 'map' && steps?.kind === 'list') {
    const items = steps.items.map((step) => (step.kind === 'map' ? sortKeys(step, 'step') : step));
    tree = withKey(tree, 'transform', withKey(transform, 'steps', { ...steps, items }));
  }
  return tree;
}

function sortKeys(map: MapNode, name: string): MapNode {
  const order = ORDERS[name] ?? [];
  const rank = (key: string) => (order.includes(key) ? order.indexOf(key) : order.length);
  const entries: [string, Entry][] = [...map.entries].toSorted(([a], [b]) => rank(a) - rank(b));
  return { ...map, entries: new Map(entries) };
}
