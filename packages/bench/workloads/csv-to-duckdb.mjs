import { rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { freshPath, runProject, writeProject } from '../lib/datacook.mjs';
import { withDuckdb } from '../lib/duckdb-file.mjs';
import { LINEITEM_COLUMNS, writeLineitem } from '../lib/lineitem.mjs';
import { measure } from '../lib/measure.mjs';
import { loadResult } from '../lib/result.mjs';

const READ_CSV = fileURLToPath(new URL('read-csv.mjs', import.meta.url));

/**
 * CSV into DuckDB through the command line, beside DuckDB's own reader. One result for each number of rows; the
 * contents of the two tables are compared.
 */
export async function csvToDuckdb({ folder, sizes, runs }) {
  const results = [];
  for (const rows of sizes) {
    const csv = path.join(folder, `lineitem-${rows}.csv`);
    await writeLineitem(csv, rows);
    const megabytes = statSync(csv).size / 1e6;
    const limits = [];
    const ours = [];
    for (let run = 0; run < runs; run += 1) {
      const limitFile = freshPath(folder, 'limit.duckdb');
      limits.push(await measure(folder, READ_CSV, [csv, limitFile]));
      const project = writeProject(folder, 'work', recipe(csv));
      ours.push(await runProject(folder, project));
      await compare(limitFile, path.join(project, 'out.duckdb'), rows);
    }
    rmSync(csv);
    const limit = "DuckDB's read_csv into a table";
    results.push(loadResult({ workload: 'CSV -> DuckDB', limit, rows, megabytes, limits, ours }));
  }
  return results;
}

function recipe(csv) {
  return `name: bench_lineitem
source: { type: file, path: ${csv} }
destination: { type: duckdb, path: out.duckdb, table: lineitem }
`;
}

// An order-free sum of hashes of whole rows' text, by DuckDB's own SQL. Numbers are compared as numbers.
async function compare(limitFile, ourFile, rows) {
  const row = LINEITEM_COLUMNS.map((name) => `${name}::varchar`).join(", '|', ");
  const sumOf = (catalog) =>
    `select count(*) as n, sum(hash(concat(${row}))::hugeint) as s from ${catalog}.lineitem`;
  const isEqual = await withDuckdb(':memory:', async (query) => {
    await query(`attach '${limitFile}' as a (read_only)`);
    await query(`attach '${ourFile}' as b (read_only)`);
    const [[equal]] = await query(`
      select l.n = ${rows} and o.n = l.n and o.s = l.s from (${sumOf('a')}) l, (${sumOf('b')}) o`);
    return equal;
  });
  if (!isEqual) throw new Error(`the contents of ${ourFile} differ from those of ${limitFile}`);
}
