import type { Role } from '@datacook/core';
import { officialKeys } from './official-plugins.js';
import { type PluginKey, pluginKey } from './roles.js';

const NAME = /^(?:@datacook\/|(?:@[^/]+\/)?datacook-)(connector|state|format|transforms|cookbook)-(.+)$/;

const ROLES_OF_KIND: { readonly [kind: string]: readonly Role[] } = {
  connector: ['source', 'destination'],
  state: ['state'],
  format: ['format'],
  transforms: ['transform'],
  cookbook: [],
};

/** Whether a package is looked at: its name says that it may be a plug-in; its manifest makes it one. */
export function isPluginName(name: string): boolean {
  return NAME.test(name);
}

/** What a package that can't be asked probably provides, by its name. */
export function guessKeys(name: string): PluginKey[] {
  const known = officialKeys(name);
  if (known.length > 0) return known;
  const [, kind = '', type = ''] = NAME.exec(name) ?? [];
  return (ROLES_OF_KIND[kind] ?? []).map((role) => pluginKey(role, type));
}
