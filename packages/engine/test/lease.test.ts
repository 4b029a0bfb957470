import { DatacookError, type Json } from '@datacook/core';
import { processIdentity } from '@datacook/toolkit';
import { describe, expect, it } from 'vitest';
import { Lease, leaseKey, readLease } from '../src/lease.js';
import { MemoryState } from './support/memory-state.js';

const never = new AbortController().signal;

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
    const lease = await Lease.acquire(state, 'r', 'run-1', 60_000);
    expect((await readLease(state, 'r'))?.run_id).toBe('run-1');
    await lease.renew(never);
    await lease.release();
    expect(await readLease(state, 'r')).toBeUndefined();
  });

  it('is refused while its holder lives, and names it', async () => {
    const state = new MemoryState();
    state.records.set(leaseKey('r'), held({}));
    await expect(Lease.acquire(state, 'r', 'run-1', 60_000)).rejects.toThrow(
      `r is being run by other (host ${processIdentity().host}, process ${process.pid}`,
    );
  });

  it('is refused for a holder on another host, until its time is over', async () => {
    const state = new MemoryState();
    const elsewhere = { process: { ...processIdentity(), host: 'elsewhere' } };
    state.records.set(leaseKey('r'), held(elsewhere));
    await expect(Lease.acquire(state, 'r', 'run-1', 60_000)).rejects.toThrow('host elsewhere');
    state.records.set(leaseKey('r'), held({ ...elsewhere, expires_ms: Date.now() - 1 }));
    await Lease.acquire(state, 'r', 'run-1', 60_000);
  });

  it('is lost when another run has taken it', async () => {
    const state = new MemoryState();
    const lease = await Lease.acquire(state, 'r', 'run-1', 60_000);
    state.records.set(leaseKey('r'), held({}));
    await expect(lease.renew(never)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('is renewed again and again while the backend is down, until it ends', async () => {
    const state = new MemoryState();
    const lease = await Lease.acquire(state, 'r', 'run-1', 1200);
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
    await expect(Lease.acquire(state, 'r', 'run-1', 60_000)).rejects.toMatchObject({ code: 'DATA' });
    expect(state.records.get(leaseKey('r'))?.version).toBe(5);
  });
});
