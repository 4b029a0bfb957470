import { DatacookError, type Json } from '@datacook/core';
import { processIdentity } from '@datacook/toolkit';
import { describe, expect, it } from 'vitest';
import type { StateChangeReport } from '../src/index.js';
import { Kitchen, rows } from './support/kitchen.js';

const merge = { destination: { write_mode: 'merge', merge_keys: ['id'] } };
const CURSOR = { source: { incremental: { strategy: 'cursor', cursor_column: 'id' } } };
const ids = (from: number, to: number) => rows(from, to).map(({ id }) => id);
const cut = () => {
  throw new DatacookError('DATA', 'cut short');
};

describe('a state that is reset', () => {
  it('lets the next run load everything again, in the head and in the state backend', async () => {
    const kitchen = new Kitchen(rows(1, 4));
    await kitchen.run();
    const report = await kitchen.change({ action: 'reset' });
    expect(report).toMatchObject({
      version: 1,
      recipe: 'kitchen',
      stream: 'kitchen',
      range: null,
      action: 'reset',
      changed: true,
      position: { before: { counts: [4] }, after: null },
      given_up: null,
      warnings: [],
    });
    expect(report.next_run).toContain('loads everything again, and adds it');
    expect((await kitchen.readState()).streams[0]).toMatchObject({
      position: null,
      load: null,
      head: { version: kitchen.store.head().version, action: 'reset', run_id: report.backup },
    });
    expect(kitchen.state.records.has('leases/kitchen')).toBe(false);
    const after = await kitchen.run();
    expect(after.report).toMatchObject({ error: null, warnings: [] });
    expect(kitchen.ids()).toEqual([...ids(1, 4), ...ids(1, 4)]);
  });

  it('trap 17, is not undone by a destination that remembers, though the state backend is lost', async () => {
    const kitchen = new Kitchen(rows(1, 4));
    await kitchen.run(merge);
    await kitchen.change({ action: 'reset' }, merge);
    kitchen.state.records.clear();
    const { report } = await kitchen.run(merge);
    expect(report.streams[0]?.rows.written).toBe(4);
    expect(kitchen.ids()).toEqual(ids(1, 4));
  });

  it('trap 17, is not undone by a run that holds an older claim', async () => {
    const kitchen = new Kitchen(rows(1, 8));
    kitchen.feed.fault = async (_partition, row) => {
      if (row !== 4) return;
      kitchen.feed.fault = () => undefined;
      kitchen.state.records.delete('leases/kitchen');
      await kitchen.change({ action: 'reset' }, merge);
    };
    const { report } = await kitchen.run(merge);
    expect(report).toMatchObject({ exit_code: 1, error: { code: 'CONFLICT' } });
    expect((await kitchen.readState()).streams[0]).toMatchObject({ position: null, load: null });
    await kitchen.run(merge);
    expect(kitchen.ids()).toEqual(ids(1, 8));
  });

  it.each(['append', 'merge', 'replace'])('gives up the load under way: %s', async (mode) => {
    const kitchen = new Kitchen(rows(1, 9));
    const recipe = { destination: { write_mode: mode, merge_keys: ['id'] } };
    kitchen.feed.fault = (_partition, row) => (row === 5 ? cut() : undefined);
    await kitchen.run(recipe);
    kitchen.feed.fault = () => undefined;
    const report = await kitchen.change({ action: 'reset' }, recipe);
    expect(report.given_up).toMatchObject({ mode, rows_written: 4 });
    const { report: after } = await kitchen.run(recipe);
    expect(after).toMatchObject({ error: null, streams: [{ load: { resumed: false } }] });
    expect(kitchen.ids()).toEqual(mode === 'append' ? [...ids(1, 4), ...ids(1, 9)] : ids(1, 9));
    expect(kitchen.store.staging.size).toBe(0);
  });

  it('is the way on where the recipe reads or writes something else, or the table has gone', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    await kitchen.run();
    const other = { destination: { table: 'others' } };
    const { error } = await kitchen.run(other);
    expect(error?.hint).toContain('state reset');
    await kitchen.change({ action: 'reset' }, other);
    expect((await kitchen.run(other)).error).toBeUndefined();
    expect(kitchen.ids('others')).toEqual([1, 2, 3]);
    kitchen.store.tables.delete('others');
    expect((await kitchen.run(other)).error?.hint).toContain('state reset');
    await kitchen.change({ action: 'reset' }, other);
    await kitchen.run(other);
    expect(kitchen.ids('others')).toEqual([1, 2, 3]);
  });

  it('is the way on where the head has gone as well', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    await kitchen.run();
    kitchen.store.heads.clear();
    kitchen.store.tables.clear();
    expect((await kitchen.run()).error?.hint).toContain('state reset');
    const { position } = await kitchen.change({ action: 'reset' });
    expect(position.before).toEqual({ counts: [3] });
    await kitchen.run();
    expect(kitchen.ids()).toEqual([1, 2, 3]);
  });

  it('lets a backfill be done again, and touches nothing else', async () => {
    const kitchen = new Kitchen(rows(1, 5));
    const range = { from: '2', to: '4' };
    await kitchen.run(CURSOR);
    await kitchen.run(CURSOR, { range });
    const before = await kitchen.readState();
    const report = await kitchen.change({ action: 'reset', range }, CURSOR);
    expect(report).toMatchObject({ range, changed: true });
    expect((await kitchen.readState()).streams).toEqual(before.streams);
    expect((await kitchen.run(CURSOR, { range })).report.streams[0]?.rows.written).toBe(2);
    expect(kitchen.ids()).toEqual([1, 2, 3, 4, 5, 2, 3, 2, 3]);
  });

  it('is refused while a run of the recipe is under way', async () => {
    const kitchen = new Kitchen(rows(1, 4));
    let refusal: unknown;
    kitchen.feed.fault = async (_partition, row) => {
      if (row === 2) refusal = await kitchen.change({ action: 'reset' }).catch((error: unknown) => error);
    };
    expect((await kitchen.run()).error).toBeUndefined();
    expect(refusal).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('is being run by') });
  });

  it('waits for a yes, and is not done if something has moved on meanwhile', async () => {
    const kitchen = new Kitchen(rows(1, 2));
    await kitchen.run();
    const shown: StateChangeReport[] = [];
    const no = await kitchen.change(
      { action: 'reset' },
      {},
      { confirm: async (report) => !shown.push(report) },
    );
    expect(no).toMatchObject({ changed: false, backup: null });
    expect(shown).toEqual([no]);
    expect((await kitchen.readState()).streams[0]?.position).toEqual({ counts: [2] });
    const confirm = async () => {
      kitchen.feed.partitions[0]!.push(...rows(3, 3));
      await kitchen.run();
      return true;
    };
    await expect(kitchen.change({ action: 'reset' }, {}, { confirm })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    expect((await kitchen.readState()).streams[0]?.position).toEqual({ counts: [3] });
  });

  it.each(['claim', 'commit'])('can be done again when it failed at the %s', async (effect) => {
    const kitchen = new Kitchen(rows(1, 3));
    await kitchen.run(merge);
    kitchen.store.fault = (name) => (name === effect ? 'lose' : undefined);
    await expect(kitchen.change({ action: 'reset' }, merge)).rejects.toMatchObject({ code: 'CONNECTION' });
    kitchen.store.fault = () => undefined;
    await kitchen.change({ action: 'reset' }, merge);
    expect((await kitchen.run(merge)).report.streams[0]?.rows.written).toBe(3);
  });

  it('stops when it is asked to', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    await expect(
      kitchen.change({ action: 'reset' }, {}, { signal: AbortSignal.abort() }),
    ).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(kitchen.store.heads.size).toBe(0);
  });
});

