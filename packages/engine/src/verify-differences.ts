import type { Batch, Field } from '@datacook/core';
import { readableText, rowTextParts } from '@datacook/toolkit';
import type { ComparedColumn } from './verify-columns.js';
import { compareKeys, groupsOf, type KeyDifference, type Side, type Totals } from './verify-compare.js';
import type { DifferingKey, VerifyReport } from './verify-report.js';
import { keysOfRows } from './verify-rows.js';

export interface Search {
  readonly source: Side;
  readonly table: Side;
  readonly totals: Totals;
  readonly merges: boolean;
  /** Rows that only the table has are no difference. */
  readonly mayHaveExtra: boolean;
  /** Keys that are named, at most. */
  readonly limit: number;
  readonly columns: readonly ComparedColumn[];
  /** What the sides tell rows apart by, in their order. */
  readonly keys: readonly string[];
  /** What is shown of a key. */
  readonly shown: readonly string[];
  /** Reads rows that the table can't have yet. */
  readonly newRows?: () => AsyncIterable<Batch>;
}

type Found = Pick<
  VerifyReport,
  'equal' | 'differences' | 'complete' | 'keys' | 'newer' | 'expected_extra' | 'unclear'
>;

/** Looks at the buckets that differ, until as many keys are found as are to be named. */
export async function findDifferences(search: Search): Promise<Found> {
  const { source, table, totals, merges, mayHaveExtra, limit, newRows } = search;
  const differences = { missing: 0, extra: 0, doubled: 0, changed: 0 };
  const counts = { newer: 0, expected_extra: 0, unclear: 0 };
  const named: DifferingKey[] = [];
  const fields = fieldsOf(search);
  const groups = groupsOf(totals.differing);
  let looked = 0;
  for (const group of groups) {
    if (Object.values(differences).some((count) => count > 0) && named.length >= limit) break;
    looked += 1;
    const found = await compareKeys(source, table, group, merges);
    if (mayHaveExtra) counts.expected_extra += takeOut(found, ({ kind }) => kind === 'extra');
    if (found.size > 0 && newRows) counts.newer += await excuse(found, newRows(), search);
    counts.unclear += takeOut(found, ({ kind }) => kind === 'unclear');
    for (const difference of [...found.values()].sort((a, b) => (a.key < b.key ? -1 : 1))) {
      const kind = difference.kind as DifferingKey['kind'];
      differences[kind] += 1;
      if (named.length < limit) named.push(nameKey(difference, kind, fields, search.shown));
    }
  }
  return {
    equal: Object.values(differences).every((count) => count === 0),
    differences,
    complete: looked === groups.length,
    keys: named,
    ...counts,
  };
}

function takeOut(found: Map<string, KeyDifference>, isOut: (difference: KeyDifference) => boolean): number {
  let count = 0;
  for (const difference of found.values()) {
    if (!isOut(difference)) continue;
    found.delete(difference.key);
    count += 1;
  }
  return count;
}

/** Takes out the keys of rows that the table can't have yet. */
async function excuse(
  found: Map<string, KeyDifference>,
  rows: AsyncIterable<Batch>,
  { columns, keys }: Search,
): Promise<number> {
  const keyColumns = keys.map((name) => columns.find((column) => column.name === name)!);
  let count = 0;
  for await (const key of keysOfRows(rows, columns, keyColumns)) if (found.delete(key)) count += 1;
  return count;
}

function fieldsOf({ columns, keys }: Search): readonly Field[] {
  return keys.map((name) => ({
    name,
    type: columns.find((column) => column.name === name)!.type,
    nullable: true,
  }));
}

function nameKey(
  { key, sourceRows, tableRows }: KeyDifference,
  kind: DifferingKey['kind'],
  fields: readonly Field[],
  shown: readonly string[],
): DifferingKey {
  const texts = rowTextParts(fields, key);
  const entries = fields.flatMap(({ name, type }, index) => {
    const text = texts[index]!;
    return shown.includes(name) ? [[name, text === null ? null : readableText(type, text)] as const] : [];
  });
  return { kind, key: Object.fromEntries(entries), source_rows: sourceRows, table_rows: tableRows };
}
