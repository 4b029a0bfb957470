import { join } from 'node:path';
import type { Destination } from '@datacook/core';
import { batchFromRows } from '@datacook/toolkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { folder, open, ourTables, schemaOf, sql, target } from './support.js';

// Loads of any epochs and batches, some given up, some over a new instance, beside a model of what a merge is.

const TYPES = { id: 'int64', seen: 'int32', a: 'utf8', b: 'float64' } as const;
type Row = { id: number; seen?: number | null; a?: string | null; b?: number | null };
const whole = schemaOf(TYPES);

const value = {
  id: fc.nat(6),
  seen: fc.option(fc.nat(4), { nil: null }),
  a: fc.option(fc.constantFrom('x', 'y', 'a text that is not inlined'), { nil: null }),
  b: fc.option(fc.constantFrom(0, -2.5, 1.5, Number.NaN), { nil: null }),
};
const rows = (columns: readonly (keyof typeof value)[]) =>
  fc.record({
    columns: fc.constant(columns),
    rows: fc.array(
      fc.record(Object.fromEntries(columns.map((name) => [name, value[name]]))) as fc.Arbitrary<Row>,
      {
        maxLength: 8,
      },
    ),
  });
const batch = fc.oneof(rows(['id', 'seen', 'a', 'b']), rows(['id', 'seen', 'a']), rows(['b', 'seen', 'id']));
const epochs = fc.record({
  batches: fc.array(batch, { minLength: 1, maxLength: 3 }),
  end: fc.constantFrom('commit', 'commit', 'commit', 'give up', 'new instance'),
});
const loads = fc.array(fc.array(epochs, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 });

/** Whether the row that is there must stay. */
const isOlder = (row: Row, held: Row) =>
  (held.seen ?? null) !== null &&
  ((row.seen ?? null) === null || (row.seen as number) < (held.seen as number));

function mergeModel(table: Map<number, Row>, staged: readonly Row[], loaded: Set<string>, ordered: boolean) {
  const last = new Map<number, Row>();
  for (const row of staged) {
    const before = last.get(row.id);
    if (before === undefined || !ordered || !isOlder(row, before)) last.set(row.id, row);
  }
  const counts = { inserted: 0, updated: 0, unchanged: 0 };
  for (const row of last.values()) {
    const held = table.get(row.id);
    const next = { ...held, id: row.id };
    for (const name of ['seen', 'a', 'b'] as const)
      if (loaded.has(name)) Object.assign(next, { [name]: row[name] ?? null });
    const isSame =
      held !== undefined &&
      (['seen', 'a', 'b'] as const).every((name) => Object.is(next[name] ?? null, held[name] ?? null));
    if (held === undefined) counts.inserted++;
    else if (isSame || (ordered && isOlder(row, held))) {
      counts.unchanged++;
      continue;
    } else counts.updated++;
    table.set(row.id, next);
  }
  return counts;
}

async function play(
  ordered: boolean,
  ddl: string | undefined,
  actions: typeof loads extends fc.Arbitrary<infer T> ? T : never,
) {
  const path = join(folder(), 'a.duckdb');
  if (ddl !== undefined) await sql(path, ddl);
  const table = new Map<number, Row>();
  let destination: Destination = open(path);
  for (const [number, load] of actions.entries()) {
    const to = target({
      mode: 'merge',
      mergeKeys: ['id'],
      load: `${number}`,
      ...(ordered ? { mergeOrder: 'seen' } : {}),
    });
    const staged: Row[] = [];
    const loaded = new Set<string>();
    let { version } = await destination.claim(to, 'test');
    await destination.prepare(to, whole, version);
    for (const { batches, end } of load) {
      const writer = await destination.openWriter(to, whole, version);
      for (const { columns, rows } of batches)
        await writer.write(
          batchFromRows(rows, schemaOf(Object.fromEntries(columns.map((name) => [name, TYPES[name]])))),
        );
      if (end !== 'give up') {
        await writer.commit({ id: 'c', expected: version++, state: number, publish: false });
        for (const { columns, rows } of batches) {
          for (const name of columns) loaded.add(name);
          staged.push(...rows);
        }
      }
      await writer.close();
      if (end !== 'new instance') continue;
      await destination.close();
      destination = open(path);
      ({ version } = await destination.claim(to, 'test'));
      await destination.prepare(to, whole, version);
    }
    const expected = mergeModel(table, staged, loaded, ordered);
    const commit = { id: 'c', expected: version, state: number, publish: true };
    expect(await destination.commit(to, [], commit)).toEqual(expected);
    const found = await sql(
      path,
      'SELECT CAST(id AS VARCHAR) AS id, CAST(seen AS VARCHAR) AS seen, a, CAST(b AS VARCHAR) AS b FROM t ORDER BY t.id',
    );
    const text = (cell: number | null | undefined) =>
      cell === null || cell === undefined ? null : String(cell);
    const wanted = [...table.values()].sort((one, other) => one.id - other.id);
    expect(found).toEqual(
      wanted.map((row) => ({
        id: text(row.id),
        seen: text(row.seen),
        a: row.a ?? null,
        b:
          text(row.b)
            ?.replace('NaN', 'nan')
            .replace(/^(\d)$/, '$1.0') ?? null,
      })),
    );
  }
  expect(await ourTables(path)).toEqual([]);
  await destination.close();
}

for (const [what, ddl] of [
  ['a table of our own', undefined],
  ['a table with a key', 'CREATE TABLE t(id BIGINT PRIMARY KEY, seen INTEGER, a VARCHAR, b DOUBLE)'],
  [
    'a table with a unique column',
    'CREATE TABLE t(id BIGINT, seen INTEGER, a VARCHAR, b DOUBLE, mine BIGINT UNIQUE)',
  ],
] as const)
  for (const ordered of [false, true])
    test(`${what}: any loads merge as they should${ordered ? ', by an order' : ''}`, async () => {
      await fc.assert(
        fc.asyncProperty(loads, (actions) => play(ordered, ddl, actions)),
        { seed: 11, numRuns: 12 },
      );
    }, 120_000);
