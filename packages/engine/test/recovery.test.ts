import { DatacookError, type Schema } from '@datacook/core';
import { describe, expect, it } from 'vitest';
import { Kitchen, rows } from './support/kitchen.js';

const sorted = (ids: number[]) => [...ids].sort((a, b) => a - b);
const replace = { destination: { write_mode: 'replace' } };

function lost(message: string): DatacookError {
  return new DatacookError('CONNECTION', message, { retry: true });
}

/** Fails the n-th effect of a name, once. */
function failOnce(kitchen: Kitchen, effect: string, nth: number, outcome: () => 'lose' | undefined): void {
  let seen = 0;
  kitchen.store.fault = (name) => {
    if (name !== effect) return undefined;
    seen += 1;
    return seen === nth ? outcome() : undefined;
  };
}

describe('a load that another one has superseded', () => {
  it('is not gone on with: its staging is gone', async () => {
    const kitchen = new Kitchen(rows(1, 9));
    kitchen.feed.fault = (_partition, row) => {
      if (row === 5) throw new DatacookError('DATA', 'cut short');
    };
    await kitchen.run(replace);
    kitchen.feed.fault = () => undefined;
    failOnce(kitchen, 'write', 1, () => {
      throw new DatacookError('DATA', 'cut short, too');
    });
    await kitchen.run(replace, { fullRefresh: true });
    kitchen.store.fault = () => undefined;
    const { report } = await kitchen.run(replace);
    expect(report.error).toBeNull();
    expect(kitchen.ids()).toEqual(rows(1, 9).map(({ id }) => id));
  });

  it('is refused if its staged rows are gone', async () => {
    const kitchen = new Kitchen(rows(1, 9));
    kitchen.feed.fault = (_partition, row) => {
      if (row === 5) throw new DatacookError('DATA', 'cut short');
    };
    await kitchen.run(replace);
    kitchen.feed.fault = () => undefined;
    kitchen.store.staging.clear();
    const { report } = await kitchen.run(replace);
    expect(report).toMatchObject({ exit_code: 1, error: { code: 'DATA' } });
    expect(kitchen.ids()).toEqual([]);
  });
});

describe('a position that has gone stale', () => {
  it('leads to one new plan, which then stands', async () => {
    const kitchen = new Kitchen(rows(1, 9));
    let failures = 0;
    kitchen.feed.fault = (_partition, row) => {
      if (row === 0 && failures === 0) {
        failures = 1;
        throw new DatacookError('STALE_POSITION', 'gone');
      }
      if (row === 5 && failures === 1) {
        failures = 2;
        throw lost('went away');
      }
    };
    const { report } = await kitchen.run();
    expect(report.error).toBeNull();
    expect(kitchen.feed.planned).toBe(2);
    expect(report.warnings).toEqual(['the load is planned anew, since what was known of it is stale: gone']);
    expect(kitchen.ids()).toEqual(rows(1, 9).map(({ id }) => id));
  });

  it('ends the run if the new plan has gone stale, too', async () => {
    const kitchen = new Kitchen(rows(1, 9));
    kitchen.feed.fault = () => {
      if (kitchen.feed.planned > 3) throw new Error('planned again and again');
      throw new DatacookError('STALE_POSITION', 'gone');
    };
    const { report } = await kitchen.run();
    expect(report).toMatchObject({ exit_code: 1, error: { code: 'STALE_POSITION' } });
    expect(kitchen.feed.planned).toBe(2);
  });

  it('ends an append that has committed rows', async () => {
    const kitchen = new Kitchen(rows(1, 9));
    kitchen.feed.fault = (_partition, row) => {
      if (row === 5) throw new DatacookError('STALE_POSITION', 'gone');
    };
    const { report } = await kitchen.run();
    expect(report).toMatchObject({ exit_code: 1, error: { code: 'STALE_POSITION' } });
    expect(kitchen.ids()).toEqual([1, 2, 3, 4]);
  });
});

describe('several lanes', () => {
  const lanes = { runtime: { checkpoint: { rows: 1000 }, parallelism: 2 } };

  it.each(['lose', 'refuse'] as const)(
    'lose and double nothing when the last commit of one fails: %s',
    async (how) => {
      const kitchen = new Kitchen(rows(1, 3), rows(11, 13));
      kitchen.declared = { maxWriters: 8 };
      failOnce(kitchen, 'commit', 1, () => {
        if (how === 'lose') return 'lose';
        throw lost('refused');
      });
      const { report } = await kitchen.run(lanes);
      expect(report.error).toBeNull();
      expect(sorted(kitchen.ids())).toEqual([1, 2, 3, 11, 12, 13]);
      expect(report.streams[0]?.rows.written).toBe(6);
    },
  );

  it('end together, also while one waits for its source', async () => {
    const kitchen = new Kitchen(rows(1, 9), rows(11, 19));
    kitchen.declared = { maxWriters: 8 };
    kitchen.feed.fault = (partition, row) => {
      if (partition === 'p0') return row === 4 ? new Promise<void>(() => undefined) : undefined;
      if (row === 4) throw new DatacookError('DATA', 'bad');
      return undefined;
    };
    const { report } = await kitchen.run(lanes);
    expect(report.error).toMatchObject({ code: 'DATA', message: 'bad' });
  });
});

