// Runs a recipe with boundaries around everything that takes effect.
// Usage: child.mjs RECIPE [--full-refresh] [--again] [--fault=NAME]
// Writes run.json: the report of the run, and with --again that of a further one.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { childBoundaries, pluginsWithBoundaries } from '@datacook/testkit';
import { STATEMENT_FAULTS, withPositionFault } from './faults.mjs';
import { patchDuckDB } from './patch-duckdb.mjs';
import { patchFiles } from './patch-files.mjs';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    'full-refresh': { type: 'boolean', default: false },
    again: { type: 'boolean', default: false },
    fault: { type: 'string', default: '' },
  },
});
const [file] = positionals;
const mark = childBoundaries();
let watching = true;
const onBoundary = (label) => {
  if (watching) mark(label);
};
patchDuckDB(onBoundary, STATEMENT_FAULTS[values.fault]);
await patchFiles(onBoundary);

const { loadRecipe } = await import('@datacook/recipe');
const { discoverPlugins } = await import('@datacook/registry');
const { runRecipe } = await import('@datacook/engine');

async function run(fullRefresh) {
  const recipe = await loadRecipe(file);
  const found = await discoverPlugins({ from: import.meta.dirname });
  const plugins = withPositionFault(pluginsWithBoundaries(found, onBoundary), values.fault);
  const { report } = await runRecipe(recipe, { plugins, fullRefresh });
  if (report.error) console.error(`${report.error.code}: ${report.error.message} (${report.error.hint})`);
  process.exitCode = Math.max(process.exitCode ?? 0, report.exit_code);
  return report;
}

const first = await run(values['full-refresh']);
watching = false;
const again = values.again && first.exit_code === 0 ? await run(false) : null;
writeFileSync('run.json', JSON.stringify({ first, again }));
