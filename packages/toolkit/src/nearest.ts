const MOST = 3;

/**
 * The candidates that `word` was probably meant to be, best first, three at most. Letter case, blanks, `-` and `_`
 * don't count; neighbours that changed places count as one slip.
 */
export function nearest(word: string, candidates: Iterable<string>): string[] {
  const wanted = plain(word);
  const found: { readonly name: string; readonly distance: number }[] = [];
  for (const name of new Set(candidates)) {
    if (name === word) continue;
    const other = plain(name);
    const allowed = Math.max(1, Math.floor(Math.max(wanted.length, other.length) / 3));
    let distance =
      Math.abs(wanted.length - other.length) > allowed ? allowed + 1 : editDistance(wanted, other);
    if (distance > allowed && wanted.length >= 3 && other.length >= 3) {
      if (other.startsWith(wanted) || wanted.startsWith(other)) distance = allowed;
    }
    if (distance > 0 && letters(wanted) === letters(other)) distance -= 0.5;
    if (distance <= allowed) found.push({ name, distance });
  }
  found.sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1));
  return found.slice(0, MOST).map(({ name }) => name);
}

function plain(text: string): string {
  return text.toLowerCase().replace(/[\s_-]/g, '');
}

/** Letters that only changed places are the likeliest slip. */
function letters(text: string): string {
  return [...text].sort().join('');
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, beforeLast[j - 2]! + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
