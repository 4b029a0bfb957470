import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folder, ourTables, sql } from './support.js';

// DuckDB makes a table out of its log when a process died after a commit: whatever way a merge took, it is the same.

const COLUMNS = 'id BIGINT, code BIGINT, name VARCHAR';
const held = (rows: number) =>
  `INSERT INTO t(id, code, name) SELECT i, i * 3, 'old ' || i FROM range(${rows}) r(i)`;

const WAYS: readonly (readonly [what: string, ddl: readonly string[], more: number])[] = [
  ['a table that is made', [], 0],
  ['staging takes the place of the table', [`CREATE TABLE t(${COLUMNS})`], 1],
  ['rows are deleted and inserted', [`CREATE TABLE t(${COLUMNS})`], 4],
  ['columns of the table are kept', [`CREATE TABLE t(${COLUMNS}, mine VARCHAR DEFAULT 'mine')`], 1],
  ['rows are updated in place', [`CREATE TABLE t(${COLUMNS}, PRIMARY KEY (id))`], 1],
  ['a column beside the key is unique', [`CREATE TABLE t(${COLUMNS}, PRIMARY KEY (id), UNIQUE (code))`], 1],
];

for (const [what, ddl, more] of WAYS)
  for (const rows of [20, 6000])
    test(`${what}: ${rows} rows are the same after recovery`, async () => {
      const path = join(folder(), 'a.duckdb');
      if (ddl.length > 0) await sql(path, ...ddl, held(rows * more));
      const child = spawn(process.execPath, [join(import.meta.dirname, 'merger.mjs'), path, String(rows)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let said = '';
      child.stdout.on('data', (data: Buffer) => {
        said += data;
      });
      expect(await once(child, 'close')).toEqual([null, 'SIGKILL']);
      const query = 'SELECT CAST(t AS VARCHAR) AS row FROM t ORDER BY id';
      const found = (await sql(path, query)).map((each) => each['row']);
      expect(found).toEqual(JSON.parse(said));
      expect(found.filter((row) => row?.includes('merged'))).toHaveLength(rows);
      expect(await ourTables(path)).toEqual([]);
    });
