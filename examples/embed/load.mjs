// Runs a recipe from a program: a recipe made of an object, progress through a callback, Ctrl-C through a signal.
import { fileURLToPath } from 'node:url';
import { isDatacookError, Recipe, reportOf, runRecipe } from 'datacook';
import { LocalStateBackend } from 'datacook/state';

const here = fileURLToPath(new URL('.', import.meta.url));
const recipe = Recipe.fromObject(
  {
    name: 'load_readings',
    extends: '../quickstart/base_recipe.yaml',
    source: { type: 'file', path: 'readings/*.csv', incremental: { strategy: 'new_files' } },
    destination: { type: 'duckdb', path: 'house.duckdb', table: 'readings' },
  },
  { directory: here },
);

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());

try {
  const report = await runRecipe(recipe, new LocalStateBackend(`${here}.datacook/state`), {
    signal: stop.signal,
    onEvent: (event) => {
      if (event.type === 'commit') console.log(`committed ${event.rows.written} rows`);
    },
  });
  const [stream] = report.streams;
  console.log(`${report.recipe} ${report.status}: ${stream.rows.read} read, ${stream.rows.written} written`);
} catch (error) {
  if (!isDatacookError(error)) throw error;
  console.error(`${error.code}: ${error.message}`);
  if (error.hint) console.error(error.hint);
  process.exitCode = reportOf(error)?.exit_code ?? 2;
}
