import { DatacookError } from '@datacook/core';
import { recipeFromObject } from '@datacook/recipe';
import { createRegistry } from '@datacook/registry';
import { describe, expect, it } from 'vitest';
import { planRecipe, readState } from '../src/index.js';
import { Kitchen, rows } from './support/kitchen.js';

function plan(kitchen: Kitchen, changes: Parameters<Kitchen['recipe']>[0] = {}, options: object = {}) {
  const plugins = createRegistry([kitchen.feed.definition(), kitchen.store.definition(kitchen.declared)]);
  return planRecipe(recipeFromObject(kitchen.recipe(changes)), { plugins, state: kitchen.state, ...options });
}

describe('a plan', () => {
  it('says what a first run would do, and does nothing', async () => {
    const kitchen = new Kitchen(rows(1, 3), rows(4, 5));
    const report = await plan(kitchen);
    expect(report).toMatchObject({
      recipe: 'kitchen',
      writeMode: 'append',
      columnsIn: [
        { name: 'id', type: 'int64' },
        { name: 'name', type: 'utf8' },
      ],
      schemaChanges: ['table rows created'],
      tableExists: false,
      partitions: 2,
      guarantee: { level: 'exactly_once' },
      problems: [],
    });
    expect(report.warnings.join()).toContain('every run adds all rows again');
    expect(kitchen.store.effects).toEqual([]);
    expect(kitchen.state.records.size).toBe(0);
  });

  it('says which load would be gone on with, and what is left of it', async () => {
    const kitchen = new Kitchen(rows(1, 4), rows(5, 8));
    kitchen.feed.fault = (partition, row) => {
      if (partition === 'p1' && row === 2) throw new DatacookError('DATA', 'bad');
    };
    const { report } = await kitchen.run();
    expect(await plan(kitchen)).toMatchObject({ resumes: report.streams[0]?.load?.id, partitions: 1 });
  });

  it('tells of a problem that only a system could know, beside all else', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    await kitchen.run();
    kitchen.store.tables.clear();
    const report = await plan(kitchen);
    expect(report.problems.map(({ code }) => code)).toEqual(['NOT_FOUND']);
    expect(report.partitions).toBe(1);
  });

  it('contacts nothing where the environment lacks what a run needs', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    const report = await plan(kitchen, { source: { table: "{{ env_var('DATACOOK_TEST_UNSET') }}" } });
    expect(report.warnings.join()).toContain('DATACOOK_TEST_UNSET');
    expect(kitchen.feed.opened).toBe(0);
  });

  it('refuses a demand that does not hold', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    kitchen.declared = { modes: { append: 'at_least_once' } };
    const report = await plan(kitchen, { runtime: { guarantee: 'exactly_once' } });
    expect(report.problems[0]).toMatchObject({ code: 'CONFIG' });
    expect(report.guarantee?.level).toBe('at_least_once');
  });
});

describe('the state', () => {
  it('is what the last commit mirrored', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    await kitchen.run();
    const plugins = createRegistry([kitchen.feed.definition(), kitchen.store.definition()]);
    const report = await readState(recipeFromObject(kitchen.recipe()), { plugins, state: kitchen.state });
    expect(report).toMatchObject({
      version: 1,
      recipe: 'kitchen',
      lease: null,
      streams: [
        { position: { counts: [3] }, load: { done: true }, head: { version: kitchen.store.head().version } },
      ],
      backfills: [],
    });
  });

  it('knows the backfills of the stream', async () => {
    const kitchen = new Kitchen(rows(1, 5));
    const recipe = { source: { incremental: { strategy: 'cursor', cursor_column: 'id' } } };
    for (const range of [{ from: '2', to: '4' }, { from: '4/x..%' }])
      expect((await kitchen.run(recipe, { range })).error).toBeUndefined();
    const plugins = createRegistry([kitchen.feed.definition(), kitchen.store.definition()]);
    const loaded = recipeFromObject(kitchen.recipe(recipe));
    const report = await readState(loaded, { plugins, state: kitchen.state });
    expect(report).toMatchObject({
      streams: [{ position: null, head: null }],
      backfills: [
        { range: '2..4', load: { done: true, mode: 'append', rows: { written: 2 } } },
        { range: '4/x..%..', load: { done: true } },
      ],
    });
  });

  it('is not needed to plan a backfill, which the plan speaks of', async () => {
    const kitchen = new Kitchen(rows(1, 5));
    kitchen.feed.schema = { ...kitchen.feed.schema!, primaryKey: ['id'] };
    const recipe = {
      source: { incremental: { strategy: 'cursor', cursor_column: 'id' } },
      destination: { write_mode: 'merge' },
    };
    await kitchen.run(recipe);
    const plugins = createRegistry([kitchen.feed.definition(), kitchen.store.definition()]);
    const loaded = recipeFromObject(kitchen.recipe(recipe));
    const range = { from: '2', to: '4' };
    const plan = await planRecipe(loaded, { plugins, state: kitchen.state, range });
    expect(plan).toMatchObject({ writeMode: 'merge', mergeKeys: ['id'], partitions: 1, problems: [] });
    expect(plan).not.toHaveProperty('position');
    await expect(planRecipe(loaded, { plugins, range, fullRefresh: true })).rejects.toThrow('not both');
  });
});
