import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { compareContents, postgresDigest } from '../lib/contents.mjs';
import { connection, DATACOOK, runArguments, runProject, writeProject } from '../lib/datacook.mjs';
import { createLineitem } from '../lib/lineitem-table.mjs';
import { median, time } from '../lib/measure.mjs';

const STEP = fileURLToPath(new URL('start-step.mjs', import.meta.url));

const RECIPE = `name: bench_lineitem
source:
  type: postgres
  conn_id: bench
  table: public.lineitem
  incremental: { strategy: cursor, cursor_column: updated_at }
destination: { type: duckdb, path: out.duckdb, table: lineitem, write_mode: merge, merge_keys: [l_id] }
`;

/**
 * An incremental run that finds nothing new, as a whole process, over a process that does nothing. There is an index on
 * the cursor's column. Beside it, processes that do one step of a start each: a hint where the time goes.
 */
export async function nothingNew({ folder, sizes, runs, url, client }) {
  const [rows] = sizes;
  await createLineitem(client, rows);
  await client.query('create index on lineitem (updated_at)');
  const env = connection(url);
  const project = writeProject(folder, 'work', RECIPE);
  const database = path.join(project, 'out.duckdb');
  await runProject(folder, project, env);
  const { cpuSeconds, peakBytes } = await runProject(folder, project, env);

  const programs = {
    'node -e 0': ['-e', '0'],
    'the whole run': [DATACOOK, ...runArguments(project)],
    'datacook --version': [DATACOOK, '--version'],
    'datacook validate': [DATACOOK, 'validate', path.join(project, 'load.yaml')],
    'import datacook': [STEP, 'import', 'datacook'],
    'import the Postgres connector': [STEP, 'import', '@datacook/connector-postgres'],
    'import the DuckDB connector': [STEP, 'import', '@datacook/connector-duckdb'],
    'import pg, connect, greatest cursor': [STEP, 'postgres', url],
    'load DuckDB, open the file, close it': [STEP, 'duckdb', database],
  };
  const seconds = Object.fromEntries(Object.keys(programs).map((step) => [step, []]));
  // In turn, so that all see the same weather.
  for (let run = 0; run < 3 * runs; run += 1) {
    for (const [step, args] of Object.entries(programs)) seconds[step].push((await time(args, env)).seconds);
  }
  await compareContents(database, await postgresDigest(client));
  const limitSeconds = median(seconds['node -e 0']);
  const measured = (step) => ({
    seconds: median(seconds[step]),
    overSeconds: median(seconds[step]) - limitSeconds,
  });
  return [
    {
      kind: 'start',
      workload: 'Nothing new, Postgres -> DuckDB',
      rows,
      limit: 'node -e 0',
      limitSeconds,
      ...measured('the whole run'),
      cpuSeconds,
      peakMegabytes: peakBytes / 1e6,
      steps: Object.keys(programs)
        .filter((step) => step !== 'the whole run')
        .map((step) => ({ step, ...measured(step) })),
    },
  ];
}
