import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { sharedPostgres, type TestDatabase } from '@datacook/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { followDocument } from './docs/document.js';
import { REPOSITORY, typed, Workshop } from './docs/workshop.js';

interface StoryParts {
  readonly folder: string;
  write(text: string): void;
}

const { tellStory } = (await import(
  pathToFileURL(join(REPOSITORY, 'scripts/quickstart/story.mjs')).href
)) as { readonly tellStory: (parts: StoryParts) => Promise<void> };

interface Place {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  write(text: string): void;
}

const { quietly } = (await import(
  pathToFileURL(join(REPOSITORY, 'scripts/quickstart/quietly.mjs')).href
)) as { readonly quietly: (title: string, command: readonly string[], place: Place) => Promise<void> };

const EXAMPLES = readdirSync(join(REPOSITORY, 'examples'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !/^\.|^node_modules$/.test(entry.name))
  .map((entry) => entry.name)
  .sort();

/** Dozens of processes, one after another, perhaps on a machine that does other things. */
const MANY_COMMANDS_MS = 300_000;

let workshop: Workshop;
let shop: TestDatabase;

beforeEach(async () => {
  workshop = await Workshop.open();
  // The examples from Postgres find it by this name.
  shop = await sharedPostgres().database();
  process.env['DATACOOK_CONN_SHOP'] = shop.url;
});

afterEach(async () => {
  delete process.env['DATACOOK_CONN_SHOP'];
  await shop.drop();
  await workshop.close();
});

describe('examples', () => {
  it.each(EXAMPLES)('%s does what its README shows', { timeout: MANY_COMMANDS_MS }, async (name) => {
    await followDocument(`examples/${name}/README.md`, workshop, `examples/${name}`);
  });

  it('have valid recipes', async () => {
    const folder = join(workshop.root, 'examples');
    const recipes = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (path) => /\.ya?ml$/.test(path) && !/node_modules|datacook\.yaml$/.test(path),
    );
    expect(recipes).toContain('quickstart/overlays/staging.yaml');
    const { output } = await typed(`npx datacook validate ${recipes.join(' ')}`, folder);
    expect(output).toContain(`${recipes.length} recipes, 0 errors`);
  });

  it('begin with the founding base recipe, word for word', () => {
    expect(readFileSync(join(REPOSITORY, 'examples/quickstart/base_recipe.yaml'), 'utf8')).toBe(FOUNDING);
  });
});

describe('the story of the quickstart', () => {
  const quickstart = () => join(workshop.root, 'examples', 'quickstart');
  const tell = async () => {
    let told = '';
    const write = (text: string) => {
      told += text;
    };
    await tellStory({ folder: quickstart(), write });
    return told;
  };
  const spoil = (from: string, to: string) => {
    const recipe = join(quickstart(), 'load_weather.yaml');
    writeFileSync(recipe, readFileSync(recipe, 'utf8').replace(from, to));
  };

  it('loads three years, then the year that came, then nothing; what it says to try next works', {
    timeout: MANY_COMMANDS_MS,
  }, async () => {
    const told = await tell();
    expect(
      [...told.matchAll(/^ {2}rows {7}(\S+) read, (\S+) written/gm)].map(([, , written]) => written),
    ).toEqual(['1,096', '365', '0']);
    expect(told).toContain('value: load_weather # base_recipe.yaml:14');
    expect(told).toContain('2012-01-01  0.0            12.8         5.0          drizzle  load_weather');
    expect(told).toContain(
      'year  days  hottest\n2012  366   34.4\n2013  365   33.9\n2014  365   35.6\n2015  365   35.0\n',
    );
    expect(told).toContain('rows  days\n1461  1461\n');

    const tries = [
      ['npx datacook run load_weather.yaml --full-refresh', '1,461 written'],
      ['npx datacook run load_weather.yaml --overlay overlays/staging.yaml', '1,461 written'],
      ['rm -r .datacook && npx datacook run load_weather.yaml', "went on from the destination's own record"],
    ] as const;
    for (const [command, said] of tries) {
      expect(told).toContain(command);
      expect((await typed(command, quickstart())).output).toContain(said);
    }
    spoil('table: weather', 'tabel: weather');
    const refused = await typed('npx datacook validate load_weather.yaml', quickstart());
    expect(refused.output).toContain('load_weather.yaml:21:3');
    expect(refused.output).toContain('did you mean `table`');
    spoil('tabel: weather', 'table: weather');

    expect(await tell()).toContain('1,096 read, 1,096 written');
  });

  it('fails where a command fails', async () => {
    spoil('table: weather', 'tabel: weather');
    await expect(tell()).rejects.toThrow(/datacook .* ended with 2/);
  });

  it('fails where a run does not do what it says', async () => {
    spoil('weather-*.csv', 'weather-2012.csv');
    await expect(tell()).rejects.toThrow('should have written 1096 rows, and has written 366');
  });
});

describe('a stage of the quickstart', () => {
  const stage = async (code: string) => {
    let written = '';
    const write = (text: string) => {
      written += text;
    };
    const place = { cwd: workshop.root, env: process.env, write };
    const ended = quietly('building', [process.execPath, '-e', code], place);
    return { failure: await ended.catch((error: Error) => error.message), written };
  };

  it('is one line with its seconds', async () => {
    const { failure, written } = await stage('console.log("chatter")');
    expect(failure).toBeUndefined();
    expect(written).toMatch(/^building … \d+\.\d s\n$/);
  });

  it('says everything if it fails', async () => {
    const { failure, written } = await stage('console.log("one"); console.error("two"); process.exit(3)');
    expect(failure).toMatch(/ended with 3$/);
    expect(written).toMatch(/failed after .*\n\none\ntwo\n$/);
  });
});

const FOUNDING = `# base_recipe.yaml
default_runtime:
  batch_size: 20000
  max_retries: 5
  parallelism: 2

transform:
  steps:
    - type: add_column
      name: _loaded_at
      value: now()
    - type: add_column
      name: _source
      value: "{{ recipe.name }}"
`;
