// Measures each workload beside its limit in the same run. See README.md.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { csvToDuckdb } from './workloads/csv-to-duckdb.mjs';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '3000000,12000000' },
    runs: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
});
// Inside the workspace, so that the recipe's folder sees the installed connectors.
const folder = mkdtempSync(path.join(import.meta.dirname, 'scratch-'));
try {
  const sizes = values.rows.split(',').map(Number);
  const results = await csvToDuckdb({ folder, sizes, runs: Number(values.runs) });
  if (values.json) console.log(JSON.stringify({ version: 1, machine: machine(), results }, null, 2));
  else print(results);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function machine() {
  return {
    cpus: os.cpus().length,
    model: os.cpus()[0].model,
    memoryBytes: os.totalmem(),
    node: process.versions.node,
  };
}

function print(results) {
  console.log(`${JSON.stringify(machine())}\n`);
  console.log('| workload | rows | limit, s | datacook, s | ratio | rows/s | MB/s | CPU s | peak MB |');
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const r of results) {
    const cells = [
      r.workload,
      r.rows.toLocaleString('en-US'),
      r.limitSeconds.toFixed(1),
      r.seconds.toFixed(1),
      `${r.ratio.toFixed(2)} x`,
      Math.round(r.rowsPerSecond).toLocaleString('en-US'),
      r.megabytesPerSecond.toFixed(0),
      r.cpuSeconds.toFixed(1),
      r.peakMegabytes.toFixed(0),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
