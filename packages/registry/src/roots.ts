import { realpath } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DatacookError } from '@datacook/core';
import { type Fields, isFields, readJsonObject } from './json-file.js';
import { isPluginName } from './plugin-name.js';
import { type PluginKey, parsePluginKey } from './roles.js';

/** A package.json whose declared dependencies are looked at. */
export interface Root {
  readonly folder: string;
  /** Its package.json. */
  readonly file: string;
  /** The declared dependencies whose names may be plug-ins. */
  readonly dependencies: readonly string[];
  /** `"datacook": { "plugins": { "source:postgres": "@x/y" } }`: which package settles a conflict. */
  readonly pins: ReadonlyMap<PluginKey, string>;
}

/**
 * The roots, nearest first: each package.json from the folders upwards, then from where they really are if a link
 * leads to them, then the one that a program belongs to.
 */
export async function findRoots(from: readonly string[], program: string | undefined): Promise<Root[]> {
  const roots: Root[] = [];
  const real = await Promise.all(from.map((folder) => realpath(folder).catch(() => resolve(folder))));
  const folders = [...from.map((folder) => resolve(folder)), ...real].flatMap((folder) => [
    ...foldersUp(folder),
  ]);
  for (const folder of new Set(folders)) {
    const fields = await readPackage(folder);
    if (fields !== undefined) roots.push(toRoot(folder, fields, true));
  }
  if (program === undefined) return roots;
  // A link's own folder, as npm makes in node_modules/.bin, says nothing of the package.
  const file = await realpath(program).catch(() => resolve(program));
  for (const folder of foldersUp(dirname(file))) {
    const fields = await readPackage(folder);
    // One without a name only says what kind of modules lie there.
    if (fields === undefined || typeof fields['name'] !== 'string') continue;
    if (!roots.some((root) => root.folder === folder)) roots.push(toRoot(folder, fields, false));
    break;
  }
  return roots;
}

/** A folder and all above it. */
export function* foldersUp(folder: string): Generator<string> {
  for (let current = folder; ; current = dirname(current)) {
    yield current;
    if (dirname(current) === current) return;
  }
}

async function readPackage(folder: string): Promise<Fields | undefined> {
  const file = join(folder, 'package.json');
  const content = await readJsonObject(file);
  if (content === undefined || content.fields !== undefined) return content?.fields;
  throw new DatacookError('CONFIG', `${file} can't be read: ${content.reason}`, {
    hint: 'datacook looks there for installed plug-ins. Repair the file.',
    details: { file },
  });
}

/** What others install as a dependency comes without its own devDependencies. */
function toRoot(folder: string, fields: Fields, withDevelopment: boolean): Root {
  const file = join(folder, 'package.json');
  const kinds = ['dependencies', 'optionalDependencies', ...(withDevelopment ? ['devDependencies'] : [])];
  const names = kinds.flatMap((kind) => (isFields(fields[kind]) ? Object.keys(fields[kind]) : []));
  return {
    folder,
    file,
    dependencies: [...new Set(names.filter(isPluginName))],
    pins: readPins(file, fields),
  };
}

function readPins(file: string, fields: Fields): Map<PluginKey, string> {
  const pins = new Map<PluginKey, string>();
  const plugins = isFields(fields['datacook']) ? fields['datacook']['plugins'] : undefined;
  if (plugins === undefined) return pins;
  const entries = isFields(plugins) ? Object.entries(plugins) : [['plugins', plugins] as const];
  for (const [key, name] of entries) {
    if (parsePluginKey(key) === undefined || typeof name !== 'string') {
      throw new DatacookError(
        'CONFIG',
        `${file}: datacook.plugins has a wrong entry: ${JSON.stringify({ [key]: name })}`,
        {
          hint: 'Write it as "datacook": { "plugins": { "source:postgres": "@datacook/connector-postgres" } }.',
          details: { file },
        },
      );
    }
    pins.set(key as PluginKey, name);
  }
  return pins;
}
