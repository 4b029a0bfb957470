// Runs a recipe with boundaries around everything that takes effect.
// Usage: child.mjs RECIPE [--full-refresh] [--again=COUNT] [--writer=FOLDER [--free]] [--fault=NAME]
// With --writer, a process that writes to the source takes its steps at boundaries, or goes on by itself (--free). When
// the first run has ended it finishes, and --again runs follow, without boundaries. Writes runs.json: the reports.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { childBoundaries, pluginsWithBoundaries } from '@datacook/testkit';
import { openWriterLine } from './ask-writer.mjs';
import { STATEMENT_FAULTS, withPluginFault } from './faults.mjs';
import { patchDuckDB } from './patch-duckdb.mjs';
import { patchFiles } from './patch-files.mjs';
import { patchPostgres } from './patch-postgres.mjs';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    'full-refresh': { type: 'boolean', default: false },
    again: { type: 'string', default: '0' },
    writer: { type: 'string' },
    free: { type: 'boolean', default: false },
    fault: { type: 'string', default: '' },
  },
});
const [file] = positionals;
const mark = childBoundaries();
const writer = values.writer === undefined ? undefined : openWriterLine(values.writer);
/** Where the writer takes a step: between any two statements on the source, at what is read, and at commits. */
const STEPS = /^(before|after) (source\.|pg |writer\.commit)/;
let watching = true;
const onBoundary = (label) => {
  if (!watching) return;
  mark(label);
  if (!values.free && STEPS.test(label)) writer?.ask('step');
};
patchDuckDB(onBoundary, STATEMENT_FAULTS[values.fault]);
patchPostgres(onBoundary);
// Where the source is what is tried, how a state's file is made durable is not.
if (writer === undefined) await patchFiles(onBoundary);

const { loadRecipe } = await import('@datacook/recipe');
const { discoverPlugins } = await import('@datacook/registry');
const { runRecipe } = await import('@datacook/engine');

async function run(fullRefresh) {
  const recipe = await loadRecipe(file);
  const found = await discoverPlugins({ from: import.meta.dirname });
  const plugins = withPluginFault(pluginsWithBoundaries(found, onBoundary), values.fault);
  const { report } = await runRecipe(recipe, { plugins, fullRefresh });
  if (report.error) console.error(`${report.error.code}: ${report.error.message} (${report.error.hint})`);
  process.exitCode = Math.max(process.exitCode ?? 0, report.exit_code);
  return report;
}

if (values.free) writer.ask('go');
const reports = [await run(values['full-refresh'])];
watching = false;
writer?.ask('finish');
for (let more = Number(values.again); more > 0 && process.exitCode === 0; more--)
  reports.push(await run(false));
writeFileSync('runs.json', JSON.stringify(reports));
