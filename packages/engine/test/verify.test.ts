import type { DataType, Definition, Digest, Field, JsonObject, Schema } from '@datacook/core';
import { recipeFromObject } from '@datacook/recipe';
import { createRegistry } from '@datacook/registry';
import { batchFromRows, RowDigest } from '@datacook/toolkit';
import { describe, expect, it } from 'vitest';
import { type VerifyOptions, type VerifyReport, verifyRecipe } from '../src/index.js';
import { Kitchen, rows, transform } from './support/kitchen.js';
import type { Row } from './support/memory-destination.js';

/** The digest that the store's own SQL would make. */
function digestOf(kitchen: Kitchen): Digest {
  return async function* (name, fields, keys, bucket) {
    const { schema } = kitchen.store.tables.get(name)!;
    const digest = new RowDigest(fields, keys, bucket);
    digest.add(batchFromRows(kitchen.store.rows(name), schema));
    yield* digest.entries();
  };
}

function withDigest(kitchen: Kitchen): Definition<'destination'> {
  const definition = kitchen.store.definition(kitchen.declared);
  return {
    ...definition,
    open: async (config, context) =>
      Object.assign(await definition.open(config, context), { digest: digestOf(kitchen) }),
  };
}

function verify(
  kitchen: Kitchen,
  changes: JsonObject = {},
  options: Partial<VerifyOptions> = {},
  definition = withDigest(kitchen),
): Promise<VerifyReport> {
  const plugins = createRegistry([kitchen.feed.definition(), definition, ...kitchen.transforms]);
  return verifyRecipe(recipeFromObject(kitchen.recipe(changes)), { plugins, limit: 20, ...options });
}

/** The table's rows, to be spoilt. */
function stored(kitchen: Kitchen): Row[] {
  return kitchen.store.rows('rows');
}

const MERGE = { destination: { write_mode: 'merge', merge_keys: ['id'] } };
const INCREMENTAL = { source: { incremental: { strategy: 'counts' } } };

describe('a comparison', () => {
  it('finds nothing where nothing differs, and changes nothing', async () => {
    const kitchen = new Kitchen(rows(1, 30), rows(31, 40));
    await kitchen.run();
    const effects = kitchen.store.effects.length;
    expect(await verify(kitchen, {}, { keys: ['id'] })).toMatchObject({
      version: 1,
      recipe: 'kitchen',
      equal: true,
      complete: true,
      rows: { source: 40, table: 40 },
      source_by: 'rows',
      compared: { columns: ['id', 'name'], keys: ['id'] },
      left_out: [],
      differences: { missing: 0, extra: 0, doubled: 0, changed: 0 },
      keys: [],
    });
    expect(kitchen.store.effects.length).toBe(effects);
    expect(kitchen.feed.closed).toBe(kitchen.feed.opened);
  });

  it('names a lost, a doubled, a changed and an added row by its key', async () => {
    const kitchen = new Kitchen(rows(1, 30));
    await kitchen.run();
    const table = stored(kitchen);
    table.splice(4, 1);
    table.push({ ...table[9]! }, { id: 99n, name: 'n99' });
    table[20] = { ...table[20]!, name: 'N22' };
    const report = await verify(kitchen, {}, { keys: ['id'] });
    expect(report).toMatchObject({
      equal: false,
      differences: { missing: 1, extra: 1, doubled: 1, changed: 1 },
    });
    expect([...report.keys].sort((a, b) => (a.kind < b.kind ? -1 : 1))).toEqual([
      { kind: 'changed', key: { id: '22' }, source_rows: 1, table_rows: 1 },
      { kind: 'doubled', key: { id: '11' }, source_rows: 1, table_rows: 2 },
      { kind: 'extra', key: { id: '99' }, source_rows: 0, table_rows: 1 },
      { kind: 'missing', key: { id: '5' }, source_rows: 1, table_rows: 0 },
    ]);
  });

  it('tells rows apart by the whole row where there is no key', async () => {
    const kitchen = new Kitchen([...rows(1, 3), { id: 3, name: 'n3' }, { id: 4, name: null }]);
    await kitchen.run();
    expect((await verify(kitchen)).equal).toBe(true);
    stored(kitchen).pop();
    expect((await verify(kitchen)).keys).toEqual([
      { kind: 'missing', key: { id: '4', name: null }, source_rows: 1, table_rows: 0 },
    ]);
  });

  it('takes the primary key where nobody names one', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    await kitchen.run();
    kitchen.feed.schema = { ...(kitchen.feed.schema as Schema), primaryKey: ['id'] };
    expect((await verify(kitchen)).compared.keys).toEqual(['id']);
  });

  it('ends its search at the limit, and says so', async () => {
    const kitchen = new Kitchen(rows(1, 30));
    await kitchen.run();
    stored(kitchen).splice(0, 10);
    const report = await verify(kitchen, {}, { keys: ['id'], limit: 3 });
    expect(report.keys).toHaveLength(3);
    expect(report.differences.missing).toBe(10);
  });

  it('sees a value that differs by its kind of nothing', async () => {
    const kitchen = new Kitchen([
      { id: 1, name: '' },
      { id: 2, name: 'x' },
    ]);
    await kitchen.run();
    stored(kitchen)[0] = { ...stored(kitchen)[0]!, name: null };
    expect((await verify(kitchen, {}, { keys: ['id'] })).keys).toMatchObject([
      { kind: 'changed', key: { id: '1' } },
    ]);
  });
});

