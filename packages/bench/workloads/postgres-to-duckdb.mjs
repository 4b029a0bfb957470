import path from 'node:path';
import { compareContents, postgresDigest } from '../lib/contents.mjs';
import { connection, runProject, writeProject } from '../lib/datacook.mjs';
import { drainCopy } from '../lib/drain.mjs';
import { COPY_ALL, createLineitem } from '../lib/lineitem-table.mjs';
import { loadResult } from '../lib/result.mjs';

const RECIPE = `name: bench_lineitem
source: { type: postgres, conn_id: bench, table: public.lineitem }
destination: { type: duckdb, path: out.duckdb, table: lineitem }
`;

/**
 * A first load of a whole table of Postgres into DuckDB through the command line, beside the same table's COPY drained
 * from a socket. One result for each number of rows; the contents of the two tables are compared.
 */
export async function postgresToDuckdb({ folder, sizes, runs, url, client }) {
  const results = [];
  for (const rows of sizes) {
    await createLineitem(client, rows);
    const digest = await postgresDigest(client);
    const limits = [];
    const ours = [];
    for (let run = 0; run < runs; run += 1) {
      limits.push(await drainCopy(folder, url, COPY_ALL));
      const project = writeProject(folder, 'work', RECIPE);
      ours.push(await runProject(folder, project, connection(url)));
      await compareContents(path.join(project, 'out.duckdb'), digest);
    }
    const limit = 'COPY (FORMAT BINARY) drained from a socket';
    const megabytes = limits[0].bytes / 1e6;
    results.push(loadResult({ workload: 'Postgres -> DuckDB', limit, rows, megabytes, limits, ours }));
  }
  return results;
}
