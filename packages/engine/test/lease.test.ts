import { DatacookError, type Json } from '@datacook/core';
import { processIdentity } from '@datacook/toolkit';
import { describe, expect, it } from 'vitest';
import { acquireLease, type IfLocked } from '../src/acquire-lease.js';
import type { Lease } from '../src/lease.js';
import { leaseKey, readLease } from '../src/lease-record.js';
import { Stop } from '../src/stop.js';
import { MemoryState } from './support/memory-state.js';

const never = new AbortController().signal;

function ask(state: MemoryState, ifLocked: IfLocked, durationMs = 60_000, stop = new Stop()) {
  const asked = { key: 'r', durationMs, runId: 'run-1', ifLocked, onHeld: () => undefined };
  return acquireLease(state, asked, stop);
}

async function acquire(state: MemoryState, durationMs?: number): Promise<Lease> {
  return (await ask(state, 'fail', durationMs)) as Lease;
}

function held(changes: object): { value: Json; version: number } {
  const record = {
    version: 1,
    run_id: 'other',
    process: processIdentity(),
    acquired_at: '2026-01-01T00:00:00.000Z',
    expires_ms: Date.now() + 60_000,
    ...changes,
  };
  return { value: record as unknown as Json, version: 99 };
}

describe('a lease', () => {
  it('is taken, renewed and given back', async () => {
    const state = new MemoryState();
    const lease = await acquire(state);
    expect((await readLease(state, 'r'))?.run_id).toBe('run-1');
    await lease.renew(never);
    await lease.release();
    expect(await readLease(state, 'r')).toBeUndefined();
  });

  it('is refused while its holder lives, and names it', async () => {
    const state = new MemoryState();
    state.records.set(leaseKey('r'), held({}));
    await expect(acquire(state)).rejects.toThrow(
      `r is being run by other (host ${processIdentity().host}, process ${process.pid}`,
    );
  });

  it('is refused for a holder on another host, until its time is over', async () => {
    const state = new MemoryState();
    const elsewhere = { process: { ...processIdentity(), host: 'elsewhere' } };
    state.records.set(leaseKey('r'), held(elsewhere));
    await expect(acquire(state)).rejects.toThrow('host elsewhere');
    state.records.set(leaseKey('r'), held({ ...elsewhere, expires_ms: Date.now() - 1 }));
    await acquire(state);
  });

  it('is lost when another run has taken it', async () => {
    const state = new MemoryState();
    const lease = await acquire(state);
    state.records.set(leaseKey('r'), held({}));
    await expect(lease.renew(never)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('is renewed again and again while the backend is down, until it ends', async () => {
    const state = new MemoryState();
    const lease = await acquire(state, 1200);
    let tries = 0;
    state.fault = () => {
      tries += 1;
      throw new DatacookError('CONNECTION', 'state is down');
    };
    await expect(lease.renew(never)).rejects.toThrow('state is down');
    expect(tries).toBeGreaterThan(1);
  });

  it('of a newer version is an error, and stays untouched', async () => {
    const state = new MemoryState();
    state.records.set(leaseKey('r'), { value: { version: 2 }, version: 5 });
    await expect(acquire(state)).rejects.toMatchObject({ code: 'DATA' });
    expect(state.records.get(leaseKey('r'))?.version).toBe(5);
  });

  it('that others take and give back at the same moment is tried again', async () => {
    const state = new MemoryState();
    let saves = 0;
    state.fault = () => {
      saves += 1;
      if (saves > 2) return;
      throw new DatacookError('CONFLICT', 'somebody was faster');
    };
    await acquire(state);
    expect(saves).toBe(3);
  });
});

describe('a lease that another run holds', () => {
  it('is left alone under skip', async () => {
    const state = new MemoryState();
    state.records.set(leaseKey('r'), held({}));
    expect(await ask(state, 'skip')).toBeUndefined();
    expect((await readLease(state, 'r'))?.run_id).toBe('other');
  });

  it('is waited for under wait, also while the backend is down for a moment', async () => {
    const state = new MemoryState();
    state.records.set(leaseKey('r'), held({}));
    let loads = 0;
    const load = state.load.bind(state);
    state.load = async (key) => {
      loads += 1;
      if (loads === 2) throw new DatacookError('CONNECTION', 'state is down');
      if (loads === 3) state.records.delete(leaseKey('r'));
      return load(key);
    };
    const lease = (await ask(state, 'wait')) as Lease;
    expect(loads).toBe(3);
    expect((await readLease(state, 'r'))?.run_id).toBe('run-1');
    await lease.release();
  });

  it('is waited for no longer than a lease lasts while the backend is down', async () => {
    const state = new MemoryState();
    state.records.set(leaseKey('r'), held({}));
    const load = state.load.bind(state);
    let loads = 0;
    state.load = async (key) => {
      loads += 1;
      if (loads > 1) throw new DatacookError('CONNECTION', 'state is down');
      return load(key);
    };
    await expect(ask(state, 'wait', 200)).rejects.toThrow('state is down');
    expect(loads).toBeGreaterThan(2);
  });

  it.each(['soon', 'now'] as const)('is waited for until the run is asked to stop %s', async (how) => {
    const state = new MemoryState();
    state.records.set(leaseKey('r'), held({}));
    const stop = new Stop();
    const asked = { key: 'r', durationMs: 60_000, runId: 'run-1', ifLocked: 'wait' as const };
    const reason = new DatacookError('CANCELLED', 'enough');
    await expect(acquireLease(state, { ...asked, onHeld: () => stop[how](reason) }, stop)).rejects.toBe(
      reason,
    );
    expect((await readLease(state, 'r'))?.run_id).toBe('other');
  });

  it('that comes when the run has been stopped is given back', async () => {
    const state = new MemoryState();
    const stop = new Stop();
    const save = state.save.bind(state);
    let answer = () => {};
    state.save = async (...given) => {
      const version = await save(...given);
      stop.now(new DatacookError('CANCELLED', 'enough'));
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      return version;
    };
    await expect(ask(state, 'wait', 60_000, stop)).rejects.toThrow('enough');
    answer();
    await expect.poll(() => state.records.size).toBe(0);
  });
});
