// Runs a recipe with boundaries around everything that takes effect.
// Usage: child.mjs RECIPE [--full-refresh] [--again=COUNT] [--writer=FOLDER [--free]] [--plain-state] [--fault=NAME]
// With --writer, a process that writes to the source takes its steps at boundaries, or goes on by itself (--free). When
// the first run has ended it finishes, and --again runs follow, without boundaries. How the state is written to files has
// no boundaries with --plain-state. Writes runs.json when all have succeeded: the reports.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { childBoundaries, isToBeOvertaken, pluginsWithBoundaries } from '@datacook/testkit';
import { openWriterLine } from './ask-writer.mjs';
import { STATEMENT_FAULTS, withPluginFault } from './faults.mjs';
import { patchDuckDB } from './patch-duckdb.mjs';
import { patchFiles } from './patch-files.mjs';
import { patchPostgres } from './patch-postgres.mjs';
import { TARGET_FAULTS } from './target-faults.mjs';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    'full-refresh': { type: 'boolean', default: false },
    again: { type: 'string', default: '0' },
    writer: { type: 'string' },
    free: { type: 'boolean', default: false },
    'plain-state': { type: 'boolean', default: false },
    fault: { type: 'string', default: '' },
  },
});
const [file] = positionals;
/** Once another has taken over, the writer and what follows the first run are for that one. */
let isOvertaken = false;
const mark = childBoundaries(process.env, () => {
  isOvertaken = isToBeOvertaken();
});
const writer = values.writer === undefined ? undefined : openWriterLine(values.writer);
/** Where the writer takes a step: between any two statements on the source, at what is read, and at commits. */
const STEPS = /^(before|after) (source\.|pg (?!target )|pg\.|writer\.commit)/;
let watching = true;
const onBoundary = (label) => {
  if (!watching) return;
  mark(label);
  if (!values.free && !isOvertaken && STEPS.test(label)) writer?.ask('step');
};
patchDuckDB(onBoundary, STATEMENT_FAULTS[values.fault]);
patchPostgres(onBoundary, TARGET_FAULTS[values.fault]);
// Where the source is what is tried, how a state's file is made durable is not.
if (writer === undefined && !values['plain-state']) await patchFiles(onBoundary);

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
if (!isOvertaken) {
  writer?.ask('finish');
  for (let more = Number(values.again); more > 0 && process.exitCode === 0; more--)
    reports.push(await run(false));
}
if (process.exitCode === 0) writeFileSync('runs.json', JSON.stringify(reports));
