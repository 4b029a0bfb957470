/** What differs from run to run, and what stands for it. */
const VARIABLE: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME'],
  [/\b\d{8}T\d+(?:\.\d+)?Z-[0-9a-f]{8}\b/g, 'RUN'],
  [/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, 'ID'],
  [/^\d\d:\d\d:\d\d /gm, 'CLOCK '],
  [/\b[\d,]+ rows\/s/g, 'SPEED rows/s'],
  [/\b\d+\.\d s\b/g, 'N s'],
  [/\b\d{19}\b/g, 'NANOSECONDS'],
  [/[ \t]+$/gm, ''],
];

function withoutVariables(text: string): string[] {
  const settled = VARIABLE.reduce((changed, [pattern, name]) => changed.replaceAll(pattern, name), text);
  return settled.trim().split('\n');
}

/**
 * Whether a command said what a document shows. A line `…` of the document stands for any number of lines; times, ids
 * and speeds need only be times, ids and speeds.
 */
export function saysWhatIsShown(shown: string, said: string): boolean {
  return matches(withoutVariables(shown), withoutVariables(said));
}

function matches(shown: readonly string[], said: readonly string[]): boolean {
  const [first, ...rest] = shown;
  if (first === undefined) return said.length === 0;
  if (first !== '…') return first === said[0] && matches(rest, said.slice(1));
  for (let from = 0; from <= said.length; from += 1) if (matches(rest, said.slice(from))) return true;
  return false;
}
