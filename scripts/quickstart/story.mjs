import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Terminal } from './terminal.mjs';

/** What the example makes when it is run. Nothing else in its folder is touched. */
const MADE = [
  'data',
  '.datacook',
  'weather.duckdb',
  'weather.duckdb.wal',
  'staging.duckdb',
  'staging.duckdb.wal',
];

const PER_YEAR =
  'select year(day) as year, count(*) as days, max(max_celsius) as hottest from weather group by 1 order by 1';
const FIRST_ROWS =
  'select day, precipitation, max_celsius, min_celsius, weather, _source from weather order by day limit 3';

/**
 * Tells the story of the quickstart in the folder of that example, which begins as it was checked out. Throws if a
 * command fails, or if a run has not done what the story says.
 */
export async function tellStory({ folder, write }) {
  for (const name of MADE) rmSync(join(folder, name), { recursive: true, force: true });
  const terminal = new Terminal({ folder, write });

  terminal.say('Weather of Seattle comes as a file a year. Three years are there:');
  await terminal.type('cd examples/quickstart');
  await terminal.type('node arrive.mjs 2012 2013 2014');

  terminal.say(
    'Two recipes. The base says what all loads have in common; the child says what this one loads:',
  );
  await terminal.type('cat base_recipe.yaml load_weather.yaml');

  terminal.say('Together they are one recipe. Each value knows the file and line that it comes from:');
  await terminal.type('npx datacook resolve load_weather.yaml --origin');

  terminal.say('It is run:');
  await terminal.type('npx datacook run load_weather.yaml');
  expectRows(folder, 1096);
  await terminal.type(`node ../query.mjs weather.duckdb "${FIRST_ROWS}"`);
  await terminal.type(`node ../query.mjs weather.duckdb "${PER_YEAR}"`);

  terminal.say('A new file comes. `plan` says what a run would do, and does nothing:');
  await terminal.type('node arrive.mjs 2015');
  await terminal.type('npx datacook plan load_weather.yaml');

  terminal.say('The same command, run again, moves the new file alone:');
  await terminal.type('npx datacook run load_weather.yaml');
  expectRows(folder, 365);
  await terminal.type(`node ../query.mjs weather.duckdb "${PER_YEAR}"`);

  terminal.say('A third run finds nothing new. No row is lost, and none is there twice:');
  await terminal.type('npx datacook run load_weather.yaml');
  expectRows(folder, 0);
  await terminal.type(
    'node ../query.mjs weather.duckdb "select count(*) as rows, count(distinct day) as days from weather"',
  );

  terminal.say(
    'How far it has come is remembered with the rows themselves, and mirrored where you can read it:',
  );
  await terminal.type('npx datacook show-state load_weather.yaml');

  terminal.say(NEXT);
}

const NEXT = `What to try next, in examples/quickstart:

  npx datacook run load_weather.yaml --full-refresh
      loads all files anew, and puts the table in its place when all of it is there
  npx datacook run load_weather.yaml --overlay overlays/staging.yaml
      the same recipe in another environment: another database, and a column that says so
  rm -r .datacook && npx datacook run load_weather.yaml
      the state is lost; the destination's own record is not, and nothing is loaded twice
  change a key in load_weather.yaml (tabel: weather), then: npx datacook validate load_weather.yaml
      file, line, column, and what was probably meant

More examples lie in examples/. \`npm test\` follows them line by line, and kills loads half-way to see that no row is lost.
`;

// The quickstart does not merely print: the report of the last run must say what the story says.
function expectRows(folder, rows) {
  const runs = join(folder, '.datacook', 'runs');
  const reports = readdirSync(runs).map((name) => JSON.parse(readFileSync(join(runs, name), 'utf8')));
  const last = reports.reduce((a, b) => (a.started_at < b.started_at ? b : a));
  const written = last.streams[0].rows.written;
  if (written !== rows)
    throw new Error(`the run should have written ${rows} rows, and has written ${written}`);
}
