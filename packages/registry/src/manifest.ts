import { isAbsolute, join, relative, resolve } from 'node:path';
import { CONTRACT, type Declaration, type Json, type Role } from '@datacook/core';
import type { Problem } from './entry.js';
import { type Fields, isFields, readJsonObject } from './json-file.js';
import { type PluginKey, parsePluginKey, pluginKey, ROLES } from './roles.js';

const MANIFEST_VERSION = 1;

/** One plug-in that a package provides, as its package.json and its manifest say. */
export interface Provided {
  readonly role: Role;
  readonly type: string;
  readonly module: string;
  readonly config: string;
  readonly declaration: Declaration;
  readonly configSchema?: Json;
}

/** What a package says of itself as a plug-in. */
export interface PackageManifest {
  readonly contract: number;
  readonly needs: readonly string[];
  readonly provides: readonly Provided[];
}

/** A manifest that can't be used; `keys` are those that it names all the same. */
export interface BrokenManifest {
  readonly problem: Problem;
  readonly contract: number;
  readonly keys: readonly PluginKey[];
}

/**
 * Reads what an installed package provides: the `datacook` object of its package.json, and the manifest that its build
 * has made. Undefined: it is no plug-in. Imports nothing.
 */
export async function readManifest(
  folder: string,
  packageFields: Fields,
): Promise<PackageManifest | BrokenManifest | undefined> {
  const section = packageFields['datacook'];
  if (!isFields(section) || (section['provides'] === undefined && section['contract'] === undefined))
    return undefined;
  const name = String(packageFields['name']);
  const keys = namedKeys(section['provides']);
  const contract = typeof section['contract'] === 'number' ? section['contract'] : 0;
  const broken = (message: string, hint: string): BrokenManifest => ({
    problem: { message, hint },
    contract,
    keys,
  });

  if (contract !== CONTRACT) {
    const who = contract > CONTRACT ? 'Upgrade datacook.' : `Upgrade it: \`npm install ${name}@latest\`.`;
    return broken(`it speaks contract ${contract || '(none)'}, and this datacook speaks ${CONTRACT}`, who);
  }
  const authors = `Tell the authors of ${name}.`;
  const file = join(folder, 'package.json');
  const provides = readProvides(folder, section['provides']);
  if (typeof provides === 'string') return broken(`${file}: ${provides}`, authors);
  const needs = readNeeds(section['needs']);
  if (needs === undefined) return broken(`${file}: datacook.needs must be a list of role:type`, authors);

  const path = section['manifest'];
  if (path === undefined)
    return { contract, needs, provides: provides.map((item) => ({ ...item, declaration: {} })) };
  if (typeof path !== 'string' || !isInside(folder, path)) {
    return broken(`${file}: datacook.manifest must be a path in the package`, authors);
  }
  const manifestFile = join(folder, path);
  const manifest = await readJsonObject(manifestFile);
  const again = `Install it again: \`npm install ${name}\`. In its own workspace, build it.`;
  if (manifest === undefined) return broken(`its manifest ${manifestFile} is missing`, again);
  if (manifest.fields === undefined)
    return broken(`its manifest ${manifestFile} can't be read: ${manifest.reason}`, again);
  if (manifest.fields['version'] !== MANIFEST_VERSION) {
    return broken(
      `its manifest ${manifestFile} has a version other than ${MANIFEST_VERSION}`,
      'Upgrade datacook.',
    );
  }
  const described = describe(provides, manifest.fields['provides']);
  if (typeof described === 'string')
    return broken(`its manifest ${manifestFile} does not describe ${described}`, again);
  return { contract, needs, provides: described };
}

type Declared = Pick<Provided, 'role' | 'type' | 'module' | 'config'>;

/** What `provides` lists, or what is wrong with it. */
function readProvides(folder: string, provides: unknown): Declared[] | string {
  if (!Array.isArray(provides)) return 'datacook.provides must be a list of { role, type, module, config }';
  const found = new Map<PluginKey, Declared>();
  for (const [index, item] of provides.entries()) {
    const where = `datacook.provides[${index}]`;
    if (!isFields(item)) return `${where} must be { role, type, module, config }`;
    const { type, module, config } = item;
    const role = ROLES.find((name) => name === item['role']);
    if (role === undefined) return `${where}.role must be one of ${ROLES.join(', ')}`;
    if (typeof type !== 'string' || type === '') return `${where}.type must be a text`;
    if (typeof module !== 'string' || !isInside(folder, module))
      return `${where}.module must be a path in the package`;
    if (typeof config !== 'string' || !isInside(folder, config))
      return `${where}.config must be a path in the package`;
    const key = pluginKey(role, type);
    if (found.has(key)) return `datacook.provides has ${key} twice`;
    found.set(key, { role, type, module, config });
  }
  return [...found.values()];
}

function readNeeds(needs: unknown): string[] | undefined {
  if (needs === undefined) return [];
  const isNeed = (need: unknown): need is string =>
    typeof need === 'string' && parsePluginKey(need) !== undefined;
  return Array.isArray(needs) && needs.every(isNeed) ? needs : undefined;
}

/** Adds to each plug-in what the manifest says of it; the key of one that it doesn't know. */
function describe(provides: readonly Declared[], described: unknown): Provided[] | PluginKey {
  const entries = Array.isArray(described) ? described.filter(isFields) : [];
  const result: Provided[] = [];
  for (const item of provides) {
    const entry = entries.find(({ role, type }) => role === item.role && type === item.type);
    if (entry === undefined) return pluginKey(item.role, item.type);
    const configSchema = entry['config_schema'] as Json | undefined;
    result.push({
      ...item,
      declaration: toDeclaration(entry),
      ...(configSchema === undefined ? {} : { configSchema }),
    });
  }
  return result;
}

function toDeclaration(entry: Fields): Declaration {
  const { modes, max_writers: maxWriters, checkpoint, identifiers } = entry;
  return {
    ...(isFields(modes) ? { modes } : {}),
    ...(typeof maxWriters === 'number' ? { maxWriters } : {}),
    ...(isFields(checkpoint) ? { checkpoint } : {}),
    ...(isFields(identifiers) ? { identifiers } : {}),
  } as Declaration;
}

function namedKeys(provides: unknown): PluginKey[] {
  const items = Array.isArray(provides) ? provides.filter(isFields) : [];
  return items.flatMap(({ role, type }) => {
    const key = parsePluginKey(`${String(role)}:${String(type)}`);
    return key === undefined ? [] : [pluginKey(key.role, key.type)];
  });
}

function isInside(folder: string, path: string): boolean {
  const within = relative(folder, resolve(folder, path));
  return path.startsWith('./') && within !== '' && !within.startsWith('..') && !isAbsolute(within);
}
