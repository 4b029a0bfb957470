import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { seededRandom } from '@datacook/testkit';

const execute = promisify(execFile);

/** The program that the matrices kill. */
export const CHILD = fileURLToPath(new URL('../support/crash/child.mjs', import.meta.url));

const HEADER = 'id,name,amount,seen at,note\n';

/** Values that are easily mixed up or rounded; rows may be equal to one another. */
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

/** Writes a recipe, and says its name. */
export function writeRecipe(folder: string, mode: 'append' | 'replace'): string {
  const incremental = mode === 'append' ? '\n  incremental: { strategy: new_files }' : '';
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
destination: { type: duckdb, path: out.duckdb, table: main.events, write_mode: ${mode} }
state: { type: local, path: state }
runtime: { batch_size: 7, parallelism: 2, checkpoint: { rows: 20 } }
`;
  writeFileSync(join(folder, 'recipe.yaml'), text);
  return 'recipe.yaml';
}

/** A run of the child that nobody kills. */
export async function runUndisturbed(folder: string, ...args: readonly string[]): Promise<void> {
  await execute(process.execPath, [CHILD, 'recipe.yaml', ...args], { cwd: folder });
}
