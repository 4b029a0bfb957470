import { readFile } from 'node:fs/promises';

/** A JSON object as read: nothing is known of its values. */
export type Fields = { readonly [name: string]: unknown };

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads a file that holds a JSON object: what it holds, or why it can't be read. Undefined: there is no such file. */
export async function readJsonObject(
  path: string,
): Promise<{ readonly fields: Fields } | { readonly fields?: never; readonly reason: string } | undefined> {
  try {
    // Windows editors begin a file with a byte order mark.
    const content: unknown = JSON.parse((await readFile(path, 'utf8')).replace(/^\uFEFF/, ''));
    return isFields(content) ? { fields: content } : { reason: 'it is not a JSON object' };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    return { reason: (error as Error).message };
  }
}
