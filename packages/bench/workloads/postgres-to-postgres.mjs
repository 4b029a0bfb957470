import { fileURLToPath } from 'node:url';
import { postgresDigest } from '../lib/contents.mjs';
import { connection, runProject, writeProject } from '../lib/datacook.mjs';
import { COPY_ALL, createLineitem, LINEITEM_TABLE } from '../lib/lineitem-table.mjs';
import { measure } from '../lib/measure.mjs';
import { loadResult } from '../lib/result.mjs';

const PIPE_COPY = fileURLToPath(new URL('pipe-copy.mjs', import.meta.url));

const RECIPE = `name: bench_lineitem
source: { type: postgres, conn_id: bench, table: public.lineitem }
destination: { type: postgres, conn_id: bench, table: loaded }
`;

/**
 * A first load of a whole table of Postgres into another table of the same server, append with checkpoints, beside one raw
 * COPY piped into another. One result for each number of rows; the contents of the tables are compared.
 */
export async function postgresToPostgres({ folder, sizes, runs, url, client }) {
  const columns = LINEITEM_TABLE.map(({ name, postgres }) => `${name} ${postgres}`).join(', ');
  const results = [];
  for (const rows of sizes) {
    await createLineitem(client, rows);
    const digest = await postgresDigest(client);
    const check = async (table) => {
      const found = await postgresDigest(client, table);
      if (found !== digest) throw new Error(`${table} has the contents ${found}, and the source ${digest}`);
    };
    /** Nothing is left of the run before, and the server has nothing to do. */
    const rest = async () => {
      await client.query('drop table if exists piped, loaded, _datacook_heads');
      await client.query('checkpoint');
    };
    const limits = [];
    const ours = [];
    let bytes = 0;
    for (let run = 0; run < runs; run += 1) {
      await rest();
      await client.query(`create table piped (${columns})`);
      const piped = await measure(folder, PIPE_COPY, [url, COPY_ALL, 'piped']);
      ({ bytes } = JSON.parse(piped.output));
      limits.push(piped);
      await check('piped');
      await rest();
      ours.push(await runProject(folder, writeProject(folder, 'work', RECIPE), connection(url)));
      await check('loaded');
    }
    const limit = 'COPY TO STDOUT piped into COPY FROM STDIN, as raw messages';
    results.push(
      loadResult({ workload: 'Postgres -> Postgres', limit, rows, megabytes: bytes / 1e6, limits, ours }),
    );
  }
  return results;
}
