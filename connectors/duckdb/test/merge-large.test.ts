import { join } from 'node:path';
import type { Batch, Destination, Merged, Schema } from '@datacook/core';
import { expect, test } from 'vitest';
import { folder, open, ourTables, schemaOf, sql, target } from './support.js';

// More rows than one slice of a small memory limit holds, in several epochs, the last of them not yet committed.

const ROWS = 400_000;
const EPOCH = 150_000;
const schema = schemaOf({ id: 'int64', version: 'int32', name: 'utf8', amount: 'int64' });
const to = (load: string) => target({ mode: 'merge', mergeKeys: ['id'], load });

/** Rows `[from, from + count)` in a shuffled order of keys; every third one is changed by `version`. */
function batchOf(from: number, count: number, version: number): Batch {
  const ids = new BigInt64Array(count);
  const versions = new Int32Array(count);
  const amounts = new BigInt64Array(count);
  const offsets = new Int32Array(count + 1);
  const texts: string[] = [];
  let length = 0;
  for (let at = 0; at < count; at++) {
    const id = ((from + at) * 7919) % ROWS;
    ids[at] = BigInt(id);
    versions[at] = id % 3 === 0 ? version : 0;
    amounts[at] = BigInt(id) * 1_000_003n;
    const text = `the name of row ${id}`;
    texts.push(text);
    length += text.length;
    offsets[at + 1] = length;
  }
  const columns = [
    { nullCount: 0, values: ids },
    { nullCount: 0, values: versions },
    { nullCount: 0, values: new TextEncoder().encode(texts.join('')), offsets },
    { nullCount: 0, values: amounts },
  ];
  return { length: count, schema, columns };
}

async function mergeAll(
  destination: Destination,
  name: string,
  version: number,
  columns: Schema = schema,
): Promise<Merged | undefined> {
  let head = (await destination.claim(to(name), 'test')).version;
  await destination.prepare(to(name), columns, head);
  let merged: Merged | undefined;
  for (let from = 0; from < ROWS; from += EPOCH) {
    const writer = await destination.openWriter(to(name), columns, head);
    const end = Math.min(ROWS, from + EPOCH);
    for (let at = from; at < end; at += 16_384)
      await writer.write(batchOf(at, Math.min(16_384, end - at), version));
    merged = await writer.commit({ id: name, expected: head++, state: from, publish: end === ROWS });
    await writer.close();
  }
  return merged;
}

const changed = Math.ceil(ROWS / 3);

const OTHERS = `INSERT INTO t SELECT i, 7, 'another', 0 FROM range(${ROWS}, ${2 * ROWS}) r(i)`;

const TABLES = [
  [
    'a table that has hardly any other rows',
    "INSERT INTO t VALUES (-1, 7, 'another', 0), (NULL, 7, 'another', 0)",
  ],
  ['a table that has as many other rows', OTHERS],
  ['a table with a column of its own', "ALTER TABLE t ADD COLUMN mine VARCHAR DEFAULT 'mine'"],
  ['a table with a key', 'ALTER TABLE t ADD PRIMARY KEY (id)'],
] as const;

for (const [what, ddl] of TABLES)
  test(`${what}: ${ROWS} rows merged with little memory`, async () => {
    const path = join(folder(), 'a.duckdb');
    let destination = open(path, undefined, '64mb');
    expect(await mergeAll(destination, 'one', 1)).toEqual({ inserted: ROWS, updated: 0, unchanged: 0 });
    await destination.close();
    await sql(path, 'DELETE FROM t WHERE id % 10 = 9', ddl, 'CHECKPOINT');
    destination = open(path, undefined, '64mb');
    const merged = await mergeAll(destination, 'two', 2);
    const again = await mergeAll(destination, 'three', 2);
    await destination.close();
    const gone = ROWS / 10;
    const lost = Array.from({ length: ROWS }, (_, id) => id).filter(
      (id) => id % 10 === 9 && id % 3 === 0,
    ).length;
    const updated = changed - lost;
    expect(merged).toEqual({ inserted: gone, updated, unchanged: ROWS - gone - updated });
    expect(again).toEqual({ inserted: 0, updated: 0, unchanged: ROWS });
    expect(
      await sql(
        path,
        `SELECT CAST(count(*) AS VARCHAR) AS rows, CAST(count(DISTINCT id) AS VARCHAR) AS ids,
           CAST(count(*) FILTER (version = CASE WHEN id % 3 = 0 THEN 2 ELSE 0 END AND amount = id * 1000003
             AND name = 'the name of row ' || id) AS VARCHAR) AS right FROM t WHERE version <> 7`,
      ),
    ).toEqual([{ rows: `${ROWS}`, ids: `${ROWS}`, right: `${ROWS}` }]);
    const [others] = await sql(
      path,
      "SELECT CAST(count(*) AS VARCHAR) AS rows FROM t WHERE name = 'another'",
    );
    expect(others?.['rows']).toBe(String(ddl === OTHERS ? ROWS : ddl.startsWith('INSERT') ? 2 : 0));
    expect(await ourTables(path)).toEqual([]);
  }, 120_000);
