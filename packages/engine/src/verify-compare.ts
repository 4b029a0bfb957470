import type { DigestEntry } from '@datacook/toolkit';

/** One side of a comparison: the digest of all, or of the keys in some buckets. */
export type Side = (bucket?: string) => AsyncIterable<DigestEntry>;

/** How a key's rows differ. `unclear`: its rows at the source can't be told from the one that a merge keeps. */
export type DifferenceKind = 'missing' | 'extra' | 'doubled' | 'changed' | 'unclear';

export interface KeyDifference {
  /** The key's canonical text. */
  readonly key: string;
  readonly kind: DifferenceKind;
  readonly sourceRows: number;
  readonly tableRows: number;
}

export interface Totals {
  readonly source: number;
  readonly table: number;
  /** Buckets whose rows differ, each with the rows of the side that has more. */
  readonly differing: ReadonlyMap<string, number>;
}

interface Rows {
  readonly rows: number;
  readonly sum: string;
}

const NONE: Rows = { rows: 0, sum: '0' };

/** Keys of both sides that are held in memory at once, about. */
const ROWS_AT_ONCE = 250_000;

/** Compares all buckets, both sides at the same time. */
export async function compareBuckets(source: Side, table: Side): Promise<Totals> {
  const [ours, theirs] = await Promise.all([collect(source()), collect(table())]);
  const differing = new Map<string, number>();
  for (const bucket of [...new Set([...ours.keys(), ...theirs.keys()])].sort()) {
    const one = ours.get(bucket) ?? NONE;
    const other = theirs.get(bucket) ?? NONE;
    if (one.rows !== other.rows || one.sum !== other.sum)
      differing.set(bucket, Math.max(one.rows, other.rows));
  }
  return { source: rowsOf(ours), table: rowsOf(theirs), differing };
}

/** Buckets in lists, as `bucket` of a digest takes them, each of as many rows as are compared at once. */
export function groupsOf(differing: ReadonlyMap<string, number>): readonly string[] {
  const groups: string[] = [];
  let group: string[] = [];
  let rows = 0;
  for (const [bucket, count] of differing) {
    if (group.length > 0 && rows + count > ROWS_AT_ONCE) {
      groups.push(group.join(','));
      group = [];
      rows = 0;
    }
    group.push(bucket);
    rows += count;
  }
  if (group.length > 0) groups.push(group.join(','));
  return groups;
}

/** The keys of some buckets whose rows differ, by the key's text. `merges`: the table keeps one row a key. */
export async function compareKeys(
  source: Side,
  table: Side,
  group: string,
  merges: boolean,
): Promise<Map<string, KeyDifference>> {
  const [ours, theirs] = await Promise.all([collect(source(group)), collect(table(group))]);
  const found = new Map<string, KeyDifference>();
  for (const key of new Set([...ours.keys(), ...theirs.keys()])) {
    const one = ours.get(key) ?? NONE;
    const other = theirs.get(key) ?? NONE;
    const kind = kindOf(one, other, merges);
    if (kind) found.set(key, { key, kind, sourceRows: one.rows, tableRows: other.rows });
  }
  return found;
}

function kindOf(source: Rows, table: Rows, merges: boolean): DifferenceKind | undefined {
  if (merges && table.rows > 1) return source.rows === 0 ? 'extra' : 'doubled';
  if (source.rows === table.rows) return source.sum === table.sum ? undefined : 'changed';
  if (table.rows === 0) return 'missing';
  if (source.rows === 0) return 'extra';
  if (table.rows > source.rows) return 'doubled';
  return merges && table.rows === 1 ? 'unclear' : 'missing';
}

async function collect(entries: AsyncIterable<DigestEntry>): Promise<Map<string, Rows>> {
  const all = new Map<string, Rows>();
  for await (const { bucket, rows, sum } of entries) all.set(bucket, { rows, sum });
  return all;
}

function rowsOf(all: ReadonlyMap<string, Rows>): number {
  let total = 0;
  for (const { rows } of all.values()) total += rows;
  return total;
}
