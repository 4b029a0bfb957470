// Measures workloads beside their limits in the same run. See README.md.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { proveDigest } from './lib/digest-proof.mjs';
import { withPostgres } from './lib/postgres.mjs';
import { printResults } from './lib/tables.mjs';
import { csvToDuckdb } from './workloads/csv-to-duckdb.mjs';
import { nothingNew } from './workloads/nothing-new.mjs';
import { postgresMerge } from './workloads/postgres-merge.mjs';
import { postgresToDuckdb } from './workloads/postgres-to-duckdb.mjs';
import { postgresToPostgres } from './workloads/postgres-to-postgres.mjs';

const LOADS = [3_000_000, 12_000_000];

/** In the order in which they run. `needsPostgres`: `run` gets the `url` of a database and a `client` on it. */
const WORKLOADS = {
  'csv-to-duckdb': { run: csvToDuckdb, sizes: LOADS, needsPostgres: false },
  'postgres-to-duckdb': { run: postgresToDuckdb, sizes: LOADS, needsPostgres: true },
  'postgres-merge': { run: postgresMerge, sizes: [3_000_000], needsPostgres: true },
  'postgres-to-postgres': { run: postgresToPostgres, sizes: [3_000_000], needsPostgres: true },
  'nothing-new': { run: nothingNew, sizes: [3_000_000], needsPostgres: true },
};

const options = readOptions();
// Inside the workspace, so that the recipe's folder sees the installed connectors.
const folder = mkdtempSync(path.join(import.meta.dirname, 'scratch-'));
try {
  const results = [];
  for (const { run, sizes, needsPostgres } of options.only.map((name) => WORKLOADS[name])) {
    const settings = { folder, sizes: options.sizes ?? sizes, runs: options.runs };
    if (!needsPostgres) results.push(...(await run(settings)));
    else {
      await withPostgres(options.postgres, async (url, client) => {
        await proveDigest({ folder, url, client });
        results.push(...(await run({ ...settings, url, client })));
      });
    }
  }
  if (options.json) console.log(JSON.stringify({ version: 1, machine: machine(), results }, null, 2));
  else {
    console.log(`${JSON.stringify(machine())}\n`);
    printResults(results);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: Object.keys(WORKLOADS) },
      rows: { type: 'string' },
      runs: { type: 'string', default: '3' },
      postgres: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const only = values.only.flatMap((names) => names.split(','));
  for (const name of only) {
    if (!Object.hasOwn(WORKLOADS, name)) {
      fail(`--only ${name}: there is no such workload. There are ${Object.keys(WORKLOADS).join(', ')}.`);
    }
  }
  const sizes = values.rows?.split(',').map((text) => count(text, '--rows', 1000));
  return { ...values, only, sizes, runs: count(values.runs, '--runs', 1) };
}

function count(text, option, least) {
  if (!/^\d+$/.test(text) || Number(text) < least)
    fail(`${option} ${text}: a whole number from ${least} on.`);
  return Number(text);
}

function fail(message) {
  console.error(message);
  process.exit(2);
}

function machine() {
  return {
    cpus: os.cpus().length,
    model: os.cpus()[0].model,
    memoryBytes: os.totalmem(),
    node: process.versions.node,
  };
}
