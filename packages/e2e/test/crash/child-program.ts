import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** The program that the matrices kill. */
export const CHILD = fileURLToPath(new URL('../../support/crash/child.mjs', import.meta.url));

/** A run of the child that nobody kills. */
export async function runUndisturbed(folder: string, ...args: readonly string[]): Promise<void> {
  await execute(process.execPath, [CHILD, 'recipe.yaml', ...args], { cwd: folder });
}
