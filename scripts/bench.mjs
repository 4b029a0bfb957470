// `npm run bench`: each workload beside its limit. What follows `--` is handed to packages/bench/bench.mjs.
import { join } from 'node:path';
import { runStage, runStages } from './lib/stage.mjs';
import { BUILD, INSTALL } from './lib/workspace.mjs';

const bench = [process.execPath, join('packages', 'bench', 'bench.mjs'), ...process.argv.slice(2)];
const prepared = await runStages([
  ['install', INSTALL],
  ['build', BUILD],
]);
process.exitCode = prepared === 0 ? await runStage('bench', bench) : prepared;
