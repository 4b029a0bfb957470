import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from 'vitest';
import { folder, ourTables, sql } from './support.js';

const STEPS = [
  'claimed',
  'prepared',
  ...[0, 1, 2].flatMap((at) => [`written ${at}`, `committed ${at}`]),
  'closed',
];

function start(path: string, mode: string, rows: number): ChildProcess {
  return spawn(process.execPath, [join(import.meta.dirname, 'loader.mjs'), path, mode, String(rows)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}

/** Runs the loader until it has said `step`, and kills it there; without a step, to its end. */
async function run(path: string, mode: string, step?: string, rows = 70_000): Promise<void> {
  const child = start(path, mode, rows);
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout! })) {
    if (line === step) child.kill('SIGKILL');
    else child.stdin?.write('go\n');
  }
  expect(await exited).toEqual(step === undefined ? [0, null] : [null, 'SIGKILL']);
}

for (const mode of ['append', 'merge', 'replace'])
  test(`${mode}: killed at every step, each time further on, every row is there once, and nothing else`, async () => {
    const dir = folder();
    const path = join(dir, 'a.duckdb');
    for (const step of STEPS) await run(path, mode, step);
    await run(path, mode);
    expect(
      await sql(
        path,
        `SELECT count(*)::VARCHAR AS rows, count(DISTINCT id)::VARCHAR AS ids, max(id)::VARCHAR AS last,
         count(*) FILTER (text = 'row ' || id % 70000 || ' of epoch ' || id // 70000)::VARCHAR AS right FROM t`,
      ),
    ).toEqual([{ rows: '210000', ids: '210000', last: '209999', right: '210000' }]);
    expect(await ourTables(path)).toEqual([]);
    expect(readdirSync(dir)).toEqual(['a.duckdb']);
  }, 120_000);

// Few rows: all of it is still in the log, which is what the next process makes the table of.
test('a merge in which keys come twice is the same after DuckDB has recovered it from its log', async () => {
  const path = join(folder(), 'a.duckdb');
  await run(path, 'merge', 'committed 1', 20);
  await run(path, 'merge', 'committed 2', 20);
  expect(
    await sql(
      path,
      `SELECT count(*)::VARCHAR AS rows, count(DISTINCT id)::VARCHAR AS ids,
       count(*) FILTER (text = 'row ' || id % 20 || ' of epoch ' || id // 20)::VARCHAR AS right FROM t`,
    ),
  ).toEqual([{ rows: '60', ids: '60', right: '60' }]);
});
