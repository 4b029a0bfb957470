import type { Json, Path } from '@datacook/core';
import { type Node, type ScalarNode, step } from './node.js';

type JsonRecord = { readonly [key: string]: Json };

/** What a plug-in's config schema says of a property: see `PluginInfo.configSchema`. */
export type Mark = 'path' | 'secret' | 'address' | 'format';

/** A place in a configuration that bears a mark. */
export interface Marked {
  readonly path: Path;
  readonly node: Node;
}

/** The names that a mapping at `path` may have, as far as the schema names them. */
export function propertiesAt(schema: Json | undefined, path: readonly PropertyKey[]): string[] {
  let branches = branchesOf(schema, schema);
  for (const key of path) branches = branches.flatMap((branch) => branchesOf(below(branch, key), schema));
  return [...new Set(branches.flatMap((branch) => Object.keys(record(branch['properties']) ?? {})))];
}

/** The names at the top that bear a mark. */
export function markedNames(schema: Json | undefined, mark: Mark): string[] {
  const names = branchesOf(schema, schema).flatMap((branch) =>
    Object.entries(record(branch['properties']) ?? {})
      .filter(([, property]) => branchesOf(property, schema).some((inner) => hasMark(inner, mark)))
      .map(([name]) => name),
  );
  return [...new Set(names)];
}

/** Every value of a configuration whose place bears a mark, outermost first. */
export function markedNodes(schema: Json | undefined, config: Node, mark: Mark): Marked[] {
  const found: Marked[] = [];
  walk(config, branchesOf(schema, schema), []);
  return found;

  function walk(node: Node, branches: readonly JsonRecord[], path: Path): void {
    if (branches.length === 0) return;
    if (branches.some((branch) => hasMark(branch, mark))) found.push({ path, node });
    const keys =
      node.kind === 'map' ? [...node.entries.keys()] : node.kind === 'list' ? node.items.keys() : [];
    for (const key of keys) {
      const inner = branches.flatMap((branch) => branchesOf(below(branch, key), schema));
      walk(step(node, key) as Node, inner, [...path, key]);
    }
  }
}

/** Names that say that a secret is under them: `password`, `db_password`, `apiKey`, `secret_access_key`. */
const SECRET_NAME =
  /(?:^|_)(?:password|passwd|passphrase|pwd|secret|token|credential|(?:api|private|secret|access)_?key)s?$/;

/**
 * The scalars under a name that says that they are secret, where the schema doesn't know the name. Without a schema no
 * name is known.
 */
export function secretsByName(config: Node, schema: Json | undefined): Set<ScalarNode> {
  const found: Marked[] = [];
  walk(config, schema === undefined ? undefined : branchesOf(schema, schema), []);
  return scalarsIn(found);

  function walk(node: Node, branches: readonly JsonRecord[] | undefined, path: Path): void {
    if (node.kind === 'scalar') return;
    for (const key of node.kind === 'map' ? node.entries.keys() : node.items.keys()) {
      const inner = branches?.flatMap((branch) => branchesOf(below(branch, key), schema));
      const known = inner === undefined || inner.length === 0 ? undefined : inner;
      const value = step(node, key) as Node;
      if (known === undefined && typeof key === 'string' && isSecretName(key))
        found.push({ path: [...path, key], node: value });
      else walk(value, known, [...path, key]);
    }
  }
}

function isSecretName(name: string): boolean {
  return SECRET_NAME.test(
    name
      .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
      .replaceAll('-', '_')
      .toLowerCase(),
  );
}

/** The scalars at or in a marked value. */
export function scalarsIn(marked: readonly Marked[]): Set<ScalarNode> {
  const scalars = new Set<ScalarNode>();
  const collect = (node: Node): void => {
    if (node.kind === 'scalar') scalars.add(node);
    else if (node.kind === 'list') node.items.forEach(collect);
    else for (const { value } of node.entries.values()) collect(value);
  };
  for (const { node } of marked) collect(node);
  return scalars;
}

function hasMark(schema: JsonRecord, mark: Mark): boolean {
  const own = schema['datacook'];
  return own === mark || (Array.isArray(own) && own.includes(mark)) || schema[mark] === true;
}

/** The schema of a mapping's value under a key, or of a list's items. */
function below(schema: JsonRecord, key: PropertyKey): Json | undefined {
  if (typeof key === 'number') {
    const prefix = schema['prefixItems'];
    return (Array.isArray(prefix) ? (prefix[key] as Json | undefined) : undefined) ?? schema['items'];
  }
  const properties = record(schema['properties']) ?? {};
  const name = String(key);
  return Object.hasOwn(properties, name) ? properties[name] : schema['additionalProperties'];
}

/** A schema and what it is made of: alternatives, parts, references. */
function branchesOf(schema: Json | undefined, root: Json | undefined): JsonRecord[] {
  const branches: JsonRecord[] = [];
  const seen = new Set<Json>();
  const add = (at: Json | undefined): void => {
    const branch = record(at);
    if (branch === undefined || seen.has(branch)) return;
    seen.add(branch);
    branches.push(branch);
    for (const word of ['anyOf', 'oneOf', 'allOf']) {
      const parts = branch[word];
      if (Array.isArray(parts)) parts.forEach(add);
    }
    if (typeof branch['$ref'] === 'string') add(resolveReference(branch['$ref'], root));
  };
  add(schema);
  return branches;
}

function resolveReference(reference: string, root: Json | undefined): Json | undefined {
  if (!reference.startsWith('#')) return undefined;
  let at: Json | undefined = root;
  for (const part of reference.slice(1).split('/').slice(1)) {
    at = record(at)?.[decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return at;
}

function record(value: Json | undefined): JsonRecord | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonRecord)
    : undefined;
}
