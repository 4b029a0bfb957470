const COMMENT_OR_TEXT =
  /\/\*[\s\S]*?\*\/|\/\/[^\n]*|`(?:\\[\s\S]|[^`\\])*`|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"/g;
const IMPORT = /\b(?:from|import|import\s*\(|require\s*\()\s*"(\d+)"/g;

/** What a module imports, statically or not, types too. Comments and texts count as nothing. */
export function importsOf(code: string): string[] {
  const texts: string[] = [];
  const bare = code.replace(COMMENT_OR_TEXT, (text) => {
    if (!/^['"]/.test(text)) return ' ';
    texts.push(text.slice(1, -1));
    return `"${texts.length - 1}"`;
  });
  return [...bare.matchAll(IMPORT)].map((match) => texts[Number(match[1])]!);
}

/** The package of a specifier: `@scope/name/path` → `@scope/name`; undefined for relative ones and Node's own. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