describe('a state that is set', () => {
  it('lets the next run read on from there', async () => {
    const kitchen = new Kitchen(rows(1, 6));
    const report = await kitchen.change({ action: 'set', position: { counts: [4] } });
    expect(report).toMatchObject({ position: { before: null, after: { counts: [4] } }, backup: null });
    const { error } = await kitchen.run();
    expect(error).toBeUndefined();
    expect(kitchen.ids()).toEqual([5, 6]);
  });

  it('still notices later that the table has gone', async () => {
    const kitchen = new Kitchen(rows(1, 6));
    await kitchen.run();
    await kitchen.change({ action: 'set', position: { counts: [4] } });
    kitchen.store.tables.clear();
    expect((await kitchen.run()).error).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is refused, with the present one as a template, if the source can not read on from it', async () => {
    const kitchen = new Kitchen(rows(1, 6));
    await kitchen.run();
    kitchen.feed.planFault = (request) => {
      if (request.position === 'nonsense') throw new DatacookError('STALE_POSITION', 'no such place');
    };
    const refused = kitchen.change({ action: 'set', position: 'nonsense' });
    await expect(refused).rejects.toMatchObject({
      code: 'STALE_POSITION',
      message: `the source can't read on from "nonsense": no such place`,
      hint: expect.stringContaining('the present one is {"counts":[6]}'),
    });
    expect((await kitchen.readState()).streams[0]?.position).toEqual({ counts: [6] });
    await kitchen.change({ action: 'set', position: 'nonsense', check: false });
    expect((await kitchen.readState()).streams[0]?.position).toBe('nonsense');
  });

  it('lets a merge go on under other keys', async () => {
    const kitchen = new Kitchen(rows(1, 3));
    await kitchen.run(merge);
    const byName = { destination: { write_mode: 'merge', merge_keys: ['name'] } };
    expect((await kitchen.run(byName)).error?.hint).toContain('state set');
    await kitchen.change({ action: 'set', position: { counts: [3] } }, byName);
    expect((await kitchen.run(byName)).error).toBeUndefined();
    kitchen.feed.schema = { ...kitchen.feed.schema!, primaryKey: ['name'] };
    expect((await kitchen.run({ destination: { write_mode: 'merge' } })).error).toBeUndefined();
  });
});

