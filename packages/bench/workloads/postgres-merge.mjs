import { cpSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { compareContents, postgresDigest } from '../lib/contents.mjs';
import { connection, freshPath, runProject, writeProject } from '../lib/datacook.mjs';
import { drainCopy } from '../lib/drain.mjs';
import { withDuckdb } from '../lib/duckdb-file.mjs';
import { dumpIntoDuckdb } from '../lib/dump.mjs';
import { CHANGED_SINCE, COPY_ALL, changeHalf, createLineitem } from '../lib/lineitem-table.mjs';
import { measure } from '../lib/measure.mjs';
import { loadResult } from '../lib/result.mjs';

const DUCKDB_MERGE = fileURLToPath(new URL('duckdb-merge.mjs', import.meta.url));

/** What is read again: the whole table, or by a cursor what changed since the first load. */
const CASES = [
  { workload: 'Postgres -> DuckDB, merge of all rows', name: 'all', select: COPY_ALL, source: '' },
  {
    workload: 'Postgres -> DuckDB, merge of the changed half',
    name: 'changed',
    select: `${COPY_ALL} where updated_at > '${CHANGED_SINCE}'`,
    source: ', incremental: { strategy: cursor, cursor_column: updated_at }',
  },
];

/**
 * A merge into a table of as many rows, half of which have changed at the source since it was loaded, beside the COPY of
 * the rows that are read, drained, and DuckDB's own MERGE of the same rows, which it has in a staging table. One result
 * for each case and number of rows; the contents of both are compared with the source's.
 */
export async function postgresMerge({ folder, sizes, runs, url, client }) {
  const results = [];
  for (const rows of sizes) {
    await createLineitem(client, rows);
    for (const { name, source } of CASES) {
      await runProject(folder, writeProject(folder, `loaded-${name}`, recipe(source)), connection(url));
    }
    const limitFile = freshPath(folder, 'limit-loaded.duckdb');
    const dump = (select, table) =>
      withDuckdb(limitFile, (query) =>
        dumpIntoDuckdb({ url, select, query, table, csv: path.join(folder, 'dump.csv') }),
      );
    await dump(COPY_ALL, 'lineitem');
    await changeHalf(client);
    const digest = await postgresDigest(client);
    for (const { workload, name, select } of CASES) {
      await dump(select, `staging_${name}`);
      const limits = [];
      const ours = [];
      for (let run = 0; run < runs; run += 1) {
        limits.push(await limitOf({ folder, url, select, limitFile, staging: `staging_${name}`, digest }));
        const project = copyFresh(folder, `loaded-${name}`, 'work');
        ours.push(await runProject(folder, project, connection(url)));
        await compareContents(path.join(project, 'out.duckdb'), digest);
      }
      const limit = "COPY (FORMAT BINARY) drained from a socket, and DuckDB's own merge";
      const read = { rows: limits[0].rows, megabytes: limits[0].bytes / 1e6 };
      results.push(loadResult({ workload, limit, ...read, limits, ours }));
    }
  }
  return results;
}

function recipe(source) {
  return `name: bench_lineitem
source: { type: postgres, conn_id: bench, table: public.lineitem${source} }
destination: { type: duckdb, path: out.duckdb, table: lineitem, write_mode: merge, merge_keys: [l_id] }
`;
}

async function limitOf({ folder, url, select, limitFile, staging, digest }) {
  const drained = await drainCopy(folder, url, select);
  const merged = copyFresh(folder, path.basename(limitFile), 'limit.duckdb');
  const merge = await measure(folder, DUCKDB_MERGE, [merged, staging]);
  await compareContents(merged, digest);
  return {
    rows: drained.rows,
    bytes: drained.bytes,
    seconds: drained.seconds + merge.seconds,
    cpuSeconds: drained.cpuSeconds + merge.cpuSeconds,
    peakBytes: Math.max(drained.peakBytes, merge.peakBytes),
  };
}

// A merge changes what it finds: each run gets what was there before.
function copyFresh(folder, from, name) {
  const place = freshPath(folder, name);
  cpSync(path.join(folder, from), place, { recursive: true });
  return place;
}
