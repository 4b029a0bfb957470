import { DatacookError } from '@datacook/core';
import { describe, expect, it } from 'vitest';
import { Kitchen, rows, transform } from './support/kitchen.js';

const sorted = (ids: number[]) => [...ids].sort((a, b) => a - b);

function lost(message: string): DatacookError {
  return new DatacookError('CONNECTION', message, { retry: true });
}

describe('a run', () => {
  it('moves all rows, epoch by epoch, and accounts for each', async () => {
    const kitchen = new Kitchen(rows(1, 5), rows(6, 7));
    const { report } = await kitchen.run();
    expect(report.error).toBeNull();
    expect(report).toMatchObject({ status: 'succeeded', exit_code: 0 });
    expect(sorted(kitchen.ids())).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(report.streams[0]).toMatchObject({
      rows: { read: 7, generated: 0, written: 7, rejected: 0, filtered: 0, skipped: 0 },
      guarantee: 'exactly_once',
      retries: 0,
      load: { resumed: false, mode: 'append' },
      position: { before: null, after: { counts: [5, 2] } },
    });
    expect(kitchen.store.effects.filter((effect) => effect === 'commit').length).toBeGreaterThan(2);
    expect(kitchen.feed.acknowledged).toEqual([{ counts: [5, 2] }]);
    expect([...kitchen.state.records.keys()]).toEqual(['heads/kitchen/kitchen']);
    expect(kitchen.events.at(-1)).toMatchObject({ type: 'end', report });
  });

  it('moves only what is new the second time, and nothing the third', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    await kitchen.run();
    kitchen.feed.partitions[0]!.push(...rows(4, 5));
    const second = await kitchen.run();
    expect(second.report.streams[0]?.rows.written).toBe(2);
    const third = await kitchen.run();
    expect(third.report.streams[0]?.rows).toMatchObject({ read: 0, written: 0 });
    expect(third.report.streams[0]?.position.after).toEqual({ counts: [5] });
    expect(kitchen.ids()).toEqual([1, 2, 3, 4, 5]);
  });

  it('writes with as many writers as the destination takes, at most parallelism', async () => {
    const kitchen = new Kitchen(rows(1, 6), rows(7, 12), rows(13, 18), rows(19, 24));
    kitchen.declared = { maxWriters: 8 };
    const { report } = await kitchen.run({ runtime: { checkpoint: { rows: 4 } } });
    expect(report.error).toBeNull();
    expect(kitchen.store.maxOpenWriters).toBe(3);
    expect(sorted(kitchen.ids())).toEqual(rows(1, 24).map(({ id }) => id));
  });

  it('adopts the head when the state backend has lost everything', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    await kitchen.run();
    kitchen.state.records.clear();
    kitchen.feed.partitions[0]!.push(...rows(4, 4));
    const { report } = await kitchen.run();
    expect(report.streams[0]?.rows.written).toBe(1);
    expect(report.warnings.join()).toContain("went on from the destination's own record");
    expect(kitchen.ids()).toEqual([1, 2, 3, 4]);
  });

  it('stops when the destination knows nothing of what the state says was loaded', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    await kitchen.run();
    kitchen.store.heads.clear();
    kitchen.store.tables.clear();
    const { report } = await kitchen.run();
    expect(report).toMatchObject({ exit_code: 1, error: { code: 'NOT_FOUND' } });
    expect(report.error?.hint).toContain('--full-refresh');
    const again = await kitchen.run({}, { fullRefresh: true });
    expect(again.report.exit_code).toBe(0);
    expect(kitchen.ids()).toEqual([1, 2, 3]);
  });

  it('stops when the table has gone and the head has not', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    await kitchen.run();
    kitchen.store.tables.clear();
    const { report } = await kitchen.run();
    expect(report).toMatchObject({ exit_code: 1, error: { code: 'NOT_FOUND' } });
  });

  it('stops when the recipe means something else than the head', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    await kitchen.run();
    const { report } = await kitchen.run({ destination: { table: 'other' } });
    expect(report).toMatchObject({ exit_code: 1, error: { code: 'CONFLICT' } });
    expect(report.error?.message).toContain('table was "rows" and is "other"');
    expect(kitchen.store.tables.has('other')).toBe(false);
  });

  it('does not write a table that another recipe writes, unless both share it', async () => {
    const kitchen = new Kitchen(rows(1, 1));
    await kitchen.run({ destination: { shared: true } });
    const refused = await kitchen.run({ name: 'second' });
    expect(refused.report).toMatchObject({ exit_code: 1, error: { code: 'CONFLICT' } });
    const shared = await kitchen.run({ name: 'second', destination: { shared: true } });
    expect(shared.report.exit_code).toBe(0);
    const replace = await kitchen.run({
      name: 'third',
      destination: { shared: true, write_mode: 'replace' },
    });
    expect(replace.report.error?.message).toContain('would replace');
    expect(kitchen.ids()).toEqual([1, 1]);
  });

  it('replaces at once: the old rows stay until everything is there', async () => {
    const kitchen = new Kitchen(rows(1, 4));
    const replace = { destination: { write_mode: 'replace' } };
    await kitchen.run(replace);
    kitchen.feed.partitions[0] = rows(10, 15);
    kitchen.feed.fault = (_partition, row) => {
      if (row === 5) throw new DatacookError('DATA', 'row 5 is bad');
    };
    const failed = await kitchen.run(replace);
    expect(failed.report.exit_code).toBe(1);
    expect(kitchen.ids()).toEqual([1, 2, 3, 4]);
    kitchen.feed.fault = () => undefined;
    const resumed = await kitchen.run(replace);
    expect(resumed.report.streams[0]?.load).toMatchObject({ resumed: true, rows: { written: 6 } });
    expect(resumed.report.streams[0]?.rows.written).toBe(2);
    expect(kitchen.ids()).toEqual([10, 11, 12, 13, 14, 15]);
    expect(kitchen.store.staging.size).toBe(0);
  });

  it.each([
    ['fail', 1, [1, 2]],
    ['keep', 0, [1, 2]],
    ['publish', 0, []],
  ] as const)('obeys on_empty: %s', async (onEmpty, exitCode, left) => {
    const kitchen = new Kitchen(rows(1, 2));
    const changes = { destination: { write_mode: 'replace', on_empty: onEmpty } };
    await kitchen.run(changes);
    kitchen.feed.partitions[0] = [];
    const { report } = await kitchen.run(changes);
    expect(report.exit_code).toBe(exitCode);
    expect(kitchen.ids()).toEqual(left);
  });

  it('makes the table of a stream without rows, where its columns are known', async () => {
    const kitchen = new Kitchen(rows(1, 2));
    kitchen.feed.partitions[0] = [];
    const { report } = await kitchen.run();
    expect(report.error).toBeNull();
    expect(kitchen.store.tables.get('rows')?.schema.fields.map(({ name }) => name)).toEqual(['id', 'name']);
    kitchen.feed.partitions[0] = rows(1, 2);
    await kitchen.run();
    expect(kitchen.ids()).toEqual([1, 2]);
  });

  it('merges what it staged once, at the end', async () => {
    const kitchen = new Kitchen(rows(1, 3), rows(2, 4));
    kitchen.feed.keysDisjoint = false;
    kitchen.declared = { maxWriters: 8 };
    const merge = { destination: { write_mode: 'merge', merge_keys: ['id'] } };
    const { report } = await kitchen.run(merge);
    expect(report.exit_code).toBe(0);
    expect(kitchen.store.maxOpenWriters).toBe(1);
    expect(sorted(kitchen.ids())).toEqual([1, 2, 3, 4]);
    expect(report.streams[0]?.rows.written).toBe(6);
  });

  it('refuses a merge without keys, and rejects that it does not offer', async () => {
    const kitchen = new Kitchen(rows(1, 1));
    expect((await kitchen.run({ destination: { write_mode: 'merge' } })).report.exit_code).toBe(2);
    expect((await kitchen.run({ runtime: { on_error: 'reject' } })).report).toMatchObject({
      exit_code: 2,
      error: { code: 'UNSUPPORTED' },
    });
  });
});

