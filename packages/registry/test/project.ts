import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Json, JsonObject, Role } from '@datacook/core';
import { onTestFinished } from 'vitest';

/** The modules that test plug-ins have loaded, in order, as `package/module`. */
export const loaded: string[] = [];
(globalThis as { datacookTestLoads?: string[] }).datacookTestLoads = loaded;

export interface TestPlugin {
  readonly role: Role;
  readonly type: string;
}

/** A folder with packages in it, laid by hand, that lives as long as the test. */
export class Project {
  readonly folder: string;

  constructor() {
    loaded.length = 0;
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), 'datacook-registry-')));
    onTestFinished(() => rmSync(this.folder, { recursive: true, force: true }));
  }

  path(...parts: readonly string[]): string {
    return join(this.folder, ...parts);
  }

  write(path: string, content: string | JsonObject): this {
    const file = this.path(path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
    return this;
  }

  link(from: string, to: string): this {
    const link = this.path(from);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(this.path(to), link, 'dir');
    return this;
  }

  /** A package.json with dependencies, in a folder. */
  root(folder: string, dependencies: readonly string[], more: JsonObject = {}): this {
    const versions = Object.fromEntries(dependencies.map((name) => [name, '^1.0.0']));
    return this.write(join(folder, 'package.json'), { name: 'root', dependencies: versions, ...more });
  }

  /** A plug-in package in a folder; `more` lies over its package.json, `section` over the `datacook` object in it. */
  plugin(
    folder: string,
    name: string,
    plugins: readonly TestPlugin[],
    section: JsonObject = {},
    more: JsonObject = {},
  ): this {
    const provides = plugins.map(({ role, type }) => ({
      role,
      type,
      module: `./dist/${role}-${type}.js`,
      config: `./dist/${role}-${type}-config.js`,
    }));
    this.write(join(folder, 'package.json'), {
      name,
      version: '1.2.3',
      type: 'module',
      exports: { './package.json': './package.json' },
      datacook: { contract: 1, manifest: './dist/manifest.json', provides, needs: [], ...section },
      ...more,
    });
    for (const { role, type } of plugins) {
      const module = `${role}-${type}`;
      const noteLoad = (file: string) =>
        `globalThis.datacookTestLoads.push(${JSON.stringify(`${name}/${file}`)});\n`;
      this.write(
        join(folder, `dist/${module}-config.js`),
        `${noteLoad(`${module}-config`)}export default { parse: (value) => ({ parsed: value }) };\n`,
      );
      const facts = JSON.stringify({ contract: 1, role, type, from: name });
      this.write(
        join(folder, `dist/${module}.js`),
        `${noteLoad(module)}import config from './${module}-config.js';\nexport default { ...${facts}, config, open() {} };\n`,
      );
    }
    return this.manifest(
      folder,
      plugins.map(({ role, type }) => ({ role, type })),
    );
  }

  /** The manifest that a build would have written. */
  manifest(folder: string, provides: readonly JsonObject[], version: Json = 1): this {
    return this.write(join(folder, 'dist/manifest.json'), { version, contract: 1, provides });
  }
}

export const POSTGRES = { role: 'source', type: 'postgres' } as const;
export const CSV = { role: 'format', type: 'csv' } as const;
