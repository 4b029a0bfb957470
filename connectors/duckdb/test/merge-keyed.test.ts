import { join } from 'node:path';
import type { Target } from '@datacook/core';
import { expect, test } from 'vitest';
import { folder, merge, open, ourTables, schemaOf, sql, target } from './support.js';

// Tables that have keys, indexes or references of their own.

const schema = schemaOf({ id: 'int64', code: 'int64', name: 'utf8', tags: 'list<int32>' });
const to = (load: string, over: Partial<Target> = {}) =>
  target({ mode: 'merge', mergeKeys: ['id'], load, ...over });
const row = (id: number, code: number, name: string) => ({
  id: BigInt(id),
  code: BigInt(code),
  name,
  tags: [id],
});
const COLUMNS = 'id BIGINT, code BIGINT, name VARCHAR, tags INTEGER[]';

/** All rows, read by scan, and how many of them an index finds. */
async function contents(path: string) {
  const rows = await sql(
    path,
    'SELECT CAST(id AS VARCHAR) AS id, CAST(code AS VARCHAR) AS code, name FROM t ORDER BY t.id',
  );
  for (const each of rows) {
    const query = `SELECT CAST(count(*) AS VARCHAR) AS n FROM t WHERE`;
    expect(await sql(path, `${query} id = ${each['id']}`)).toEqual([{ n: '1' }]);
    expect(await sql(path, `${query} code = ${each['code']} AND name = '${each['name']}'`)).toEqual([
      { n: '1' },
    ]);
  }
  return rows.map((each) => `${each['id']} ${each['code']} ${each['name']}`);
}

const TABLES: readonly (readonly [what: string, ddl: readonly string[]])[] = [
  ['a primary key', [`CREATE TABLE t(${COLUMNS}, PRIMARY KEY (id))`]],
  ['a unique column beside the key', [`CREATE TABLE t(${COLUMNS}, PRIMARY KEY (id), UNIQUE (code))`]],
  ['a unique index of its own', [`CREATE TABLE t(${COLUMNS})`, 'CREATE UNIQUE INDEX i ON t(id)']],
  [
    'a unique index beside the key',
    [`CREATE TABLE t(${COLUMNS})`, 'CREATE UNIQUE INDEX i ON t(code)', 'CREATE INDEX j ON t(name)'],
  ],
  ['an index that is not unique', [`CREATE TABLE t(${COLUMNS})`, 'CREATE INDEX i ON t(name, code)']],
  [
    'a foreign key',
    [
      'CREATE TABLE parent(code BIGINT PRIMARY KEY)',
      'INSERT INTO parent SELECT i FROM range(100) r(i)',
      `CREATE TABLE t(${COLUMNS}, FOREIGN KEY (code) REFERENCES parent(code))`,
    ],
  ],
  ['a check', [`CREATE TABLE t(${COLUMNS}, CHECK (code >= 0), CHECK (name <> ''))`]],
];

for (const [what, ddl] of TABLES)
  test(`a table with ${what}: merged again and again, also where rows exchange their values`, async () => {
    const path = join(folder(), 'a.duckdb');
    await sql(path, ...ddl);
    let destination = open(path);
    expect(
      await merge(destination, to('one'), schema, [row(1, 10, 'a'), row(2, 20, 'b'), row(3, 30, 'c')]),
    ).toEqual({ inserted: 3, updated: 0, unchanged: 0 });
    for (const load of ['two', 'four', 'six']) {
      expect(
        await merge(destination, to(load), schema, [row(1, 20, 'b'), row(2, 10, 'a'), row(3, 30, 'c')]),
      ).toEqual({ inserted: 0, updated: 2, unchanged: 1 });
      await destination.close();
      destination = open(path);
      expect(await contents(path)).toEqual(['1 20 b', '2 10 a', '3 30 c']);
      expect(
        await merge(destination, to(`${load} again`), schema, [row(1, 10, 'a'), row(2, 20, 'b')]),
      ).toEqual({ inserted: 0, updated: 2, unchanged: 0 });
    }
    expect(await merge(destination, to('last'), schema, [row(3, 40, 'd'), row(4, 30, 'c')])).toEqual({
      inserted: 1,
      updated: 1,
      unchanged: 0,
    });
    expect(await contents(path)).toEqual(['1 10 a', '2 20 b', '3 40 d', '4 30 c']);
    expect(await ourTables(path)).toEqual([]);
  });

test('thousands of rows exchange the values of a unique column', async () => {
  const path = join(folder(), 'a.duckdb');
  await sql(path, 'CREATE TABLE t(id BIGINT PRIMARY KEY, code BIGINT UNIQUE)');
  const columns = schemaOf({ id: 'int64', code: 'int64' });
  const rows = (code: (id: number) => number) =>
    Array.from({ length: 5000 }, (_, id) => ({ id: BigInt(id), code: BigInt(code(id)) }));
  let destination = open(path);
  await merge(
    destination,
    to('one'),
    columns,
    rows((id) => id),
  );
  await destination.close();
  destination = open(path);
  expect(
    await merge(
      destination,
      to('two'),
      columns,
      rows((id) => 4999 - id),
    ),
  ).toEqual({ inserted: 0, updated: 5000, unchanged: 0 });
  expect(
    await sql(
      path,
      'SELECT CAST(count(*) AS VARCHAR) AS n, CAST(count(DISTINCT code) AS VARCHAR) AS codes FROM t WHERE code = 4999 - id',
    ),
  ).toEqual([{ n: '5000', codes: '5000' }]);
});

test('a row that a constraint refuses is DATA, and nothing changes', async () => {
  const path = join(folder(), 'a.duckdb');
  await sql(path, `CREATE TABLE t(${COLUMNS}, PRIMARY KEY (id), UNIQUE (code), CHECK (code >= 0))`);
  const destination = open(path);
  await merge(destination, to('one'), schema, [row(1, 10, 'a'), row(2, 20, 'b')]);
  for (const bad of [row(1, -1, 'negative'), row(1, 20, 'taken'), row(3, 20, 'taken')])
    await expect(merge(destination, to('two'), schema, [bad])).rejects.toMatchObject({ code: 'DATA' });
  expect(await contents(path)).toEqual(['1 10 a', '2 20 b']);
});

test('a table that others refer to: rows are updated in place', async () => {
  const path = join(folder(), 'a.duckdb');
  await sql(
    path,
    'CREATE TABLE t(id BIGINT PRIMARY KEY, name VARCHAR, mine INTEGER DEFAULT 5)',
    "INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2)",
    'CREATE TABLE child(id BIGINT REFERENCES t(id))',
    'INSERT INTO child VALUES (1)',
  );
  const destination = open(path);
  const columns = schemaOf({ id: 'int64', name: 'utf8' });
  const rows = [
    { id: 1n, name: 'A' },
    { id: 2n, name: 'b' },
    { id: 3n, name: 'c' },
  ];
  expect(await merge(destination, to('one'), columns, rows)).toEqual({
    inserted: 1,
    updated: 1,
    unchanged: 1,
  });
  expect(
    await sql(
      path,
      'SELECT CAST(id AS VARCHAR) AS id, name, CAST(mine AS VARCHAR) AS mine FROM t ORDER BY t.id',
    ),
  ).toEqual([
    { id: '1', name: 'A', mine: '1' },
    { id: '2', name: 'b', mine: '2' },
    { id: '3', name: 'c', mine: '5' },
  ]);
  await expect(sql(path, 'DELETE FROM t WHERE id = 1')).rejects.toMatchObject({ code: 'DATA' });
});
