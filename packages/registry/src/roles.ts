import type { Role } from '@datacook/core';

/** All roles, in the order of lists. */
export const ROLES: readonly Role[] = ['source', 'destination', 'state', 'transform', 'format'];

/** What names a plug-in: `role:type`. */
export type PluginKey = `${Role}:${string}`;

export function pluginKey(role: Role, type: string): PluginKey {
  return `${role}:${type}`;
}

/** Takes `role:type` apart; undefined if it is none. */
export function parsePluginKey(text: string): { readonly role: Role; readonly type: string } | undefined {
  const colon = text.indexOf(':');
  const role = ROLES.find((name) => name === text.slice(0, colon));
  const type = text.slice(colon + 1);
  return role === undefined || type === '' ? undefined : { role, type };
}
