import { join } from 'node:path';
import { CONTRACT, type PluginInfo } from '@datacook/core';
import { type Entry, type Problem, unusableEntry } from './entry.js';
import { findInstalled, usesPlugAndPlay } from './installed-package.js';
import { type Fields, readJsonObject } from './json-file.js';
import { loadConfig, loadDefinition } from './load-module.js';
import { type Provided, readManifest } from './manifest.js';
import { guessKeys } from './plugin-name.js';
import type { Root } from './roots.js';

/** The plug-ins of one declared dependency; none if it is no plug-in. What is wrong with it is told as a problem. */
export async function readPackage(root: Root, name: string): Promise<Entry[]> {
  const folder = await findInstalled(root.folder, name);
  if (folder === undefined) {
    const problem = await missingProblem(root, name);
    return guessKeys(name).map((key) => ({
      ...unusableEntry(key, { package: name }, problem),
      isMissing: true,
    }));
  }
  const content = await readJsonObject(join(folder, 'package.json'));
  if (content?.fields === undefined) {
    const problem: Problem = {
      message: `${join(folder, 'package.json')} can't be read: ${content?.reason ?? 'it has vanished'}`,
      hint: `Install it again: \`npm install ${name}\`.`,
    };
    return guessKeys(name).map((key) => unusableEntry(key, { package: name, path: folder }, problem));
  }
  const facts = { ...packageFacts(name, content.fields), path: folder };
  const manifest = await readManifest(folder, { ...content.fields, name: facts.package });
  if (manifest === undefined) return [];
  if ('problem' in manifest) {
    const keys = manifest.keys.length > 0 ? manifest.keys : guessKeys(name);
    return keys.map((key) => unusableEntry(key, { ...facts, contract: manifest.contract }, manifest.problem));
  }
  return manifest.provides.map((item) => usable(item, { ...facts, needs: manifest.needs }));
}

type Facts = Pick<PluginInfo, 'package'> & Partial<PluginInfo>;

function packageFacts(name: string, fields: Fields): Pick<PluginInfo, 'package' | 'packageVersion'> {
  const { name: own, version } = fields;
  return {
    package: typeof own === 'string' ? own : name,
    packageVersion: typeof version === 'string' ? version : '',
  };
}

function usable(item: Provided, facts: Facts & { readonly path: string }): Entry {
  const { role, type, module, config, declaration, configSchema } = item;
  const info = {
    ...declaration,
    packageVersion: '',
    needs: [],
    ...facts,
    role,
    type,
    contract: CONTRACT,
    ...(configSchema === undefined ? {} : { configSchema }),
  };
  return { info, config: () => loadConfig(info, config), load: () => loadDefinition(info, module) };
}

async function missingProblem(root: Root, name: string): Promise<Problem> {
  if (await usesPlugAndPlay(root.folder)) {
    return {
      message: `${root.file} names it, but Yarn's Plug'n'Play, which datacook doesn't support, installs no packages`,
      hint: 'Write `nodeLinker: node-modules` in .yarnrc.yml, then run `yarn install`.',
    };
  }
  return {
    message: `${root.file} names it, but it is not installed`,
    hint: `Run \`npm install\` in ${root.folder}, or \`npm install ${name}\`.`,
  };
}
