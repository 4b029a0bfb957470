// A year's weather arrives: `node arrive.mjs 2012 2013` writes data/weather-2012.csv and data/weather-2013.csv, out of
// seattle-weather.csv of the npm package vega-datasets.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';

const years = process.argv.slice(2);
if (years.length === 0) {
  console.error('usage: node arrive.mjs YEAR… (2012 to 2015)');
  process.exit(2);
}

const whole = new URL('../data/seattle-weather.csv', import.meta.resolve('vega-datasets'));
const [header, ...lines] = (await readFile(whole, 'utf8')).trimEnd().split('\n');
await mkdir(new URL('data/', import.meta.url), { recursive: true });
for (const year of years) {
  const rows = lines.filter((line) => line.startsWith(`${year}-`));
  if (rows.length === 0) {
    console.error(`seattle-weather.csv has no rows of ${year}: it has 2012 to 2015`);
    process.exit(1);
  }
  const file = new URL(`data/weather-${year}.csv`, import.meta.url);
  // Written aside and renamed, so that nobody reads half a file.
  const unfinished = new URL(`data/.weather-${year}.csv`, import.meta.url);
  await writeFile(unfinished, `${[header, ...rows].join('\n')}\n`);
  await rename(unfinished, file);
  console.log(`data/weather-${year}.csv has come: ${rows.length} rows`);
}
