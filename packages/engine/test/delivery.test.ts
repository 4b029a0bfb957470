import { DatacookError } from '@datacook/core';
import { describe, expect, it } from 'vitest';
import { Kitchen, rows } from './support/kitchen.js';

const ids = (from: number, to: number) => rows(from, to).map(({ id }) => id);
const replace = { destination: { write_mode: 'replace' } };
const never = () => new Promise<void>(() => undefined);

function down(): never {
  throw new DatacookError('CONNECTION', 'the state backend is down');
}

describe('a state backend that fails in the middle of a run', () => {
  it('ends it when the lease does; what was committed stands, and the next run goes on', async () => {
    const kitchen = new Kitchen(rows(1, 9));
    const short = { state: { type: 'memory', lease: '1s' } };
    kitchen.state.fault = (key) => {
      if (key.startsWith('heads/')) kitchen.state.fault = down;
      if (key.startsWith('heads/')) down();
    };
    const { report } = await kitchen.run(short);
    expect(report).toMatchObject({ exit_code: 1, error: { code: 'CONNECTION' } });
    expect(report.warnings[0]).toContain('trying again until');
    expect(kitchen.ids()).toEqual([1, 2]);
    kitchen.state.fault = () => undefined;
    const next = await kitchen.run(short);
    expect(next.report).toMatchObject({ error: null, streams: [{ load: { resumed: true } }] });
    expect(kitchen.ids()).toEqual(ids(1, 9));
  });

  it('is no more than a warning when all rows are there already', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    const once = { state: { type: 'memory', lease: '1s' }, runtime: { checkpoint: { rows: 1000 } } };
    kitchen.state.fault = (key) => {
      if (key.startsWith('heads/')) down();
    };
    const { report } = await kitchen.run(once);
    expect(report).toMatchObject({ status: 'succeeded', streams: [{ rows: { written: 3 } }] });
    expect(report.warnings.join()).toContain('all rows are loaded, but');
    kitchen.state.fault = () => undefined;
    const next = await kitchen.run(once);
    expect(next.report.warnings.join()).toContain('went on from the destination');
    expect(kitchen.ids()).toEqual(ids(1, 3));
  });

  it('and does not answer is left behind when the time is over', async () => {
    const kitchen = new Kitchen(rows(1, 9));
    const gate = (label: string) =>
      label === 'before state.save heads/kitchen/kitchen' ? never() : undefined;
    const { report } = await kitchen.runGated(gate, { runtime: { timeout: '100ms' } });
    expect(report.error?.message).toContain('runtime.timeout');
  });
});

describe('a run that must end at once', () => {
  it.each([
    'state.load leases/kitchen',
    'state.save leases/kitchen',
    'state.load heads/kitchen/kitchen',
    'destination.open',
    'destination.claim',
    'destination.prepare',
    'destination.openWriter',
    'writer.write',
    'writer.commit',
    'source.open',
    'source.plan',
    'source.streams',
    'source.read',
  ])('does, whatever it waits for: %s', async (effect) => {
    const kitchen = new Kitchen(rows(1, 9));
    const merge = { write_mode: 'merge', merge_keys: ['id'] };
    const gate = (label: string) => (label === `before ${effect}` ? never() : undefined);
    const { report } = await kitchen.runGated(gate, { destination: merge, runtime: { timeout: '100ms' } });
    expect(report.error?.message).toContain('runtime.timeout');
  });
});

describe('a lease that is lost in the middle', () => {
  it('ends the run; nothing is doubled, and the next one goes on', async () => {
    const kitchen = new Kitchen(rows(1, 9));
    kitchen.feed.fault = (_partition, row) => {
      const record = kitchen.state.records.get('leases/kitchen');
      if (row === 4 && record) record.version += 1_000_000;
      if (row === 4 && record) record.value = { ...(record.value as object), run_id: 'another' };
    };
    const { report } = await kitchen.run();
    expect(report).toMatchObject({ exit_code: 1, error: { code: 'CONFLICT' } });
    expect(report.error?.message).toContain('lost its lease');
    kitchen.feed.fault = () => undefined;
    kitchen.state.records.delete('leases/kitchen');
    await kitchen.run();
    expect(kitchen.ids()).toEqual(ids(1, 9));
  });

  it('is noticed while the source is slow, and ends the run', async () => {
    const kitchen = new Kitchen(rows(1, 9));
    kitchen.feed.fault = (_partition, row) => {
      if (row !== 4) return undefined;
      kitchen.state.records.delete('leases/kitchen');
      return never();
    };
    const { report } = await kitchen.run({ state: { type: 'memory', lease: '1s' } });
    expect(report.error?.message).toContain('lost its lease');
  });
});

describe('what can fail when the rows are there', () => {
  it.each([
    ['state.delete leases/kitchen', 'the lease could not be given back'],
    ['source.acknowledge', 'the source could not be told'],
    ['source.close', 'the source could not be closed'],
    ['destination.close', 'the destination could not be closed'],
    ['writer.close', 'the writer could not be closed'],
  ])('is a warning: %s', async (effect, text) => {
    const kitchen = new Kitchen(rows(1, 3));
    const gate = (label: string) => {
      if (label === `before ${effect}`) throw new DatacookError('CONNECTION', 'broken');
    };
    const { report } = await kitchen.runGated(gate, { runtime: { checkpoint: { rows: 1000 } } });
    expect(report).toMatchObject({ status: 'succeeded', error: null });
    expect(report.warnings.join()).toContain(text);
    expect(kitchen.ids()).toEqual(ids(1, 3));
  });
});

