import { distance } from 'fastest-levenshtein';

/** The names most like a word, best first: at most three, none that is only remotely like it. */
export function nearest(word: string, names: Iterable<string>): string[] {
  const limit = Math.max(1, Math.ceil(word.length * 0.4));
  const lower = word.toLowerCase();
  return [...new Set(names)]
    .map((name) => ({ name, steps: distance(lower, name.toLowerCase()) }))
    .filter(({ steps }) => steps <= limit)
    .sort((a, b) => a.steps - b.steps || (a.name < b.name ? -1 : 1))
    .slice(0, 3)
    .map(({ name }) => name);
}

/** A hint that offers near names, or else all of them; undefined if there are none. */
export function suggestion(word: string, names: Iterable<string>, what: string): string | undefined {
  const all = [...new Set(names)];
  const near = nearest(word, all);
  if (near.length > 0) return `did you mean ${near.map((name) => `\`${name}\``).join(' or ')}?`;
  return all.length === 0 ? undefined : `${what}: ${all.join(', ')}`;
}
