// `npm test`: from a fresh clone, install, build, check and test everything. What follows `npm test --` is handed to
// vitest. The Postgres connector is tested twice: on the server that npm brings, and on the system's own, where there is
// one. With CI=true all tests also run under the newest long-term release of Node. Ends with `N passed, N failed`: the
// tests, and each other stage that failed.
import { runStage, runStages } from './lib/stage.mjs';
import { systemPostgres } from './lib/system-postgres.mjs';
import { runVitest } from './lib/vitest.mjs';
import { BUILD, bin, INSTALL } from './lib/workspace.mjs';

const NEWEST_LTS = 26;

const args = process.argv.slice(2);
const codes = [];
const counts = { passed: 0, failed: 0, skipped: 0 };

const prepared = await runStages([
  ['install', INSTALL],
  ['build', BUILD],
]);
count(prepared);
if (prepared === 0) {
  count(await runStage('format and lint', [...bin('biome'), 'check', '.']));
  count(await runStage('types', [...bin('tsc'), '-p', 'tsconfig.test.json']));
  count(await runStage('unused', [...bin('knip'), '--no-config-hints']));
  countTests(await runVitest('tests', { args }));
  if (process.env.CI === 'true') {
    const node = ['npx', '--yes', `node@${NEWEST_LTS}`];
    countTests(await runVitest(`tests under Node ${NEWEST_LTS}`, { node, args }));
  }
  // Whoever chooses tests has chosen them all.
  if (args.length === 0) await testOnSystemPostgres();
}

if (counts.skipped > 0) process.stdout.write(`\n${counts.skipped} skipped\n`);
process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed\n`);
process.exitCode = codes.find((code) => code !== 0) ?? 0;

async function testOnSystemPostgres() {
  const found = systemPostgres();
  if (found === undefined) {
    process.stdout.write(
      '\nthis system has no Postgres of its own: the connector was tested on the one from npm alone\n',
    );
    return;
  }
  const { version, binaries } = found;
  const env = { DATACOOK_TEST_POSTGRES_BINARIES: binaries, DATACOOK_TEST_POSTGRES: '' };
  const connector = ['--project', 'connectors/postgres'];
  countTests(await runVitest(`tests on the system's Postgres ${version}`, { args: connector, env }));
}

function count(code) {
  codes.push(code);
  if (code !== 0) counts.failed++;
}

function countTests({ code, passed, failed, skipped }) {
  codes.push(code);
  counts.passed += passed;
  counts.failed += failed;
  counts.skipped += skipped;
}