describe('a replace that supersedes another', () => {
  it('is not taken for overtaken where the answer to that is lost', async () => {
    const kitchen = new Kitchen(rows(1, 9));
    kitchen.feed.fault = (_partition, row) => {
      if (row === 5) throw new DatacookError('DATA', 'cut short');
    };
    await kitchen.run(replace);
    kitchen.feed.fault = () => undefined;
    let isFirst = true;
    kitchen.store.fault = (effect) => {
      if (effect !== 'commit' || !isFirst) return undefined;
      isFirst = false;
      return 'lose';
    };
    const { report } = await kitchen.run(replace, { fullRefresh: true });
    expect(report).toMatchObject({ error: null, streams: [{ rows: { written: 9 } }] });
    expect(kitchen.ids()).toEqual(ids(1, 9));
  });
});

describe('a position that has gone stale', () => {
  it.each(['merge', 'replace'])('in the middle of a %s leads to a new load', async (mode) => {
    const kitchen = new Kitchen(rows(1, 9));
    let isFirst = true;
    kitchen.feed.fault = (_partition, row) => {
      if (row !== 5 || !isFirst) return;
      isFirst = false;
      throw new DatacookError('STALE_POSITION', 'gone');
    };
    const { report } = await kitchen.run({ destination: { write_mode: mode, merge_keys: ['id'] } });
    expect(report).toMatchObject({ error: null, streams: [{ load: { rows: { written: 9 } } }] });
    expect(kitchen.feed.planned).toBe(2);
    expect(kitchen.store.staging.size).toBe(0);
    expect(kitchen.ids()).toEqual(ids(1, 9));
  });

  it('that an append begins with ends it, with what can be done', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    await kitchen.run();
    kitchen.feed.planFault = (request) => {
      if (request.position) throw new DatacookError('STALE_POSITION', 'the log has been cut');
    };
    const { report } = await kitchen.run();
    expect(report).toMatchObject({ exit_code: 1, error: { code: 'STALE_POSITION' } });
    expect(report.error?.hint).toMatch(/--full-refresh.*state set/);
    expect(kitchen.ids()).toEqual([1, 2, 3]);
  });
});

describe('retries', () => {
  it('wait as long as the system said', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    let isFirst = true;
    kitchen.feed.fault = () => {
      if (!isFirst) return;
      isFirst = false;
      throw new DatacookError('RATE_LIMIT', 'slow down', { retry: { afterMs: 7 } });
    };
    const { report } = await kitchen.run();
    expect(report).toMatchObject({ error: null, streams: [{ retries: 1 }] });
    expect(kitchen.events.find(({ type }) => type === 'retry')).toMatchObject({ waitMs: 7, attempt: 1 });
  });

  it('renew the lease first, and end where it is lost', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    kitchen.feed.fault = () => {
      kitchen.state.records.delete('leases/kitchen');
      throw new DatacookError('CONNECTION', 'lost', { retry: true });
    };
    const { report } = await kitchen.run();
    expect(report.error?.message).toContain('lost its lease');
    expect(kitchen.store.effects.filter((effect) => effect === 'claim')).toHaveLength(1);
  });
});

describe('a load that was begun', () => {
  it('keeps its plan though parallelism has changed, which holds for the next one', async () => {
    const kitchen = new Kitchen(rows(1, 5), rows(11, 15));
    kitchen.declared = { maxWriters: 4 };
    kitchen.feed.fault = (_partition, row) => {
      if (row === 4) throw new DatacookError('DATA', 'cut short');
    };
    await kitchen.run({ runtime: { parallelism: 1 } });
    kitchen.feed.fault = () => undefined;
    const { report } = await kitchen.run({ runtime: { parallelism: 2 } });
    expect(report.streams[0]?.load?.resumed).toBe(true);
    expect(kitchen.feed.planned).toBe(1);
    await kitchen.run({ runtime: { parallelism: 2 } });
    expect(kitchen.feed.requests.map(({ parallelism }) => parallelism)).toEqual([1, 2]);
    expect(kitchen.ids().sort((a, b) => a - b)).toEqual([...ids(1, 5), ...ids(11, 15)]);
  });
});

describe('a destination that keeps no head', () => {
  it('is read on for from the mirror, at least once', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    kitchen.declared = { modes: { append: 'at_least_once' } };
    const first = await kitchen.run();
    expect(first.report.streams[0]?.guarantee).toBe('at_least_once');
    kitchen.store.heads.clear();
    kitchen.feed.partitions[0]!.push(...rows(4, 5));
    expect((await kitchen.run()).error).toBeUndefined();
    expect(kitchen.ids()).toEqual(ids(1, 5));
  });
});

describe('a head that cannot be read', () => {
  it('is an error that says so, and stays untouched', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    await kitchen.run();
    kitchen.store.head().state = { version: 2 };
    const { report } = await kitchen.run();
    expect(report).toMatchObject({
      exit_code: 1,
      error: { code: 'DATA', hint: expect.stringContaining('upgrade') },
    });
    expect(kitchen.store.head().state).toEqual({ version: 2 });
  });
});
