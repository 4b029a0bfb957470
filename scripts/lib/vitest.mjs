import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runStage } from './stage.mjs';

const VITEST = join('node_modules', 'vitest', 'vitest.mjs');

/**
 * Runs vitest, and counts: `{ code, passed, failed, skipped }`. `node` is the command that starts Node; `args` are
 * handed on. A run that fails without a failed test (a file that can't be loaded, an error that nobody caught) counts
 * as one.
 */
export async function runVitest(name, { node = [process.execPath], args = [], env = {} } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'datacook-test-'));
  const file = join(folder, 'results.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const code = await runStage(name, [...node, VITEST, 'run', ...reporters, ...args], env);
    const { passed, failed, skipped } = readCounts(file);
    return { code, passed, failed: code !== 0 && failed === 0 ? 1 : failed, skipped };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readCounts(file) {
  let results;
  try {
    results = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    // Vitest ended before it could write; its exit code tells that.
    if (error.code === 'ENOENT') return { passed: 0, failed: 0, skipped: 0 };
    throw error;
  }
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests,
    skipped: results.numPendingTests + results.numTodoTests,
  };
}
