// `npm run prove`: the long tests, as `*.prove.ts`: whole crash matrices and the like. What follows `--` is handed to
// vitest. Ends with `N passed, N failed`.
import { runStages } from './lib/stage.mjs';
import { runVitest } from './lib/vitest.mjs';
import { BUILD, INSTALL } from './lib/workspace.mjs';

const prepared = await runStages([
  ['install', INSTALL],
  ['build', BUILD],
]);
if (prepared === 0) {
  const { code, passed, failed } = await runVitest('long tests', {
    args: process.argv.slice(2),
    env: { PROVE: '1' },
  });
  process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
  process.exitCode = code;
} else {
  process.stdout.write('\n0 passed, 1 failed\n');
  process.exitCode = prepared;
}
