import { describe, expect, it } from 'vitest';
import { Kitchen, rows } from './support/kitchen.js';

const sorted = (ids: number[]) => [...ids].sort((a, b) => a - b);
const ALL = rows(1, 18).map(({ id }) => id);

function kitchen(): Kitchen {
  const made = new Kitchen(rows(1, 6), rows(7, 12), rows(13, 18));
  made.feed.concurrency = 2;
  return made;
}

describe('a lane that reads several partitions', () => {
  it('lets their batches take turns, and goes on to the next where one ends', async () => {
    const taken = kitchen();
    const { report } = await taken.run({ runtime: { checkpoint: { rows: 100 } } });
    expect(report.error).toBeNull();
    expect(taken.ids()).toEqual([1, 2, 7, 8, 3, 4, 9, 10, 5, 6, 11, 12, 13, 14, 15, 16, 17, 18]);
    expect(taken.store.maxOpenWriters).toBe(1);
    expect(report.streams[0]?.commits).toBe(1);
  });

  it('reads no more at once than parallelism allows', async () => {
    const taken = kitchen();
    taken.feed.concurrency = 9;
    await taken.run({ runtime: { parallelism: 1, checkpoint: { rows: 100 } } });
    expect(taken.ids()).toEqual(ALL);
  });

  it('commits where every partition stands at a position, and resumes each of them', async () => {
    const taken = kitchen();
    // The second batch of the second partition is the first that fails.
    taken.feed.fault = (partition, row) => {
      if (partition === 'p1' && row === 4) throw new Error('the server is gone');
    };
    const failed = await taken.run();
    expect(failed.error?.message).toBe('the server is gone');
    const before = taken.ids();
    expect(before.length).toBeGreaterThan(4);
    taken.feed.fault = () => undefined;
    taken.feed.reads.length = 0;
    const { report } = await taken.run();
    expect(report.streams[0]?.load?.resumed).toBe(true);
    expect(taken.feed.reads).not.toContain('p0:0');
    expect(sorted(taken.ids())).toEqual(ALL);
  });

  it('waits with a commit that is due for the partition that has no position yet', async () => {
    const taken = kitchen();
    taken.feed.positionEvery = 2;
    const { report } = await taken.run({ runtime: { checkpoint: { rows: 2 } } });
    expect(report.error).toBeNull();
    // p0 and p1 first stand at positions after four rows each; then at their ends.
    expect(report.streams[0]?.commits).toBeGreaterThan(3);
    expect(sorted(taken.ids())).toEqual(ALL);
  });

  it('reads one after another where a merge needs their order', async () => {
    const taken = kitchen();
    taken.feed.keysDisjoint = false;
    await taken.run({
      destination: { write_mode: 'merge', merge_keys: ['id'] },
      runtime: { checkpoint: { rows: 100 } },
    });
    expect(taken.ids()).toEqual(ALL);
  });

  it('reads one after another where a merge tells rows apart by something else than the primary key', async () => {
    const taken = kitchen();
    taken.feed.schema = { ...taken.feed.schema!, primaryKey: ['id'] };
    const merge = (key: string) => ({
      destination: { write_mode: 'merge', merge_keys: [key] },
      runtime: { checkpoint: { rows: 100 } },
    });
    await taken.run(merge('name'));
    expect(taken.ids()).toEqual(ALL);
    const other = kitchen();
    other.feed.schema = taken.feed.schema;
    await other.run(merge('id'));
    expect(other.ids().slice(0, 4)).toEqual([1, 2, 7, 8]);
  });

  it('reads several at once from a source that never restarts, and commits once', async () => {
    const taken = kitchen();
    taken.feed.restart = 'never';
    const { report } = await taken.run();
    expect(report.streams[0]?.commits).toBe(1);
    expect(taken.ids()).toEqual([1, 2, 7, 8, 3, 4, 9, 10, 5, 6, 11, 12, 13, 14, 15, 16, 17, 18]);
  });

  it('reads one after another where a partition must be read from its start', async () => {
    const taken = kitchen();
    taken.feed.restart = 'partition';
    const { report } = await taken.run();
    expect(taken.ids()).toEqual(ALL);
    expect(report.streams[0]?.commits).toBe(4);
  });
});
