/** How the rows that are there differ from those that should be. */
export interface ContentDifference {
  readonly isEqual: boolean;
  readonly lost: number;
  /** Doubled, changed, or never asked for. */
  readonly added: number;
  /** Sentences for people, with the first of the rows. */
  readonly complaints: readonly string[];
}

/** Rows of each kind that a complaint shows. */
const ROWS_SHOWN = 5;

/**
 * Compares rows as a multiset: order-free, whole rows, by content. Each row is one text, made by the system's own
 * means (a query that writes the row as JSON), not by the code under test.
 */
export function compareContents(expected: Iterable<string>, actual: Iterable<string>): ContentDifference {
  const counts = new Map<string, { expected: number; actual: number }>();
  const count = (rows: Iterable<string>, side: 'expected' | 'actual') => {
    for (const row of rows) {
      const entry = counts.get(row) ?? { expected: 0, actual: 0 };
      entry[side] += 1;
      counts.set(row, entry);
    }
  };
  count(expected, 'expected');
  count(actual, 'actual');
  const lost: string[] = [];
  const added: string[] = [];
  let lostCount = 0;
  let addedCount = 0;
  for (const [row, entry] of counts) {
    const more = entry.actual - entry.expected;
    if (more === 0) continue;
    const text = `${row} (${entry.actual} instead of ${entry.expected})`;
    if (more < 0) {
      lost.push(text);
      lostCount -= more;
    } else {
      added.push(text);
      addedCount += more;
    }
  }
  const complain = (number: number, what: string, rows: readonly string[]) =>
    number === 0 ? [] : [`${number} rows ${what}: ${rows.slice(0, ROWS_SHOWN).join('; ')}`];
  return {
    isEqual: lostCount + addedCount === 0,
    lost: lostCount,
    added: addedCount,
    complaints: [...complain(lostCount, 'lost', lost), ...complain(addedCount, 'too many', added)],
  };
}