describe('a change that is undone', () => {
  it('is as if it had not been, with the load that was under way', async () => {
    const kitchen = new Kitchen(rows(1, 9));
    kitchen.feed.fault = (_partition, row) => (row === 5 ? cut() : undefined);
    await kitchen.run(merge);
    kitchen.feed.fault = () => undefined;
    const { backup } = await kitchen.change({ action: 'reset' }, merge);
    const undone = await kitchen.change({ action: 'restore', backup: backup! }, merge);
    expect(undone).toMatchObject({ changed: true, given_up: null });
    const { report } = await kitchen.run(merge);
    expect(report.streams[0]).toMatchObject({ load: { resumed: true }, rows: { written: 5 } });
    expect(kitchen.ids()).toEqual(ids(1, 9));
  });

  it('is refused when something was loaded since, and where there is no such backup', async () => {
    const kitchen = new Kitchen(rows(1, 2));
    await kitchen.run();
    const { backup } = await kitchen.change({ action: 'reset' });
    await expect(kitchen.change({ action: 'restore', backup: 'x' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      hint: `there are ${backup}`,
    });
    await kitchen.run();
    await expect(kitchen.change({ action: 'restore', backup: backup! })).rejects.toMatchObject({
      code: 'CONFLICT',
      hint: expect.stringContaining('{"counts":[2]}'),
    });
  });
});

describe('a lease that is broken on purpose', () => {
  const held = (changes: object): { value: Json; version: number } => {
    const record = {
      version: 1,
      run_id: 'other',
      process: { ...processIdentity(), host: 'elsewhere' },
      acquired_at: '2026-01-01T00:00:00.000Z',
      expires_ms: Date.now() + 3_600_000,
      ...changes,
    };
    return { value: record as unknown as Json, version: 99 };
  };

  it('is free, and its holder is named', async () => {
    const kitchen = new Kitchen(rows(1, 2));
    expect(await kitchen.unlock()).toMatchObject({ unlocked: false, holder: null });
    kitchen.state.records.set('leases/kitchen', held({}));
    expect((await kitchen.run()).error?.hint).toContain('state unlock');
    const report = await kitchen.unlock();
    expect(report).toMatchObject({ unlocked: true, alive: null, holder: { run_id: 'other' } });
    expect((await kitchen.run()).error).toBeUndefined();
  });

  it('is kept if its holder is alive on this host, unless it is forced; the run then ends by itself', async () => {
    const kitchen = new Kitchen(rows(1, 8));
    let refusal: unknown;
    let forced: unknown;
    kitchen.feed.fault = async (_partition, row) => {
      if (row !== 4) return;
      refusal = await kitchen.unlock().catch((error: unknown) => error);
      forced = await kitchen.unlock({ force: true });
    };
    const { error } = await kitchen.run();
    expect(refusal).toMatchObject({ code: 'CONFLICT', hint: expect.stringContaining('--force') });
    expect(forced).toMatchObject({ unlocked: true, alive: true });
    expect(error).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('lost its lease') });
    kitchen.feed.fault = () => undefined;
    await kitchen.run();
    expect(kitchen.ids()).toEqual(ids(1, 8));
  });

  it('is kept if nobody says yes, or if its holder has renewed it meanwhile', async () => {
    const kitchen = new Kitchen(rows(1, 2));
    kitchen.state.records.set('leases/kitchen', held({}));
    expect(await kitchen.unlock({ confirm: async () => false })).toMatchObject({ unlocked: false });
    const confirm = async () => {
      kitchen.state.records.set('leases/kitchen', { ...held({}), version: 100 });
      return true;
    };
    await expect(kitchen.unlock({ confirm })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(kitchen.state.records.has('leases/kitchen')).toBe(true);
  });

  it('can be one that cannot be read', async () => {
    const kitchen = new Kitchen(rows(1, 2));
    kitchen.state.records.set('leases/kitchen', { value: { version: 2 }, version: 1 });
    await expect(kitchen.unlock()).rejects.toMatchObject({ code: 'DATA' });
    expect(await kitchen.unlock({ force: true })).toMatchObject({ unlocked: true, holder: null });
  });
});

