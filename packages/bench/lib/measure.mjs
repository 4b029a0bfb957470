import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const USAGE = pathToFileURL(path.join(path.dirname(fileURLToPath(import.meta.url)), 'usage.mjs')).href;

/**
 * Runs a Node program in a process of its own. Returns wall and CPU seconds, the peak resident size in bytes, and what
 * it printed. Throws with that if it fails. `env` is laid over this process's environment.
 */
export async function measure(folder, script, args = [], env = {}) {
  const usage = path.join(folder, 'usage.json');
  const timed = await time(['--import', USAGE, script, ...args], { ...env, BENCH_USAGE: usage });
  return { ...timed, ...JSON.parse(readFileSync(usage, 'utf8')) };
}

/** Runs Node with these arguments. Returns wall seconds and what it printed. Throws with that if it fails. */
export async function time(args, env = {}) {
  const start = performance.now();
  const child = spawn(process.execPath, args, {
    env: { ...process.env, NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
  const code = await new Promise((resolve) => child.on('close', resolve));
  const seconds = (performance.now() - start) / 1000;
  if (code !== 0) throw new Error(`node ${args.join(' ')} ended with ${code}:\n${output}`);
  return { seconds, output };
}

/** The median of numbers. */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
