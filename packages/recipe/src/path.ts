import type { Path } from '@datacook/core';

const PLAIN_KEY = /^[\p{L}\p{N}_$-]+$/u;

/** A path as text: `transform.steps[1].mapping`, with other than plain keys in quoted brackets. */
export function formatPath(path: Path): string {
  let text = '';
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`;
    else if (!PLAIN_KEY.test(key)) text += `[${JSON.stringify(key)}]`;
    else text += text === '' ? key : `.${key}`;
  }
  return text;
}

/**
 * Reads a dotted path with quoted brackets, as `source.streams["public.customers"]`. Undefined if it is none;
 * `'index'` if it has an index, by which nothing is named in a recipe.
 */
export function parsePath(text: string): readonly string[] | 'index' | undefined {
  const keys: string[] = [];
  let rest = text.trim();
  while (rest !== '') {
    if (/^\[\s*\d+\s*\]/.test(rest)) return 'index';
    const bracket = /^\[\s*("(?:[^"\\]|\\.)*"|'[^']*')\s*\]/.exec(rest);
    const plain =
      bracket === null ? (keys.length === 0 ? /^([^.[\]"'\s]+)/ : /^\.([^.[\]"'\s]+)/).exec(rest) : null;
    const match = bracket ?? plain;
    if (match === null) return undefined;
    const key = bracket === null ? (match[1] as string) : unquote(match[1] as string);
    if (key === undefined) return undefined;
    keys.push(key);
    rest = rest.slice(match[0].length);
  }
  return keys.length === 0 ? undefined : keys;
}

function unquote(text: string): string | undefined {
  if (text.startsWith("'")) return text.slice(1, -1);
  try {
    return JSON.parse(text) as string;
  } catch {
    return undefined;
  }
}