describe('a run whose recipe another run works on', () => {
  it.each([
    ['fail', 1, 'failed', 'CONFLICT'],
    ['skip', 0, 'skipped', undefined],
  ] as const)('under %s ends with %i', async (ifLocked, exit_code, status, code) => {
    const kitchen = new Kitchen(rows(1, 4));
    let second: Awaited<ReturnType<Kitchen['run']>> | undefined;
    kitchen.feed.fault = async (_partition, row) => {
      if (row === 2) second = await kitchen.run({}, { ifLocked });
    };
    const first = await kitchen.run();
    expect(first.report).toMatchObject({ status: 'succeeded', locked_by: null });
    expect(second?.error?.code).toBe(code);
    expect(second?.report).toMatchObject({
      status,
      exit_code,
      locked_by: {
        run_id: first.report.run_id,
        host: processIdentity().host,
        pid: process.pid,
        since: expect.any(String),
      },
    });
    expect(kitchen.ids()).toEqual(ids(1, 4));
  });

  it('under wait says for whom, once, and then loads what is left', async () => {
    const kitchen = new Kitchen(rows(1, 4));
    let second: ReturnType<Kitchen['run']> | undefined;
    kitchen.feed.fault = async (_partition, row) => {
      if (row !== 2 || second) return;
      await new Promise<void>((resolve) => {
        second = kitchen.run(
          {},
          {
            ifLocked: 'wait',
            onEvent: (event) => void (event.type === 'locked' && kitchen.events.push(event) && resolve()),
          },
        );
      });
    };
    const first = await kitchen.run();
    kitchen.feed.partitions[0]!.push(...rows(5, 6));
    const { report } = await second!;
    expect(report).toMatchObject({ status: 'succeeded', locked_by: { run_id: first.report.run_id } });
    expect(kitchen.events.filter(({ type }) => type === 'locked')).toMatchObject([
      { ifLocked: 'wait', lockedBy: { run_id: first.report.run_id } },
    ]);
    expect(kitchen.ids()).toEqual(ids(1, 6));
  });

  it('under wait ends when it is asked to, or takes longer than its timeout', async () => {
    const kitchen = new Kitchen(rows(1, 4));
    kitchen.feed.fault = async (_partition, row) => {
      if (row !== 2) return;
      kitchen.feed.fault = () => undefined;
      const asked = await kitchen.run({}, { ifLocked: 'wait', signal: AbortSignal.abort() });
      expect(asked.report).toMatchObject({ status: 'cancelled' });
      const late = await kitchen.run({ runtime: { timeout: '50ms' } }, { ifLocked: 'wait' });
      expect(late.error?.message).toContain('runtime.timeout');
    };
    expect((await kitchen.run()).error).toBeUndefined();
  });
});
