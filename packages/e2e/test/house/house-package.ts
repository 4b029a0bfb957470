import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { importsOf } from './imports-of.js';

/** What the rules read of a package.json. */
export interface PackageJson {
  readonly name: string;
  readonly private?: boolean;
  readonly description?: string;
  readonly license?: string;
  readonly type?: string;
  readonly engines?: { readonly node?: string };
  readonly sideEffects?: boolean;
  readonly exports?: {
    readonly [path: string]: string | { readonly types?: string; readonly default?: string };
  };
  readonly files?: readonly string[];
  readonly dependencies?: { readonly [name: string]: string };
  readonly optionalDependencies?: { readonly [name: string]: string };
  readonly peerDependencies?: { readonly [name: string]: string };
  readonly peerDependenciesMeta?: { readonly [name: string]: { readonly optional?: boolean } };
  readonly devDependencies?: { readonly [name: string]: string };
  readonly datacook?: {
    readonly provides?: readonly { readonly role: string; readonly type: string; readonly config: string }[];
  };
}

/** A package of the workspace, as the rules see it. */
export interface HousePackage {
  /** Its folder, as `packages/core`. */
  readonly folder: string;
  readonly json: PackageJson;
  /** Files beside package.json. */
  readonly files: readonly string[];
  /** What each file of `src` imports, by its path in `src`. */
  readonly sources: ReadonlyMap<string, readonly string[]>;
  /** What each file of `test` imports, by its path in `test`. */
  readonly tests: ReadonlyMap<string, readonly string[]>;
}

/** Reads all packages of the workspace. */
export function readHouse(root: string): HousePackage[] {
  return ['packages', 'connectors'].flatMap((parent) =>
    readdirSync(join(root, parent))
      .filter((name) => existsSync(join(root, parent, name, 'package.json')))
      .map((name) => readHousePackage(root, `${parent}/${name}`)),
  );
}

function readHousePackage(root: string, folder: string): HousePackage {
  const path = join(root, folder);
  return {
    folder,
    json: JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as PackageJson,
    files: readdirSync(path),
    sources: readImports(join(path, 'src')),
    tests: readImports(join(path, 'test')),
  };
}

function readImports(folder: string): Map<string, string[]> {
  const imports = new Map<string, string[]>();
  if (!existsSync(folder)) return imports;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(?:ts|js|mjs)$/.test(entry.name)) continue;
    const file = join(entry.parentPath, entry.name);
    imports.set(relative(folder, file).replaceAll('\\', '/'), importsOf(readFileSync(file, 'utf8')));
  }
  return imports;
}