describe('a full refresh that was cut short', () => {
  it('does not destroy what another recipe has brought meanwhile', async () => {
    const kitchen = new Kitchen(rows(1, 6));
    const shared = { destination: { shared: true } };
    kitchen.feed.fault = (_partition, row) => {
      if (row === 4) throw new DatacookError('DATA', 'cut short');
    };
    await kitchen.run(shared, { fullRefresh: true });
    kitchen.feed.fault = () => undefined;
    await kitchen.run({ name: 'other', ...shared });
    const { report } = await kitchen.run(shared);
    expect(report).toMatchObject({ exit_code: 1, error: { code: 'CONFLICT' } });
    expect(kitchen.ids()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('that found nothing and kept the table keeps the position, too', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    const keep = { destination: { on_empty: 'keep' } };
    await kitchen.run(keep);
    const loaded = kitchen.feed.partitions[0]!;
    kitchen.feed.partitions[0] = [];
    const { report } = await kitchen.run(keep, { fullRefresh: true });
    expect(report.streams[0]?.position.after).toEqual({ counts: [3] });
    kitchen.feed.partitions[0] = loaded;
    await kitchen.run(keep);
    expect(kitchen.ids()).toEqual([1, 2, 3]);
  });

  it('empties the table under on_empty: publish, though nobody knows the columns of nothing', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    const publish = { destination: { on_empty: 'publish' } };
    await kitchen.run(publish);
    kitchen.feed.partitions[0] = [];
    kitchen.feed.schema = undefined;
    const { report } = await kitchen.run(publish, { fullRefresh: true });
    expect(report.error).toBeNull();
    expect(kitchen.ids()).toEqual([]);
  });
});

describe('what goes wrong beside the data', () => {
  it('does not hide that the table has gone in the middle of a run', async () => {
    const kitchen = new Kitchen(rows(1, 9));
    failOnce(kitchen, 'commit', 3, () => {
      kitchen.store.tables.clear();
      throw lost('went away');
    });
    const { report } = await kitchen.run();
    expect(report).toMatchObject({ exit_code: 1, error: { code: 'NOT_FOUND' } });
  });

  it('mirrors and acknowledges a last commit whose answer was lost', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    failOnce(kitchen, 'commit', 1, () => 'lose');
    const { report } = await kitchen.run({ runtime: { checkpoint: { rows: 1000 } } });
    expect(report.error).toBeNull();
    expect([...kitchen.state.records.keys()]).toEqual(['heads/kitchen/kitchen']);
    expect(kitchen.feed.acknowledged).toEqual([{ counts: [3] }]);
  });

  it('adopts its own record when the answer of the state backend was lost', async () => {
    const kitchen = new Kitchen(rows(1, 5));
    const failed = new Set<string>();
    kitchen.state.lose = (key) => !failed.has(key) && failed.add(key) !== undefined;
    const { report } = await kitchen.run();
    expect(report.error).toBeNull();
    expect([...kitchen.state.records.keys()]).toEqual(['heads/kitchen/kitchen']);
  });

  it('does not claim again when another run has, though its own commit is in doubt', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    failOnce(kitchen, 'commit', 1, () => {
      kitchen.store.head().version += 1;
      throw lost('terminated');
    });
    const { report } = await kitchen.run();
    expect(report.error).toMatchObject({ code: 'CONFLICT' });
    expect(kitchen.store.effects.filter((effect) => effect === 'claim')).toHaveLength(1);
  });

  it('does not let a failing close take the place of how the run ended', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    kitchen.store.closing = () => {
      throw lost('no answer to close');
    };
    const { report } = await kitchen.run();
    expect(report.error).toBeNull();
    expect(report.warnings).toContain('the destination could not be closed: no answer to close');
    expect(kitchen.ids()).toEqual([1, 2, 3]);
  });

  it('ends a commit that hangs when the time is over', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    kitchen.store.stuck = 'commit';
    const { report } = await kitchen.run({ runtime: { timeout: '200ms' } });
    expect(report.error?.message).toContain('runtime.timeout');
  });

  it('bears a listener that throws, and a timeout of a year', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    const { report } = await kitchen.run(
      { runtime: { timeout: '8760h' } },
      {
        onEvent: () => {
          throw new Error('listener');
        },
      },
    );
    expect(report).toMatchObject({ exit_code: 0, warnings: ['a listener failed: listener'] });
  });

  it('counts skipped rows, also those that come alone', async () => {
    const kitchen = new Kitchen(rows(1, 5));
    kitchen.feed.skip = 5;
    const { report } = await kitchen.run();
    expect(report.streams[0]?.rows).toMatchObject({ read: 10, written: 5, skipped: 5 });
  });

  it('says that a load goes on under other steps', async () => {
    const kitchen = new Kitchen(rows(1, 9));
    kitchen.transforms = [
      {
        contract: 1,
        role: 'transform',
        type: 'as_is',
        config: { parse: (value) => value },
        open: () => (schema: Schema) => ({ schema, apply: (batch) => ({ batch }) }),
      },
    ];
    kitchen.feed.fault = (_partition, row) => {
      if (row === 5) throw new DatacookError('DATA', 'cut short');
    };
    await kitchen.run();
    kitchen.feed.fault = () => undefined;
    const { report } = await kitchen.run({ transform: { steps: [{ type: 'as_is' }] } });
    expect(report.warnings.join()).toContain('began under other steps');
    expect(kitchen.ids()).toEqual(rows(1, 9).map(({ id }) => id));
  });
});
