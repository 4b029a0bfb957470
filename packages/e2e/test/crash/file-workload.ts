import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { WriteMode } from '@datacook/core';
import { seededRandom } from '@datacook/testkit';
import { queryDuckDB } from './targets/duckdb-target.js';
import { targetTable } from './targets/row-text.js';

/** The target. */
export const EVENTS = targetTable('events', {
  id: 'exact',
  name: 'quoted',
  amount: 'exact',
  seen_at: 'time',
  note: 'quoted',
  origin: 'quoted',
});

const HEADER = 'id,name,amount,seen at,note\n';

/** Values that are easily mixed up or rounded; rows may be equal to one another, and ids come again. */
const NAMES = ['Ada', '', '""', '"a, b"', '"say ""hi"""', '"two\nlines"', 'ü 字', 'NULL'];
const NOTES = ['', '""', 'x', '00123', '"0.10"'];

/** Rows of a file. A few of each file stand in it twice: there is no key. */
function csv(random: () => number, rows: number): string {
  const pick = (values: readonly string[]) => values[Math.floor(random() * values.length)] as string;
  const lines = Array.from({ length: rows }, () => {
    const id = 9007199254740993n + BigInt(Math.floor(random() * rows * 2));
    const micros = String(Math.floor(random() * 1_000_000)).padStart(6, '0');
    const amount = random() < 0.1 ? '' : (random() * 1_000).toFixed(2);
    return `${id},${pick(NAMES)},${amount},2024-02-29T23:59:59.${micros},${pick(NOTES)}\n`;
  });
  return HEADER + lines.map((line, index) => (index % 9 === 8 ? lines[index - 1] : line)).join('');
}

/** The files that were there at the first load, and those that came later. */
export const FIRST_FILES = ['part-0.csv'];
export const LATER_FILES = ['part-1.csv', 'part-2.csv.gz', 'part-4.csv', 'part-5.csv'];

export function writeFirstFiles(folder: string): void {
  mkdirSync(join(folder, 'in'), { recursive: true });
  writeFileSync(join(folder, 'in', 'part-0.csv'), csv(seededRandom(100), 25));
}

/** Several batches and epochs each, one of them compressed, one with a header alone. */
export function writeLaterFiles(folder: string): void {
  const put = (name: string, data: string | Uint8Array) => writeFileSync(join(folder, 'in', name), data);
  put('part-1.csv', csv(seededRandom(101), 17));
  put('part-2.csv.gz', gzipSync(csv(seededRandom(102), 11)));
  put('part-3.csv', HEADER);
  put('part-4.csv', csv(seededRandom(104), 22));
  put('part-5.csv', csv(seededRandom(105), 1));
}

/** Writes the recipe. `destination` and `state` are flow mappings. */
export function writeRecipe(folder: string, mode: WriteMode, destination: string, state: string): void {
  const incremental = mode === 'replace' ? '' : '\n  incremental: { strategy: new_files }';
  const text = `name: crash_${mode}
source:
  type: file
  path: in/part-*
  format: csv${incremental}
transform:
  steps:
    - { type: rename_columns, mapping: { seen at: seen_at } }
    - { type: cast_columns, columns: { amount: "decimal(12,2)", seen_at: timestamp } }
    - { type: add_column, name: origin, value: crash suite }
destination: ${destination}
state: ${state}
runtime: { batch_size: 7, parallelism: 2, checkpoint: { rows: 20 } }
`;
  writeFileSync(join(folder, 'recipe.yaml'), text);
}

/**
 * The rows that the files hold, as the table should have them: read by DuckDB's own CSV reader. With `isMerged` of
 * each key only the last, in the order of files and lines.
 */
export async function readSource(
  folder: string,
  files: readonly string[],
  isMerged: boolean,
): Promise<string[]> {
  const parts = files.map(
    (name, file) => `SELECT ${file} AS file, row_number() OVER () AS line, *
      FROM read_csv('${join(folder, 'in', name)}', header = true, nullstr = '', allow_quoted_nulls = false,
        auto_detect = false, parallel = false, delim = ',', quote = '"', escape = '"',
        columns = { id: 'BIGINT', name: 'VARCHAR', amount: 'DECIMAL(12,2)', "seen at": 'TIMESTAMP', note: 'VARCHAR' })`,
  );
  const last = isMerged
    ? 'QUALIFY row_number() OVER (PARTITION BY id ORDER BY file DESC, line DESC) = 1'
    : '';
  return queryDuckDB(':memory:', (texts) =>
    texts(`SELECT ${EVENTS.row.duckdb} FROM (
      SELECT id, name, amount, "seen at" AS seen_at, note, 'crash suite' AS origin
      FROM (${parts.join(' UNION ALL ')}) ${last})`),
  );
}