describe('a failing run', () => {
  it('goes on from the head after a retryable error, and counts each row once', async () => {
    const kitchen = new Kitchen(rows(1, 9));
    let failures = 0;
    kitchen.feed.fault = (_partition, row) => {
      if (row === 5 && failures < 2) {
        failures += 1;
        throw lost('the server went away');
      }
    };
    const { report } = await kitchen.run();
    expect(report.error).toBeNull();
    expect(report.streams[0]).toMatchObject({ retries: 2, rows: { written: 9 } });
    expect(kitchen.ids()).toEqual(rows(1, 9).map(({ id }) => id));
    expect(kitchen.feed.opened).toBe(kitchen.feed.closed);
  });

  it('gives up after max_retries without progress', async () => {
    const kitchen = new Kitchen(rows(1, 9));
    kitchen.feed.fault = (_partition, row) => {
      if (row === 5) throw lost('the server went away');
    };
    const { report } = await kitchen.run({ runtime: { max_retries: 2 } });
    expect(report).toMatchObject({ exit_code: 1, error: { message: 'the server went away' } });
    expect(report.streams[0]?.retries).toBe(2);
    kitchen.feed.fault = () => undefined;
    await kitchen.run();
    expect(kitchen.ids()).toEqual(rows(1, 9).map(({ id }) => id));
  });

  it.each([1, 2, 3, 4, 5])('doubles nothing when the answer to commit %i is lost', async (nth) => {
    const kitchen = new Kitchen(rows(1, 9));
    let commits = 0;
    kitchen.store.fault = (effect) => {
      if (effect !== 'commit') return undefined;
      commits += 1;
      return commits === nth ? 'lose' : undefined;
    };
    const { report } = await kitchen.run();
    expect(report.error).toBeNull();
    expect(report.streams[0]?.rows.written).toBe(9);
    expect(kitchen.ids()).toEqual(rows(1, 9).map(({ id }) => id));
  });

  it('does not retry what is not marked so', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    kitchen.feed.fault = () => {
      throw new DatacookError('DATA', 'line 3 is bad');
    };
    const { report } = await kitchen.run();
    expect(report).toMatchObject({ exit_code: 1, error: { code: 'DATA' }, streams: [{ retries: 0 }] });
  });

  it('says that it was overtaken, whatever error it met', async () => {
    const kitchen = new Kitchen(rows(1, 6));
    kitchen.store.fault = (effect) => {
      if (effect !== 'write') return undefined;
      kitchen.store.head().version += 1;
      throw new DatacookError('NOT_FOUND', 'relation does not exist');
    };
    const { report } = await kitchen.run();
    expect(report).toMatchObject({ exit_code: 1, error: { code: 'CONFLICT' } });
    expect(report.error?.message).toContain('overtaken');
  });

  it('never claims again after a conflict', async () => {
    const kitchen = new Kitchen(rows(1, 6));
    kitchen.store.fault = (effect) => {
      if (effect === 'commit') kitchen.store.head().version += 1;
      return undefined;
    };
    const { report } = await kitchen.run();
    expect(report.error?.code).toBe('CONFLICT');
    expect(kitchen.store.effects.filter((effect) => effect === 'claim')).toHaveLength(1);
    expect(kitchen.ids()).toEqual([]);
  });

  it('goes on while the state backend is down for a moment', async () => {
    const kitchen = new Kitchen(rows(1, 6));
    let failures = 0;
    kitchen.state.fault = (key) => {
      if (key.startsWith('heads/') && failures < 1) {
        failures += 1;
        throw new DatacookError('CONNECTION', 'state is down');
      }
    };
    const { report } = await kitchen.run();
    expect(report.error).toBeNull();
    expect(kitchen.ids()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('names a step that loses rows', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    kitchen.transforms = [
      transform('leaky', () => (schema) => ({
        schema,
        apply: (batch) => ({ batch: { ...batch, length: batch.length - 1 } }),
      })),
    ];
    const { report } = await kitchen.run({ transform: { steps: [{ type: 'leaky' }] } });
    expect(report.error).toMatchObject({ code: 'INTERNAL' });
    expect(report.error?.message).toContain("step 1 (leaky) doesn't account for its rows");
    expect(kitchen.ids()).toEqual([]);
  });

  it('names the row that a step refuses, and writes nothing of its epoch', async () => {
    const kitchen = new Kitchen(rows(1, 9));
    kitchen.transforms = [
      transform('picky', () => (schema) => ({
        schema,
        apply: (batch) => {
          const ids = batch.columns[0]!.values as BigInt64Array;
          const row = ids.indexOf(6n);
          if (row < 0 || row >= batch.length) return { batch };
          return {
            batch: { ...batch, length: batch.length - 1 },
            rejects: [{ row, reason: '6 is refused' }],
          };
        },
      })),
    ];
    const { report } = await kitchen.run({
      transform: { steps: [{ type: 'picky' }] },
      runtime: { checkpoint: { rows: 4 } },
    });
    expect(report.error?.message).toBe('row 6: step 1 (picky): 6 is refused');
    expect(kitchen.ids()).toEqual([1, 2, 3, 4]);
  });
});

describe('sources that restart otherwise', () => {
  it('commits an append of a source that never restarts once, at the end', async () => {
    const kitchen = new Kitchen(rows(1, 9), rows(10, 12));
    kitchen.feed.restart = 'never';
    kitchen.declared = { maxWriters: 8 };
    let failed = false;
    kitchen.feed.fault = (_partition, row) => {
      if (row === 7 && !failed) {
        failed = true;
        throw lost('the snapshot has gone');
      }
    };
    const { report } = await kitchen.run();
    expect(report.error).toBeNull();
    expect(kitchen.feed.planned).toBe(2);
    expect(kitchen.store.effects.filter((effect) => effect === 'commit')).toHaveLength(1);
    expect(sorted(kitchen.ids())).toEqual(rows(1, 12).map(({ id }) => id));
  });

  it('reads a partition again from its start', async () => {
    const kitchen = new Kitchen(rows(1, 5), rows(6, 9));
    kitchen.feed.restart = 'partition';
    kitchen.feed.fault = (partition, row) => {
      if (partition === 'p1' && row === 2) throw new DatacookError('DATA', 'bad');
    };
    await kitchen.run();
    expect(kitchen.ids()).toEqual([1, 2, 3, 4, 5]);
    kitchen.feed.fault = () => undefined;
    const { report } = await kitchen.run();
    expect(report.streams[0]).toMatchObject({ load: { resumed: true }, rows: { written: 4 } });
    expect(kitchen.ids()).toEqual(rows(1, 9).map(({ id }) => id));
  });

  it('commits only where rows end at a position', async () => {
    const kitchen = new Kitchen(rows(1, 12));
    kitchen.feed.positionEvery = 3;
    kitchen.feed.fault = (_partition, row) => {
      if (row === 9) throw new DatacookError('DATA', 'bad');
    };
    await kitchen.run();
    expect(kitchen.ids()).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

describe('schemas', () => {
  it('widens the table for a batch that does not fit, and loads each row once', async () => {
    const kitchen = new Kitchen([
      ...rows(1, 4),
      { id: 5, name: 'n5', extra: 'x' },
      { id: 6, name: 'n6', extra: 'y' },
      ...rows(7, 8),
    ]);
    const { report } = await kitchen.run();
    expect(report.error).toBeNull();
    expect(kitchen.ids()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(report.streams[0]?.schema_changes).toEqual(['column "extra" added (utf8)']);
    expect(report.streams[0]?.retries).toBe(0);
  });

  it('refuses a change under freeze', async () => {
    const kitchen = new Kitchen(rows(1, 2));
    await kitchen.run();
    kitchen.feed.partitions[0]!.push({ id: 3, name: 'n3', extra: 'x' });
    const { report } = await kitchen.run({ destination: { schema_policy: 'freeze' } });
    expect(report).toMatchObject({ exit_code: 1, error: { code: 'SCHEMA' } });
    expect(kitchen.ids()).toEqual([1, 2]);
  });

  it('drops new columns under discard_column, and says so', async () => {
    const kitchen = new Kitchen(rows(1, 2));
    await kitchen.run();
    kitchen.feed.partitions[0]!.push({ id: 3, name: 'n3', extra: 'x' });
    const { report } = await kitchen.run({ destination: { schema_policy: 'discard_column' } });
    expect(report.error).toBeNull();
    expect(report.streams[0]?.schema_changes).toEqual(['column "extra" discarded']);
    expect(kitchen.store.rows('rows').at(-1)).not.toHaveProperty('extra');
  });

  it('refuses a change of type that no type holds', async () => {
    const kitchen = new Kitchen(rows(1, 2));
    await kitchen.run();
    kitchen.feed.partitions[0]!.push({ id: 'three', name: 'n3' });
    const { report } = await kitchen.run();
    expect(report.error).toMatchObject({ code: 'SCHEMA' });
    expect(kitchen.ids()).toEqual([1, 2]);
  });
});

describe('stopping', () => {
  it('commits what it can, and the next run goes on', async () => {
    const kitchen = new Kitchen(rows(1, 40));
    const controller = new AbortController();
    kitchen.feed.fault = (_partition, row) => {
      if (row === 20) controller.abort();
    };
    const { report } = await kitchen.run(
      { runtime: { checkpoint: { rows: 1000 } } },
      { signal: controller.signal },
    );
    expect(report).toMatchObject({ status: 'cancelled', error: { code: 'CANCELLED' } });
    const before = kitchen.ids().length;
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(40);
    expect(kitchen.state.records.has('leases/kitchen')).toBe(false);
    kitchen.feed.fault = () => undefined;
    await kitchen.run();
    expect(kitchen.ids()).toEqual(rows(1, 40).map(({ id }) => id));
  });

  it('gives up a source that does not answer when the grace time is over', async () => {
    const kitchen = new Kitchen(rows(1, 40));
    const controller = new AbortController();
    kitchen.feed.fault = (_partition, row) => {
      if (row !== 20) return undefined;
      controller.abort();
      return new Promise<void>(() => undefined);
    };
    const { report } = await kitchen.run({ runtime: { grace_seconds: 1 } }, { signal: controller.signal });
    expect(report.status).toBe('cancelled');
    expect(kitchen.ids().length).toBeGreaterThan(0);
  });

  it('ends a run that takes longer than its timeout', async () => {
    const kitchen = new Kitchen(rows(1, 40));
    kitchen.feed.fault = (_partition, row) => (row === 20 ? new Promise<void>(() => undefined) : undefined);
    const { report } = await kitchen.run({ runtime: { timeout: '200ms' } });
    expect(report).toMatchObject({ status: 'failed', exit_code: 1 });
    expect(report.error?.message).toContain('runtime.timeout');
  });
});

describe('leases', () => {
  it('lets one of two runs work', async () => {
    const kitchen = new Kitchen(rows(1, 20));
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    kitchen.feed.fault = async (_partition, row) => {
      if (row === 10) await gate;
    };
    const first = kitchen.run();
    const second = await kitchen.run();
    release();
    expect(second.report).toMatchObject({ exit_code: 1, error: { code: 'CONFLICT' } });
    expect(second.report.error?.message).toContain(`process ${process.pid}`);
    expect((await first).report.exit_code).toBe(0);
    expect(kitchen.ids()).toEqual(rows(1, 20).map(({ id }) => id));
  });

  it('takes over at once from a process of this host that is dead', async () => {
    const kitchen = new Kitchen(rows(1, 2));
    await kitchen.run();
    const { processIdentity } = await import('@datacook/toolkit');
    kitchen.state.records.set('leases/kitchen', {
      version: 7_000_000,
      value: {
        version: 1,
        run_id: 'gone',
        process: { ...processIdentity(), pid: 2 ** 22 + 1 },
        acquired_at: new Date().toISOString(),
        expires_ms: Date.now() + 3_600_000,
      },
    });
    expect((await kitchen.run()).report.exit_code).toBe(0);
  });
});
