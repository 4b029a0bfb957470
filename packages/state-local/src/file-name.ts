import { createHash } from 'node:crypto';

const PLAIN = /^[a-z0-9_-]$/;
const ESCAPE = /%u([0-9a-f]{4})|((?:%[0-9a-f]{2})+)/g;
/** Names of devices on Windows, with any extension. */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])$/;
const MAX_NAME = 100;
const READABLE_PREFIX = 60;
const HASH_MARK = '~';

/**
 * A file name, without extension, for a key of any characters. Different keys never share a name, also where the file
 * system ignores case or normalises Unicode: small letters, digits, `-` and `_` stand for themselves, all else is
 * `%xx` for each byte of UTF-8 (`%uxxxx` for half a surrogate pair, which UTF-8 can't say). A name above 100
 * characters keeps its beginning and ends in `~` and a hash of the key.
 */
export function keyToFileName(key: string): string {
  if (key === '') return '%';
  let name = '';
  for (const character of key) name += PLAIN.test(character) ? character : escapeCharacter(character);
  if (DEVICE.test(name)) name = escapeCharacter(name[0]!) + name.slice(1);
  if (name.length <= MAX_NAME) return name;
  const hash = createHash('sha256').update(JSON.stringify(key)).digest('hex').slice(0, 39);
  const prefix = name.slice(0, READABLE_PREFIX).replace(/%(?:u[0-9a-f]{0,3}|[0-9a-f]?)$/, '');
  return `${prefix}${HASH_MARK}${hash}`;
}

/** The key of a file name, or why there is none: `hashed` (only the file's content tells it), `foreign` (none of ours). */
export function fileNameToKey(name: string): { readonly key: string } | 'hashed' | 'foreign' {
  if (name === '%') return { key: '' };
  if (name.includes(HASH_MARK)) return 'hashed';
  const key = name.replace(ESCAPE, (text: string, unit: string | undefined) =>
    unit === undefined
      ? Buffer.from(text.replaceAll('%', ''), 'hex').toString('utf8')
      : String.fromCharCode(Number.parseInt(unit, 16)),
  );
  return keyToFileName(key) === name ? { key } : 'foreign';
}

function escapeCharacter(character: string): string {
  const code = character.codePointAt(0)!;
  if (code >= 0xd800 && code <= 0xdfff) return `%u${code.toString(16)}`;
  let text = '';
  for (const byte of Buffer.from(character, 'utf8')) text += `%${byte.toString(16).padStart(2, '0')}`;
  return text;
}
