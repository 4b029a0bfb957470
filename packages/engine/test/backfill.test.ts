import { describe, expect, it } from 'vitest';
import { Kitchen, rows, transform } from './support/kitchen.js';

const CURSOR = { incremental: { strategy: 'cursor', cursor_column: 'id' } };
const MERGE = { source: CURSOR, destination: { write_mode: 'merge', merge_keys: ['id'] } };
const APPEND = { source: CURSOR };
const range = { from: '2', to: '4' };

describe('a backfill', () => {
  it('loads its range under a head of its own, and leaves the position alone', async () => {
    const kitchen = new Kitchen(rows(1, 5));
    await kitchen.run(MERGE);
    kitchen.feed.partitions[0]![1]!.name = 'changed';
    const { report } = await kitchen.run(MERGE, { range });
    expect(report.error).toBeNull();
    expect(report.streams[0]?.rows.written).toBe(2);
    expect(kitchen.feed.requests.at(-1)).toMatchObject({ range: { from: '2', to: '4' }, writeMode: 'merge' });
    expect(kitchen.feed.requests.at(-1)).not.toHaveProperty('position');
    expect([...kitchen.state.records.keys()]).toEqual([
      'heads/kitchen/kitchen',
      'heads/kitchen/kitchen/backfill:2..4',
    ]);
    expect(kitchen.store.rows('rows').find(({ id }) => Number(id) === 2)?.name).toBe('changed');
    const after = await kitchen.run(MERGE);
    expect(after.report.streams[0]).toMatchObject({
      rows: { read: 0 },
      position: { before: { counts: [5] } },
    });
  });

  it('may come before any normal run', async () => {
    const kitchen = new Kitchen(rows(1, 5));
    const { report } = await kitchen.run(MERGE, { range });
    expect(report.error).toBeNull();
    expect(kitchen.ids()).toEqual([2, 3]);
    await kitchen.run(MERGE);
    expect(kitchen.ids()).toHaveLength(5);
  });

  it('merges by the order of the cursor, under the name that the steps give it', async () => {
    const kitchen = new Kitchen(rows(1, 5));
    kitchen.transforms = [
      transform('number', () => (input) => {
        const fields = input.fields.map((field) =>
          field.name === 'id' ? { ...field, name: 'number' } : field,
        );
        const schema = { ...input, fields };
        return { schema, apply: (batch) => ({ batch: { ...batch, schema } }) };
      }),
    ];
    const recipe = {
      source: CURSOR,
      transform: { steps: [{ type: 'number' }] },
      destination: { write_mode: 'merge', merge_keys: ['number'] },
    };
    await kitchen.run(recipe);
    expect(kitchen.store.targets.at(-1)).not.toHaveProperty('mergeOrder');
    const { report } = await kitchen.run(recipe, { range });
    expect(report.error).toBeNull();
    expect(kitchen.store.targets.at(-1)).toMatchObject({ mergeKeys: ['number'], mergeOrder: 'number' });
  });

  it('that merges is refused where a step drops the cursor', async () => {
    const kitchen = new Kitchen(rows(1, 5));
    kitchen.transforms = [
      transform('drop', () => (input) => {
        const schema = { fields: input.fields.filter(({ name }) => name !== 'id') };
        const columns = input.fields.flatMap(({ name }, index) => (name === 'id' ? [] : [index]));
        return {
          schema,
          apply: (batch) => ({
            batch: { ...batch, schema, columns: columns.map((index) => batch.columns[index]!) },
          }),
        };
      }),
    ];
    const recipe = { ...MERGE, transform: { steps: [{ type: 'drop' }] } };
    const { error } = await kitchen.run(recipe, { range });
    expect(error).toMatchObject({ code: 'CONFIG' });
    expect(error?.message).toContain('needs the cursor "id" in the table');
  });

  it('that appends is done once: the same command again changes nothing', async () => {
    const kitchen = new Kitchen(rows(1, 5));
    const first = await kitchen.run(APPEND, { range });
    expect(first.report.warnings.join()).toContain('stand there twice');
    const { report } = await kitchen.run(APPEND, { range });
    expect(report.error).toBeNull();
    expect(report.streams[0]?.rows.written).toBe(0);
    expect(report.warnings.join()).toContain('is loaded already');
    expect(kitchen.ids()).toEqual([2, 3]);
    await kitchen.run(APPEND, { range: { from: '4' } });
    expect(kitchen.ids()).toEqual([2, 3, 4, 5]);
  });

  it('goes on where it was cut short', async () => {
    const kitchen = new Kitchen(rows(1, 9));
    const wide = { from: '2', to: '9' };
    kitchen.feed.fault = (_partition, row) => {
      if (row === 6) throw new Error('cut');
    };
    expect((await kitchen.run(APPEND, { range: wide })).error?.message).toBe('cut');
    kitchen.feed.fault = () => undefined;
    const { report } = await kitchen.run(APPEND, { range: wide });
    expect(report.streams[0]?.load?.resumed).toBe(true);
    expect(kitchen.ids()).toEqual([2, 3, 4, 5, 6, 7, 8]);
  });

  it('works beside a normal run, and not beside itself', async () => {
    const kitchen = new Kitchen(rows(1, 5));
    let beside: Awaited<ReturnType<Kitchen['run']>>[] = [];
    let isFirst = true;
    kitchen.feed.fault = async () => {
      if (!isFirst) return;
      isFirst = false;
      beside = [await kitchen.run(MERGE, { range: { to: '2' } }), await kitchen.run(MERGE, { range })];
    };
    await kitchen.run(MERGE, { range });
    expect(beside[0]?.error).toBeUndefined();
    expect(beside[1]?.error?.code).toBe('CONFLICT');
  });

  it.each([
    [{ source: {}, destination: MERGE.destination }, {}, 'needs a cursor'],
    [{ source: CURSOR, destination: { write_mode: 'replace' } }, {}, 'in the place of the whole table'],
    [MERGE, { fullRefresh: true }, 'not both'],
    [MERGE, { range: {} }, 'needs a range'],
  ])('is refused where it makes no sense: %j', async (recipe, options, message) => {
    const { error } = await new Kitchen(rows(1, 5)).run(recipe, { range, ...options });
    expect(error).toMatchObject({ code: 'CONFIG' });
    expect(error?.message).toContain(message);
  });
});

