// `npm run quickstart`: from a fresh clone to real data in DuckDB, with nothing but Node and npm.
// Installs and builds, a line each; then tells the story, each command as one would type it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUILD, environment, INSTALL, root } from './lib/workspace.mjs';
import { quietly } from './quickstart/quietly.mjs';
import { tellStory } from './quickstart/story.mjs';

const write = (text) => process.stdout.write(text);
const place = { cwd: root, env: environment, write };

try {
  checkNode(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).engines.node);
  await quietly('installing what the packages need', INSTALL, place);
  await quietly('building the packages', BUILD, place);
  await tellStory({ folder: join(root, 'examples', 'quickstart'), write });
} catch (error) {
  process.stderr.write(`\nquickstart failed: ${error.message}\n`);
  process.exitCode = 1;
}

function checkNode(range) {
  const [major, minor] = /(\d+)\.(\d+)/.exec(range).slice(1).map(Number);
  const [ownMajor, ownMinor] = process.versions.node.split('.').map(Number);
  if (ownMajor > major || (ownMajor === major && ownMinor >= minor)) return;
  throw new Error(`this is Node ${process.versions.node}, and datacook needs ${range}: install a newer one`);
}
