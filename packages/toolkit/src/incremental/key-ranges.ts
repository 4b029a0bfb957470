/** Rows of a partition, at least, so that a range is worth its statement. */
const LEAST_ROWS = 250_000;
/** Partitions for each reader, so that one that is slow doesn't leave the others idle. */
const PER_READER = 4;
const MOST_PARTITIONS = 64;

/** Part of a table by the leading column of its key: `from <= key` and `key < below`, as the database's texts. */
export type KeyRange = {
  /** Unique in its plan. */
  readonly id: string;
  readonly from?: string;
  readonly below?: string;
};

/**
 * How many key ranges to read a table in. `rows` is the database's estimate; unknown (negative or NaN) it is one.
 * One for a single reader, too: it gains nothing by more.
 */
export function wantedPartitions(rows: number, parallelism: number): number {
  if (!(rows > 0) || parallelism <= 1) return 1;
  return Math.max(1, Math.min(Math.floor(rows / LEAST_ROWS), parallelism * PER_READER, MOST_PARTITIONS));
}

/**
 * The keys at which to cut a table into about `wanted` parts of the same size. `bounds` are those of a histogram of
 * the leading key column whose buckets hold the same number of rows each: texts, in the database's order. With
 * too few of them there are fewer parts.
 */
export function chooseCuts(bounds: readonly string[], wanted: number): string[] {
  const cuts: string[] = [];
  const buckets = bounds.length - 1;
  for (let part = 1; part < wanted; part++) {
    const at = Math.round((part * buckets) / wanted);
    const cut = bounds[at];
    // Nothing lies below the first bound.
    if (at <= 0 || at >= buckets || cut === undefined || cut === bounds[0] || cut === cuts.at(-1)) continue;
    cuts.push(cut);
  }
  return cuts;
}

/**
 * The ranges between cuts. They cover every key from the least to the greatest that there could be, without a gap or
 * an overlap. A row whose key is NULL is in none, unless there is but one: the key's columns must be NOT NULL.
 */
export function keyRanges(cuts: readonly string[]): readonly KeyRange[] {
  return Array.from({ length: cuts.length + 1 }, (_, index) => {
    const from = cuts[index - 1];
    const below = cuts[index];
    return {
      id: `keys-${index + 1}`,
      ...(from === undefined ? {} : { from }),
      ...(below === undefined ? {} : { below }),
    };
  });
}
