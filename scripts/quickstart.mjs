// `npm run quickstart`: from a fresh clone to real data in DuckDB, with nothing but Node and npm.
// Installs and builds, a line each; then tells the story, each command as one would type it.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quietly } from './quickstart/quietly.mjs';
import { tellStory } from './quickstart/story.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

try {
  await main();
} catch (error) {
  process.stderr.write(`\nquickstart failed: ${error.message}\n`);
  process.exitCode = 1;
}

async function main() {
  const { engines, packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  checkNode(engines.node);
  const pnpm = ['npx', '--yes', packageManager];
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' };
  await quietly('install what the packages need', [...pnpm, 'install', '--frozen-lockfile'], {
    cwd: root,
    env,
  });
  await quietly('build the packages', [...pnpm, 'run', 'build'], { cwd: root, env });
  await tellStory({
    folder: join(root, 'examples', 'quickstart'),
    write: (text) => process.stdout.write(text),
  });
}

function checkNode(range) {
  const [major, minor] = /(\d+)\.(\d+)/.exec(range).slice(1).map(Number);
  const [ownMajor, ownMinor] = process.versions.node.split('.').map(Number);
  if (ownMajor > major || (ownMajor === major && ownMinor >= minor)) return;
  throw new Error(`this is Node ${process.versions.node}, and datacook needs ${range}: install a newer one`);
}
