import { DatacookError, type Role } from '@datacook/core';
import { distance } from 'fastest-levenshtein';
import { officialPackage, officialTypes } from './official-plugins.js';
import { ROLES } from './roles.js';

/** What is installed: its types by role. */
export type Installed = (role: Role) => readonly string[];

/**
 * CONFIG, since it can be known without contacting a system: what is installed, near misses, and the likely install
 * line.
 */
export function unknownTypeError(role: Role, type: string, installed: Installed): DatacookError {
  const types = [...installed(role)].sort();
  const near = nearMisses(type, [...types, ...officialTypes(role)]);
  const list =
    types.length === 0 ? `No ${role} is installed.` : `Installed ${role} types: ${types.join(', ')}.`;
  return new DatacookError('CONFIG', `unknown ${role} type ${JSON.stringify(type)}`, {
    hint: `${advice(role, type, installed, near)} ${list}`,
    details: { role, type, installed: types, near },
  });
}

function advice(role: Role, type: string, installed: Installed, near: readonly string[]): string {
  const official = officialPackage(role, type);
  if (official !== undefined) return `It comes with ${official}: run \`npm install ${official}\`.`;
  const others = ROLES.filter((other) => other !== role && installed(other).includes(type));
  if (others.length > 0) return `${JSON.stringify(type)} is a ${others.join(' and a ')}, not a ${role}.`;
  const [nearest] = near;
  if (nearest === undefined) {
    return 'Install the package that provides it: it must be a dependency in a package.json above the recipe.';
  }
  const question = `Did you mean ${near.map((name) => JSON.stringify(name)).join(' or ')}?`;
  const from = installed(role).includes(nearest) ? undefined : officialPackage(role, nearest);
  return from === undefined ? question : `${question} It comes with ${from}: run \`npm install ${from}\`.`;
}

/** Up to three names that differ by little, best first. */
function nearMisses(type: string, candidates: readonly string[]): string[] {
  const wanted = normalize(type);
  const near = [...new Set(candidates)]
    .map((name) => ({ name, edits: editsBetween(wanted, normalize(name)) }))
    .filter(({ name, edits }) => edits <= Math.max(1, Math.floor(Math.max(wanted.length, name.length) / 3)))
    .sort((one, other) => one.edits - other.edits || (one.name < other.name ? -1 : 1));
  return near
    .filter(({ edits }) => edits <= near[0]!.edits + 1)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** Letters in another order count as one edit. */
function editsBetween(one: string, other: string): number {
  const edits = distance(one, other);
  return edits === 2 && [...one].sort().join('') === [...other].sort().join('') ? 1 : edits;
}

function normalize(type: string): string {
  return type.toLowerCase().replaceAll('-', '_');
}
