import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { LINEITEM_COLUMNS, writeLineitem } from '../lib/lineitem.mjs';
import { measure, median } from '../lib/measure.mjs';

const HERE = path.dirname(fileURLToPath(import.meta.url));
const DATACOOK = path.join(
  path.dirname(createRequire(import.meta.url).resolve('datacook/package.json')),
  'bin/datacook.js',
);

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
      const limitFile = fresh(folder, 'limit.duckdb');
      limits.push(await measure(folder, path.join(HERE, 'read-csv.mjs'), [csv, limitFile]));
      const work = fresh(folder, 'work');
      mkdirSync(work);
      // State and reports lie beside the project file, and go with the folder.
      writeFileSync(path.join(work, 'datacook.yaml'), 'vars: {}\n');
      writeFileSync(path.join(work, 'load.yaml'), recipe(csv));
      // The project's package.json is where plug-ins are looked for.
      ours.push(await measure(folder, DATACOOK, ['run', path.join(work, 'load.yaml'), '--progress', 'none']));
      await compare(limitFile, path.join(work, 'out.duckdb'), rows);
    }
    rmSync(csv);
    results.push(result(rows, megabytes, limits, ours));
  }
  return results;
}

function recipe(csv) {
  return `name: bench_lineitem
source: { type: file, path: ${csv} }
destination: { type: duckdb, path: out.duckdb, table: lineitem }
`;
}

function fresh(folder, name) {
  const place = path.join(folder, name);
  rmSync(place, { recursive: true, force: true });
  return place;
}

function result(rows, megabytes, limits, ours) {
  const seconds = median(ours.map((run) => run.seconds));
  return {
    workload: 'CSV -> DuckDB',
    rows,
    limit: "DuckDB's read_csv into a table",
    limitSeconds: median(limits.map((run) => run.seconds)),
    seconds,
    ratio: median(ours.map((run, index) => run.seconds / limits[index].seconds)),
    rowsPerSecond: rows / seconds,
    megabytesPerSecond: megabytes / seconds,
    cpuSeconds: median(ours.map((run) => run.cpuSeconds)),
    peakMegabytes: Math.max(...ours.map((run) => run.peakBytes)) / 1e6,
  };
}

// An order-free sum of hashes of whole rows' text, by DuckDB's own SQL. Numbers are compared as numbers.
async function compare(limitFile, ourFile, rows) {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run(`attach '${limitFile}' as a (read_only)`);
  await connection.run(`attach '${ourFile}' as b (read_only)`);
  const row = LINEITEM_COLUMNS.map((name) => `${name}::varchar`).join(", '|', ");
  const sumOf = (catalog) =>
    `select count(*) as n, sum(hash(concat(${row}))::hugeint) as s from ${catalog}.lineitem`;
  const reader = await connection.runAndReadAll(`
    select l.n = ${rows} and o.n = l.n and o.s = l.s from (${sumOf('a')}) l, (${sumOf('b')}) o`);
  const isEqual = reader.getRows()[0][0];
  connection.closeSync();
  instance.closeSync();
  if (!isEqual) throw new Error(`the contents of ${ourFile} differ from those of ${limitFile}`);
}