describe('columns', () => {
  it('that a run makes anew are left out, and those that only one side has', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    kitchen.transforms = [
      transform('stamp', (config, context) => (input) => {
        const value = (config as { by: string }).by === 'run' ? context.run.id : context.run.startedAt;
        const field: Field = { name: 'stamp', type: { kind: 'utf8' }, nullable: true };
        const schema = { ...input, fields: [...input.fields, field] };
        return {
          schema,
          apply: (batch) => {
            const made = batchFromRows(
              Array.from({ length: batch.length }, () => ({ stamp: value })),
              { fields: [field] },
            );
            return { batch: { ...batch, schema, columns: [...batch.columns, ...made.columns] } };
          },
        };
      }),
    ];
    const steps = { transform: { steps: [{ type: 'stamp', by: 'time' }] } };
    await kitchen.run(steps);
    addColumn(kitchen, 'note', { kind: 'utf8' });
    expect(await verify(kitchen, steps, { keys: ['id'] })).toMatchObject({
      equal: true,
      compared: { columns: ['id', 'name'] },
      left_out: [
        { column: 'stamp', why: 'each run makes it anew, as now() and uuid() do' },
        { column: 'note', why: 'only the table has it' },
      ],
    });
  });

  it('can be ignored, and a name that is none is an error with what may be meant', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    await kitchen.run();
    stored(kitchen)[0] = { id: 1n, name: 'other' };
    expect((await verify(kitchen, {}, { keys: ['id'] })).equal).toBe(false);
    const report = await verify(kitchen, {}, { keys: ['id'], ignore: ['name'] });
    expect(report).toMatchObject({
      equal: true,
      left_out: [{ column: 'name', why: 'you asked to ignore it' }],
    });
    await expect(verify(kitchen, {}, { ignore: ['nam'] })).rejects.toMatchObject({
      code: 'CONFIG',
      hint: 'did you mean name?',
    });
    await expect(verify(kitchen, {}, { keys: ['name'], ignore: ['name'] })).rejects.toMatchObject({
      code: 'CONFIG',
    });
    await expect(verify(kitchen, {}, { ignore: ['id', 'name'] })).rejects.toMatchObject({ code: 'SCHEMA' });
  });

  it('of types that have no text in common are left out, and named with both', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    await kitchen.run();
    const table = kitchen.store.tables.get('rows')!;
    const fields = table.schema.fields.map((field) =>
      field.name === 'name' ? { ...field, type: { kind: 'date' } as const } : field,
    );
    kitchen.store.tables.set('rows', {
      schema: { fields },
      rows: table.rows.map(({ id }) => ({ id, name: 0 })),
    });
    expect(await verify(kitchen, {}, { keys: ['id'] })).toMatchObject({
      equal: true,
      left_out: [
        { column: 'name', why: expect.stringContaining('utf8 at the source and date in the table') },
      ],
    });
  });
});

