import { DatacookError, type Retry } from '@datacook/core';
import { describe, expect, it } from 'vitest';
import { backoffMs, retry, sleep } from '../src/index.js';

const failing = (again: Retry) => new DatacookError('CONNECTION', 'gone', { retry: again });

function setup(maxRetries = 3) {
  const waits: number[] = [];
  const controller = new AbortController();
  const options = {
    maxRetries,
    initialMs: 100,
    maxMs: 350,
    signal: controller.signal,
    random: () => 0.5,
    sleep: async (ms: number) => {
      waits.push(ms);
    },
  };
  return { waits, controller, options };
}

describe('retry', () => {
  it('tries again with growing waits, and gives the result', async () => {
    const { waits, options } = setup();
    const attempts: number[] = [];
    const told: [number, number][] = [];
    const action = async (attempt: number) => {
      attempts.push(attempt);
      if (attempt < 4) throw failing(true);
      return 'done';
    };
    const onRetry = (_: DatacookError, attempt: number, waitMs: number) => told.push([attempt, waitMs]);
    expect(await retry(action, { ...options, onRetry })).toBe('done');
    expect(attempts).toEqual([1, 2, 3, 4]);
    expect(waits).toEqual([50, 100, 175]);
    expect(told).toEqual([
      [1, 50],
      [2, 100],
      [3, 175],
    ]);
  });

  it('gives up after the last retry, with the last error', async () => {
    const { waits, options } = setup(2);
    let count = 0;
    const action = async () => {
      throw new DatacookError('RATE_LIMIT', `no ${++count}`, { retry: true });
    };
    await expect(retry(action, options)).rejects.toThrow('no 3');
    expect(waits.length).toBe(2);
  });

  it('waits at least as long as the system asks for', async () => {
    const { waits, options } = setup(2);
    const action = async (attempt: number) => {
      if (attempt === 1) throw failing({ afterMs: 5000 });
      if (attempt === 2) throw failing({ afterMs: 1 });
    };
    await retry(action, options);
    expect(waits).toEqual([5000, 100]);
  });

  it('does not try again what is not to be tried again', async () => {
    for (const error of [failing(false), new Error('plain'), new DatacookError('DATA', 'bad')]) {
      const { waits, options } = setup();
      await expect(retry(() => Promise.reject(error), options)).rejects.toBe(error);
      expect(waits).toEqual([]);
    }
  });

  it('stops when the signal is aborted: before, between, and while waiting', async () => {
    const before = setup();
    before.controller.abort();
    let called = false;
    const never = async () => {
      called = true;
    };
    await expect(retry(never, before.options)).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(called).toBe(false);

    const between = setup();
    const action = async () => {
      between.controller.abort();
      throw failing(true);
    };
    await expect(retry(action, between.options)).rejects.toThrow('gone');

    const { controller, options } = setup();
    const waiting = retry(() => Promise.reject(failing({ afterMs: 3_600_000 })), {
      ...options,
      sleep,
      onRetry: () => queueMicrotask(() => controller.abort()),
    });
    await expect(waiting).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('backoffMs', () => {
  it('is a random part of a limit that doubles up to the greatest', () => {
    const limits = { initialMs: 100, maxMs: 1000 };
    expect([1, 2, 3, 4, 5, 2000].map((attempt) => backoffMs(attempt, limits, () => 0.999999))).toEqual([
      99, 199, 399, 799, 999, 999,
    ]);
    expect(backoffMs(5, limits, () => 0)).toBe(0);
  });
});

describe('sleep', () => {
  it('throws the reason of an abort if that is one of ours', async () => {
    const reason = new DatacookError('CANCELLED', 'Ctrl-C');
    await expect(sleep(1000, AbortSignal.abort(reason))).rejects.toBe(reason);
    await expect(sleep(0, AbortSignal.abort())).rejects.toMatchObject({ code: 'CANCELLED' });
    await sleep(0);
  });
});
