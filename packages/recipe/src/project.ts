import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseEnv } from 'node:util';
import type { JsonObject } from '@datacook/core';
import type { Findings } from './finding.js';
import type { Rendered } from './issues.js';
import { child, type Level, type MapNode, type Node, plainValue } from './node.js';
import { parseText } from './parse.js';
import { projectSchema } from './schema.js';
import { checkSchema } from './schema-check.js';
import { readSourceFile } from './source-file.js';

/** The project that a recipe belongs to. */
export interface Project {
  /** The `datacook.yaml` nearest above the recipe. */
  readonly file?: string;
  /** Its folder; without it, `home`. */
  readonly directory: string;
  /** Where `.datacook/` stands: beside `datacook.yaml`, else beside the nearest package.json, else beside the recipe. */
  readonly home: string;
  /** As written, templates included. */
  readonly connections: Readonly<Record<string, JsonObject>>;
  readonly vars: JsonObject;
  /** Where state is kept, for recipes that don't say. */
  readonly state?: JsonObject;
  /** The real environment first, then `.env` beside `datacook.yaml`. Undefined: not set. */
  env(name: string): string | undefined;
}

/** The project, and its file as it was written. */
export interface ProjectTree {
  readonly project: Project;
  readonly tree: MapNode | undefined;
  /** The file is there, but can't be read. */
  readonly broken: boolean;
}

/** Finds and reads the project of a recipe in `directory`. What is wrong with it becomes findings. */
export function readProject(directory: string, findings: Findings): ProjectTree {
  const file = findAbove(directory, 'datacook.yaml');
  const home = dirname(file ?? findAbove(directory, 'package.json') ?? join(directory, 'x'));
  const text = file === undefined ? undefined : readSourceFile(file, 'project file', findings);
  const level: Level | undefined = file === undefined ? undefined : { file, directory: home, index: -1 };
  const isBlank = text?.split('\n').every((line) => /^\s*(?:#.*)?$/.test(line)) === true;
  const tree =
    text === undefined || level === undefined || isBlank
      ? undefined
      : parseText(text, level, 'project file', findings);
  // A connection that is wrong is an error where it is used.
  const notConnections = ({ path, message, origin, hint }: Rendered) => {
    if (path[0] !== 'connections' || path.length === 1) return true;
    findings.warning('INVALID', message, { origin, hint, path });
    return false;
  };
  if (tree !== undefined) checkSchema(projectSchema(), tree, findings, notConnections);
  const dotenv = file === undefined ? {} : readDotenv(join(home, '.env'), findings);
  const connections = mappings(child(tree, 'connections'));
  const state = child(tree, 'state');
  return {
    tree,
    broken: file !== undefined && tree === undefined && !isBlank,
    project: {
      ...(file === undefined ? {} : { file }),
      directory: home,
      home,
      connections,
      vars: plainObject(child(tree, 'vars')) ?? {},
      ...(state?.kind === 'map' ? { state: plainObject(state) as JsonObject } : {}),
      env: (name) => (Object.hasOwn(process.env, name) ? process.env[name] : dotenv[name]),
    },
  };
}

function findAbove(directory: string, name: string): string | undefined {
  for (let folder = directory; ; folder = dirname(folder)) {
    if (existsSync(join(folder, name))) return join(folder, name);
    if (dirname(folder) === folder) return undefined;
  }
}

function readDotenv(file: string, findings: Findings): Readonly<Record<string, string | undefined>> {
  if (!existsSync(file)) return {};
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
    return Object.assign(Object.create(null), parseEnv(text)) as Record<string, string>;
  } catch (error) {
    findings.error('INVALID', `${file} can't be read: ${(error as Error).message}`);
    return {};
  }
}

function mappings(node: Node | undefined): Record<string, JsonObject> {
  if (node?.kind !== 'map') return {};
  const found: [string, JsonObject][] = [];
  for (const [name, { value }] of node.entries) {
    const mapping = plainObject(
      isText(value)
        ? { ...value, kind: 'map', entries: new Map([['url', { key: value.origin, value }]]) }
        : value,
    );
    if (mapping !== undefined) found.push([name, mapping]);
  }
  return Object.fromEntries(found);
}

function isText(node: Node): boolean {
  return node.kind === 'scalar' && typeof node.value === 'string';
}

function plainObject(node: Node | undefined): JsonObject | undefined {
  return node?.kind === 'map' ? (plainValue(node) as JsonObject) : undefined;
}
