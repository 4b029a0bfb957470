import type { Origin } from '@datacook/core';
import type { Findings } from './finding.js';
import { MAX_DEPTH } from './limits.js';
import type { Entry, Level, MapNode, Node } from './node.js';
import { scalarValue } from './scalar.js';

/** The file that values of an object are said to come from. */
export const OBJECT_FILE = '<object>';

/** Makes nodes of a JavaScript object. Undefined, with findings, if it can't be a recipe. Keys with undefined are left out. */
export function convertObject(value: unknown, level: Level, findings: Findings): MapNode | undefined {
  const origin: Origin = { file: level.file, line: 1, column: 1 };
  const before = findings.list.length;
  const node = convert(value, []);
  if (findings.list.length > before) return undefined;
  if (node?.kind === 'map') return node;
  findings.error('INVALID', 'a recipe is an object', { origin });
  return undefined;

  function convert(value: unknown, path: readonly (string | number)[]): Node | undefined {
    if (path.length > MAX_DEPTH) {
      findings.error('INVALID', `nested more than ${MAX_DEPTH} levels deep`, {
        origin,
        path: path.slice(0, 3),
      });
      return undefined;
    }
    const scalar = scalarValue(value);
    if (scalar !== undefined) return { kind: 'scalar', value: scalar, origin, level };
    if (Array.isArray(value)) {
      const items = value.map((item, index) => convert(item ?? null, [...path, index]));
      return { kind: 'list', items: items.filter((item) => item !== undefined), origin, level };
    }
    if (typeof value === 'object' && value !== null && isPlain(value)) return convertMapping(value, path);
    findings.error('INVALID', `a recipe can't hold ${describe(value)}`, { origin, path });
    return undefined;
  }

  function convertMapping(value: object, path: readonly (string | number)[]): Node {
    const entries = new Map<string, Entry>();
    for (const [key, inner] of Object.entries(value)) {
      if (inner === undefined) continue;
      if (key === '__proto__' || key.includes('{{')) {
        findings.error('INVALID', `\`${key}\` can't be a key`, { origin, path });
        continue;
      }
      const node = convert(inner, [...path, key]);
      if (node !== undefined) entries.set(key, { key: origin, value: node });
    }
    const literal = entries.get('$literal')?.value;
    if (literal?.kind === 'scalar' && typeof literal.value === 'string' && entries.size === 1)
      return { ...literal, literal: true };
    return { kind: 'map', entries, origin, level };
  }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype as object) === null;
}

function describe(value: unknown): string {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'object' || value === null) return `a ${typeof value}`;
  return `an object of class ${value.constructor?.name ?? 'unknown'}`;
}
