const ESCAPED = /[\\\0]|\p{Surrogate}/gu;
const ESCAPE = /\\(?:u([0-9a-f]{4})|(.))/gs;

/**
 * A key as the table has it. What a database's text can't hold is escaped: NUL is `\0`, half a surrogate pair `\ud83d`,
 * and so a backslash is `\\`. All else stands for itself.
 */
export function keyToStored(key: string): string {
  return key.replace(ESCAPED, (character) => {
    if (character === '\\') return '\\\\';
    if (character === '\0') return '\\0';
    return `\\u${character.charCodeAt(0).toString(16)}`;
  });
}

/** The key that is stored as this text. */
export function storedToKey(stored: string): string {
  return stored.replace(ESCAPE, (_, code: string | undefined, character: string) => {
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
    return character === '0' ? '\0' : character;
  });
}

/** With what the stored forms of all keys begin that begin with `prefix`; others may begin with it as well. */
export function prefixToStored(prefix: string): string {
  // Half a pair at the end may be whole in the keys, and is then not escaped.
  return keyToStored(/[\ud800-\udbff]$/.test(prefix) ? prefix.slice(0, -1) : prefix);
}