describe('merge keys', () => {
  const merge = { destination: { write_mode: 'merge' } };

  it("are the source's primary key where the recipe names none", async () => {
    const kitchen = new Kitchen(rows(1, 3));
    kitchen.feed.schema = { ...kitchen.feed.schema!, primaryKey: ['id'] };
    await kitchen.run(merge);
    kitchen.feed.partitions[0]!.push(...rows(3, 4));
    const { report } = await kitchen.run(merge);
    expect(report.error).toBeNull();
    expect(kitchen.ids()).toEqual([1, 2, 3, 4]);
    // To write them down changes nothing.
    const named = await kitchen.run({ destination: { write_mode: 'merge', merge_keys: ['id'] } });
    expect(named.error).toBeUndefined();
  });

  it('must be named where it has none', async () => {
    const { error } = await new Kitchen(rows(1, 3)).run(merge);
    expect(error).toMatchObject({ code: 'CONFIG', hint: expect.stringContaining('merge_keys: [id]') });
  });

  it('may not change under a loaded table, be it that the primary key has', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    kitchen.feed.schema = { ...kitchen.feed.schema!, primaryKey: ['id'] };
    await kitchen.run(merge);
    kitchen.feed.schema = { ...kitchen.feed.schema!, primaryKey: ['name'] };
    const { error } = await kitchen.run(merge);
    expect(error).toMatchObject({ code: 'CONFLICT' });
    expect(error?.message).toContain('merge_keys was ["id"] and is ["name"]');
  });
});
