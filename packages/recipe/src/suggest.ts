import { distance } from 'fastest-levenshtein';

/** The names most like a word, best first: none that is only remotely like it, or much less than the best. */
export function nearest(word: string, names: Iterable<string>): string[] {
  const limit = word.length <= 3 ? 1 : word.length <= 7 ? 2 : 3;
  const lower = word.toLowerCase();
  const near = [...new Set(names)]
    .map((name) => ({ name, steps: distance(lower, name.toLowerCase()) }))
    .filter(({ steps }) => steps <= limit)
    .sort((a, b) => a.steps - b.steps || (a.name < b.name ? -1 : 1));
  return near
    .filter(({ steps }) => steps <= (near[0]?.steps ?? 0) + 1)
    .slice(0, 3)
    .map(({ name }) => name);
}

/** A hint that offers near names, or else `others`: all of them, unless given. Undefined if there are none. */
export function suggestion(
  word: string,
  names: Iterable<string>,
  what: string,
  others?: readonly string[],
): string | undefined {
  const all = [...new Set(names)];
  const near = nearest(word, all);
  if (near.length > 0) return `did you mean ${near.map((name) => `\`${name}\``).join(' or ')}?`;
  const listed = others ?? all;
  return listed.length === 0 ? undefined : `${what}: ${listed.join(', ')}`;
}

/** A word with `a` or `an` before it. */
export function withArticle(word: string): string {
  return `${/^[aeiou]/i.test(word) ? 'an' : 'a'} ${word}`;
}
