import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const USAGE = pathToFileURL(path.join(path.dirname(fileURLToPath(import.meta.url)), 'usage.mjs')).href;

/**
 * Runs a Node program in a process of its own. Returns wall and CPU seconds and the peak resident size in bytes.
 * Throws with what it printed if it fails.
 */
export async function measure(folder, script, args = []) {
  const usage = path.join(folder, 'usage.json');
  const start = performance.now();
  const child = spawn(process.execPath, ['--import', USAGE, script, ...args], {
    env: { ...process.env, BENCH_USAGE: usage, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  const code = await new Promise((resolve) => child.on('close', resolve));
  const seconds = (performance.now() - start) / 1000;
  if (code !== 0) throw new Error(`${script} ${args.join(' ')} ended with ${code}:\n${output}`);
  return { seconds, output, ...JSON.parse(readFileSync(usage, 'utf8')) };
}

/** The median of numbers. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