describe('what a recipe loads next', () => {
  it('is no difference where it is incremental, and one where it is not', async () => {
    const kitchen = new Kitchen(rows(1, 10));
    const recipe = { ...MERGE, ...INCREMENTAL };
    await kitchen.run(recipe);
    kitchen.feed.partitions[0]!.push(...rows(11, 15));
    stored(kitchen).splice(2, 1);
    expect(await verify(kitchen, recipe)).toMatchObject({
      equal: false,
      newer: 5,
      differences: { missing: 1 },
      keys: [{ kind: 'missing', key: { id: '3' } }],
    });
    expect((await verify(kitchen, MERGE)).differences.missing).toBe(6);
  });

  it('may be a newer version of a row that the table has', async () => {
    const kitchen = new Kitchen(rows(1, 10));
    const recipe = { ...MERGE, ...INCREMENTAL };
    await kitchen.run(recipe);
    const [partition] = kitchen.feed.partitions;
    partition!.push({ id: 4, name: 'newer' });
    partition!.splice(3, 1, { id: 40, name: 'n40' });
    stored(kitchen).push({ id: 40n, name: 'n40' });
    expect(await verify(kitchen, recipe)).toMatchObject({ equal: true, newer: 1 });
  });
});

describe('an append of what is new', () => {
  const recipe = { ...INCREMENTAL };

  it('may keep older versions, but loses and doubles none', async () => {
    const kitchen = new Kitchen(rows(1, 10));
    await kitchen.run(recipe);
    const [partition] = kitchen.feed.partitions;
    partition![3] = { id: 4, name: 'newer' };
    stored(kitchen).push({ id: 4n, name: 'newer' });
    expect(await verify(kitchen, recipe, { keys: ['id'] })).toMatchObject({
      equal: true,
      expected_extra: 1,
      compared: { keys: [] },
    });
    stored(kitchen).push({ id: 7n, name: 'n7' });
    stored(kitchen).shift();
    const report = await verify(kitchen, recipe, { keys: ['id'] });
    expect(report).toMatchObject({ equal: false, differences: { missing: 1, doubled: 1, extra: 0 } });
    expect(report.keys.map(({ kind, key }) => `${kind} ${key['id']}`).sort()).toEqual([
      'doubled 7',
      'missing 1',
    ]);
  });
});

describe('a merge', () => {
  it('keeps one of a key that comes more than once, which is said and not compared', async () => {
    const kitchen = new Kitchen([...rows(1, 3), { id: 2, name: 'again' }]);
    await kitchen.run(MERGE);
    expect(await verify(kitchen, MERGE)).toMatchObject({
      equal: true,
      unclear: 1,
      rows: { source: 4, table: 3 },
    });
    stored(kitchen).push({ id: 2n, name: 'other' });
    expect(await verify(kitchen, MERGE)).toMatchObject({ equal: false, differences: { doubled: 1 } });
  });
});

describe('a comparison is refused', () => {
  it('where there is no table', async () => {
    await expect(verify(new Kitchen(rows(1, 2)))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('where the destination makes no digest', async () => {
    const kitchen = new Kitchen(rows(1, 2));
    await expect(verify(kitchen, {}, {}, kitchen.store.definition())).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    });
  });
});

function addColumn(kitchen: Kitchen, name: string, type: DataType): void {
  const table = kitchen.store.tables.get('rows')!;
  const fields = [...table.schema.fields, { name, type, nullable: true }];
  kitchen.store.tables.set('rows', { ...table, schema: { fields } });
}
