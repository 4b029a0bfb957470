import type { Origin, Path } from '@datacook/core';

/** A file (or text, or object) of the chain. */
export interface Level {
  /** Absolute, or `<object>`. */
  readonly file: string;
  /** What its relative paths begin at. */
  readonly directory: string;
  /** Its place in the chain: a greater one is laid on a lesser one. Set when the chain is known. */
  index: number;
}

/** A scalar. Integers beyond what a number holds exactly are bigints. */
export type Scalar = null | boolean | number | bigint | string;

/** What a resolved recipe is made of: JSON, and bigints for integers beyond ±(2^53 - 1). */
export type RecipeValue = Scalar | readonly RecipeValue[] | { readonly [key: string]: RecipeValue };

interface Written {
  /** Where it was written; of a mapping or list under a key, where the key stands. */
  readonly origin: Origin;
  readonly level: Level;
  /** What it was laid on. */
  readonly overrode?: Node;
}

export interface ScalarNode extends Written {
  readonly kind: 'scalar';
  readonly value: Scalar;
  /** A key with nothing after it. */
  readonly empty?: boolean;
  /** Text that is not a template, though it contains `{{`. */
  readonly literal?: boolean;
  /** It was a template before it was filled in. */
  readonly filled?: boolean;
  /** The environment, or a connection, has a part in it: not to be shown in messages. */
  readonly guarded?: boolean;
  /** The environment variable that a connection's URL comes from. */
  readonly variable?: string;
}

export interface ListNode extends Written {
  readonly kind: 'list';
  readonly items: readonly Node[];
}

export interface Entry {
  /** Where the key stands. */
  readonly key: Origin;
  readonly value: Node;
}

export interface MapNode extends Written {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, Entry>;
}

export type Node = ScalarNode | ListNode | MapNode;

/** The value under a key of a mapping; undefined if it is no mapping or has no such key. */
export function child(node: Node | undefined, key: string): Node | undefined {
  return node?.kind === 'map' ? node.entries.get(key)?.value : undefined;
}

/** The text of a scalar that is text and no template; undefined otherwise. */
export function plainText(node: Node | undefined): string | undefined {
  return node?.kind === 'scalar' && typeof node.value === 'string' && !isTemplate(node)
    ? node.value
    : undefined;
}

/** Whether a scalar is text with templates in it. */
export function isTemplate(node: Node): node is ScalarNode & { readonly value: string } {
  return (
    node.kind === 'scalar' &&
    typeof node.value === 'string' &&
    node.literal !== true &&
    node.value.includes('{{')
  );
}

/** The mapping with a key set (at its old place, else at the end) or, with undefined, removed. */
export function withKey(map: MapNode, key: string, value: Node | undefined): MapNode {
  const entries = new Map(map.entries);
  if (value === undefined) entries.delete(key);
  else entries.set(key, { key: entries.get(key)?.key ?? value.origin, value });
  return { ...map, entries };
}

/** The mapping without some keys. */
export function withoutKeys(map: MapNode, keys: readonly string[]): MapNode {
  return { ...map, entries: new Map([...map.entries].filter(([key]) => !keys.includes(key))) };
}

/** A tree without some of the values in its mappings, at any depth. */
export function withoutNodes(node: Node, nodes: ReadonlySet<Node>): Node {
  if (node.kind === 'scalar') return node;
  if (node.kind === 'list') return { ...node, items: node.items.map((item) => withoutNodes(item, nodes)) };
  const entries = new Map<string, Entry>();
  for (const [key, entry] of node.entries) {
    if (!nodes.has(entry.value)) entries.set(key, { ...entry, value: withoutNodes(entry.value, nodes) });
  }
  return { ...node, entries };
}

/** One step down: by key or index. */
export function step(node: Node, key: PropertyKey): Node | undefined {
  if (node.kind === 'map') return node.entries.get(String(key))?.value;
  if (node.kind === 'list') return node.items[Number(key)];
  return undefined;
}

/** The node at a path; undefined if there is none. */
export function nodeAt(root: Node, path: Path): Node | undefined {
  let node: Node | undefined = root;
  for (const key of path) node = node === undefined ? undefined : step(node, key);
  return node;
}

/** The node at a path, or the nearest one that contains it. */
export function nearestNode(root: Node, path: readonly PropertyKey[]): Node {
  let node = root;
  for (const key of path) {
    const next = step(node, key);
    if (next === undefined) return node;
    node = next;
  }
  return node;
}

/** Every origin of a value, oldest first; the last one holds. */
export function historyOf(node: Node): readonly Origin[] {
  const origins: Origin[] = [];
  for (let at: Node | undefined = node; at !== undefined; at = at.overrode) origins.unshift(at.origin);
  return origins;
}

/** Replaces scalars, from the leaves up; what does not change stays the same object. */
export function mapScalars(
  node: Node,
  change: (scalar: ScalarNode, path: Path) => Node,
  path: Path = [],
): Node {
  if (node.kind === 'scalar') return change(node, path);
  if (node.kind === 'list') {
    const items = node.items.map((item, index) => mapScalars(item, change, [...path, index]));
    return items.every((item, index) => item === node.items[index]) ? node : { ...node, items };
  }
  let changed = false;
  const entries = new Map<string, Entry>();
  for (const [key, entry] of node.entries) {
    const value = mapScalars(entry.value, change, [...path, key]);
    if (value !== entry.value) changed = true;
    entries.set(key, value === entry.value ? entry : { ...entry, value });
  }
  return changed ? { ...node, entries } : node;
}

/**
 * The plain value. Text that contains `{{` and is no template becomes `{ $literal: text }` as in a JSON recipe, so
 * that the value is a recipe again; with `literals: 'text'` it is just the text.
 */
export function plainValue(node: Node, literals: 'marked' | 'text' = 'marked'): RecipeValue {
  if (node.kind === 'list') return node.items.map((item) => plainValue(item, literals));
  if (node.kind === 'map')
    return Object.fromEntries(
      [...node.entries].map(([key, entry]) => [key, plainValue(entry.value, literals)]),
    );
  return needsLiteral(node) && literals === 'marked' ? { $literal: node.value } : node.value;
}

/** Whether a scalar must be written as `!literal`, so that it is not read as a template. */
export function needsLiteral(node: ScalarNode): boolean {
  return node.literal === true && typeof node.value === 'string' && node.value.includes('{{');
}
