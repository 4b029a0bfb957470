import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the workspace. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** pnpm, in the version that package.json names, whether it is installed or not. */
const pnpm = ['npx', '--yes', packageManager];

/** A program that the workspace has installed. */
export function bin(name) {
  return [join(root, 'node_modules', '.bin', name)];
}

/** What every program is started with: none of them reports home. */
export const environment = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' };

export const INSTALL = [...pnpm, 'install', '--frozen-lockfile'];
/** Through pnpm, which turbo looks for in the PATH. */
export const BUILD = [...pnpm, 'exec', 'turbo', 'run', 'build', '--output-logs=errors-only'];
