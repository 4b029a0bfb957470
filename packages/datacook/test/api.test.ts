import { access, readdir } from 'node:fs/promises';
import type { Context, Definition, Json } from '@datacook/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type DatacookError,
  isDatacookError,
  Recipe,
  type RunEvent,
  reportOf,
  runRecipe,
} from '../src/index.js';
import { LocalStateBackend } from '../src/state.js';
import { ORDERS, ORDERS_CSV, TestProject } from './project.js';

let project: TestProject;

beforeEach(async () => {
  project = await TestProject.make();
  await project.write('recipes/orders.yaml', ORDERS);
  await project.write('data/orders.csv', ORDERS_CSV);
});

afterEach(() => project.remove());

/** Waits for an error, and gives it back. */
async function errorOf(work: Promise<unknown>): Promise<DatacookError> {
  try {
    await work;
  } catch (error) {
    if (isDatacookError(error)) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

describe('Recipe.fromYaml', () => {
  it('reads a recipe with overlays', async () => {
    await project.write('env/prod.yaml', 'destination: { table: prod }\n');
    const recipe = await Recipe.fromYaml('recipes/orders.yaml', {
      cwd: project.folder,
      overlays: ['env/prod.yaml'],
    });
    expect(recipe).toMatchObject({ name: 'orders', file: project.path('recipes/orders.yaml'), warnings: [] });
    await runRecipe(recipe);
    expect(await project.query('select count(*) from prod')).toEqual([['3']]);
  });

  it('throws everything that is wrong at once, with places', async () => {
    await project.write('recipes/wrong.yaml', `${ORDERS}delete: [a.b]\nextends: nowhere.yaml\n`);
    const error = await errorOf(Recipe.fromYaml(project.path('recipes/wrong.yaml')));
    expect(error.code).toBe('CONFIG');
    expect(error.message).toContain('wrong.yaml:8:');
    expect(error.details['findings']).toBeInstanceOf(Array);
    expect(await errorOf(Recipe.fromYaml('nowhere.yaml'))).toMatchObject({ code: 'CONFIG' });
  });
});

describe('runRecipe', () => {
  it('runs, tells of it, and writes nothing but what the recipe and the caller name', async () => {
    const recipe = await Recipe.fromYaml(project.path('recipes/orders.yaml'));
    const events: RunEvent[] = [];
    const state = new LocalStateBackend(project.path('my-state'));
    const report = await runRecipe(recipe, state, { onEvent: (event) => events.push(event) });
    expect(report).toMatchObject({
      status: 'succeeded',
      exit_code: 0,
      versions: { datacook: expect.any(String) },
    });
    expect(report.streams[0]?.rows).toMatchObject({ read: 3, written: 3 });
    expect(events[0]?.type).toBe('start');
    expect(events.at(-1)).toMatchObject({ type: 'end', report });
    await access(project.path('my-state'));
    const names = (await readdir(project.folder)).sort();
    expect(names).toEqual(['data', 'my-state', 'node_modules', 'out.duckdb', 'package.json', 'recipes']);

    const again = await runRecipe(recipe, state);
    expect(again.streams[0]?.rows).toMatchObject({ read: 0, written: 0 });
    const refreshed = await runRecipe(recipe, state, { fullRefresh: true });
    expect(refreshed.streams[0]).toMatchObject({ load: { mode: 'replace' }, rows: { written: 3 } });
  });

  it('throws the error of a run that failed, with its report', async () => {
    await project.write('data/orders.csv', 'id,fname,amount\n1,Ada\n');
    const recipe = await Recipe.fromYaml(project.path('recipes/orders.yaml'));
    const error = await errorOf(runRecipe(recipe));
    expect(error.code).toBe('DATA');
    expect(reportOf(error)).toMatchObject({
      status: 'failed',
      error: { code: 'DATA', message: error.message },
    });
    expect(Object.keys(error)).not.toContain('report');
    expect(reportOf(new Error('x'))).toBeUndefined();
  });

  it("throws what is wrong with a plug-in's part before anything begins", async () => {
    const recipe = Recipe.fromObject(
      { name: 'x', source: { type: 'fle' }, destination: { type: 'duckdb', path: 'x.duckdb' } },
      { directory: project.folder },
    );
    const error = await errorOf(runRecipe(recipe));
    expect(error).toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('unknown source type "fle"'),
    });
    expect(reportOf(error)).toBeUndefined();
  });

  it('ends when its signal is aborted, and the next run does the rest', async () => {
    const rows = Array.from({ length: 50_000 }, (_, index) => `${index},name,1`);
    await project.write('data/orders.csv', `id,fname,amount\n${rows.join('\n')}\n`);
    await project.write(
      'recipes/orders.yaml',
      `${ORDERS}runtime: { batch_size: 500, checkpoint: { rows: 1000 } }\n`,
    );
    const recipe = await Recipe.fromYaml(project.path('recipes/orders.yaml'));
    const stop = new AbortController();
    const onEvent = ({ type }: RunEvent) => {
      if (type === 'commit') stop.abort();
    };
    const error = await errorOf(runRecipe(recipe, undefined, { signal: stop.signal, onEvent }));
    expect(error.code).toBe('CANCELLED');
    expect(reportOf(error)?.status).toBe('cancelled');
    const report = await runRecipe(recipe);
    expect(report.streams[0]).toMatchObject({ load: { resumed: true, rows: { written: 50_000 } } });
    expect(await project.query('select count(*), count(distinct id) from orders')).toEqual([
      ['50000', '50000'],
    ]);
  });

  it('takes plug-ins that stand before those that are installed', async () => {
    const recipe = Recipe.fromObject(
      { name: 'x', source: { type: 'mine' }, destination: { type: 'duckdb', path: 'out.duckdb' } },
      { directory: project.folder },
    );
    const report = await runRecipe(recipe, undefined, { plugins: [countingSource(5)] });
    expect(report.streams[0]?.rows.written).toBe(5);
    expect(await project.query('select sum(n) from x')).toEqual([['10']]);
  });

  it('refuses what is no recipe', async () => {
    await expect(runRecipe({ name: 'x' } as unknown as Recipe)).rejects.toThrow('Recipe.fromYaml');
  });
});

/** A source of one column `n`, from 0. */
function countingSource(rows: number): Definition {
  const fields = [{ name: 'n', type: { kind: 'int', bits: 32, signed: true }, nullable: false }] as const;
  const schema = { fields };
  return {
    contract: 1,
    role: 'source',
    type: 'mine',
    config: { parse: (value: unknown) => value },
    open: (_config: unknown, _context: Context) => ({
      streams: async () => [{ name: 'x', schema }],
      plan: async () => ({
        partitions: [{ id: 'all', spec: null }],
        next: rows as Json,
        restart: 'partition' as const,
        keysDisjoint: true,
      }),
      async *read() {
        const values = Int32Array.from({ length: rows }, (_, index) => index);
        yield { batch: { length: rows, schema, columns: [{ nullCount: 0, values }] } };
      },
      close: async () => undefined,
    }),
  };
}
