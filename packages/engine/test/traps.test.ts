import { DatacookError, type WriteMode } from '@datacook/core';
import { describe, expect, it } from 'vitest';
import { Kitchen, rows } from './support/kitchen.js';

const ids = (from: number, to: number) => rows(from, to).map(({ id }) => id);
const sorted = (kitchen: Kitchen) => kitchen.ids().sort((a, b) => a - b);
const recipe = (mode: WriteMode) => ({ destination: { write_mode: mode, merge_keys: ['id'] } });
const MODES = ['append', 'merge', 'replace'] as const;

describe.each(MODES)('trap 1, state and rows that are saved in two steps (%s)', (mode) => {
  it('whichever commit the state misses, the next run goes on behind it', async () => {
    for (let missed = 1; missed <= 5; missed += 1) {
      const kitchen = new Kitchen(rows(1, 8));
      let saves = 0;
      kitchen.state.fault = (key) => {
        if (!key.startsWith('heads/')) return;
        saves += 1;
        if (saves >= missed) throw new DatacookError('DATA', 'the disk is full');
      };
      const { report } = await kitchen.run(recipe(mode));
      // Four epochs, and the end of the load: when that is missed, all rows are there.
      expect(report.exit_code).toBe(missed === 5 ? 0 : 1);
      kitchen.state.fault = () => undefined;
      const next = await kitchen.run(recipe(mode));
      expect(next.error).toBeUndefined();
      expect(kitchen.ids()).toEqual(ids(1, 8));
      expect(next.report.warnings.join()).toContain("went on from the destination's own record");
    }
  });

  it('a state that is ahead of the rows is not believed', async () => {
    const kitchen = new Kitchen(rows(1, 4));
    await kitchen.run(recipe(mode));
    const before = structuredClone(kitchen.store.head());
    const tables = structuredClone(kitchen.store.tables);
    kitchen.feed.partitions[0]!.push(...rows(5, 6));
    await kitchen.run(recipe(mode));
    // The database was put back to what it was; the state folder was not.
    kitchen.store.heads.set('kitchen/kitchen', before);
    kitchen.store.tables.clear();
    for (const [name, table] of tables) kitchen.store.tables.set(name, table);
    const { error } = await kitchen.run(recipe(mode));
    expect(error).toBeUndefined();
    expect(kitchen.ids()).toEqual(ids(1, 6));
  });
});

describe.each(MODES)(
  'trap 12, parts that end out of order, and a state that skips the one that failed (%s)',
  (mode) => {
    it.each([1, 3])('with %i writers the part is read to its end by the next run', async (maxWriters) => {
      for (const bad of ['p0', 'p1', 'p2']) {
        const kitchen = new Kitchen(rows(1, 6), rows(11, 16), rows(21, 26));
        kitchen.declared = { maxWriters };
        kitchen.feed.concurrency = 3;
        let last = -1;
        kitchen.feed.fault = (partition, row) => {
          if (partition !== bad || row < 2) return;
          last = row;
          throw new DatacookError('DATA', 'bad');
        };
        expect((await kitchen.run(recipe(mode))).report.exit_code).toBe(1);
        expect(last).toBeGreaterThanOrEqual(2);
        const { load } = (await kitchen.readState()).streams[0]!;
        expect(load?.done).not.toBe(true);
        kitchen.feed.fault = () => undefined;
        const { report } = await kitchen.run(recipe(mode));
        expect(report.error).toBeNull();
        expect(report.streams[0]?.load?.rows.written).toBe(18);
        expect(sorted(kitchen)).toEqual([...ids(1, 6), ...ids(11, 16), ...ids(21, 26)]);
      }
    });
  },
);

describe('trap 13, cleaning up after an ambiguous commit, and a swap that is done twice', () => {
  it.each(MODES)('rows whose commit got no answer stay, and old ones do not come back: %s', async (mode) => {
    const kitchen = new Kitchen(rows(1, 6));
    await kitchen.run(recipe(mode));
    kitchen.feed.partitions[0] = rows(1, 9);
    const commits = mode === 'replace' ? 5 : 2;
    for (let lost = 1; lost <= commits; lost += 1) {
      let seen = 0;
      kitchen.store.fault = (effect) => {
        if (effect !== 'commit') return undefined;
        seen += 1;
        return seen === lost ? 'lose' : undefined;
      };
      const { report } = await kitchen.run(recipe(mode));
      expect(report.error).toBeNull();
      expect(kitchen.ids()).toEqual(ids(1, 9));
      expect(kitchen.store.staging.size).toBe(0);
      kitchen.store.fault = () => undefined;
      await kitchen.run(recipe(mode));
      expect(kitchen.ids()).toEqual(ids(1, 9));
    }
  });
});

describe('trap 19, state that is lost, and versions that begin again', () => {
  it.each(MODES)('the head counts on, and every run commits: %s', async (mode) => {
    const kitchen = new Kitchen(rows(1, 3));
    let version = 0;
    for (let round = 0; round < 4; round += 1) {
      expect((await kitchen.run(recipe(mode))).error).toBeUndefined();
      expect(kitchen.store.head().version).toBeGreaterThan(version);
      version = kitchen.store.head().version;
      kitchen.state.records.clear();
    }
    expect(kitchen.ids()).toEqual([1, 2, 3]);
  });

  it('a head that is lost with its table begins again only when that is asked for', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    await kitchen.run();
    kitchen.store.heads.clear();
    kitchen.store.tables.clear();
    expect((await kitchen.run()).error?.code).toBe('NOT_FOUND');
    expect((await kitchen.run({}, { fullRefresh: true })).error).toBeUndefined();
    expect((await kitchen.run()).error).toBeUndefined();
    expect(kitchen.ids()).toEqual([1, 2, 3]);
  });
});
