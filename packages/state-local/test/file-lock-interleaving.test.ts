import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ProcessIdentity, processIdentity } from '@datacook/toolkit';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { FileLock } from '../src/file-lock.js';
import { holderToText } from '../src/holder.js';

/**
 * Clients that share one process here and stand for processes of their own: each call that touches the file system
 * waits for its turn, which a scheduler gives, and a client dies by never getting its turn again.
 */
interface Client {
  readonly pid: number;
  turn(): Promise<void>;
}

const world = vi.hoisted(() => ({
  client: undefined as unknown,
  dead: new Set<number>(),
}));
const clients = new AsyncLocalStorage<Client>();
world.client = clients;

vi.mock('node:fs/promises', async (original) => {
  const real = await original<Record<string, unknown>>();
  const wrapped: Record<string, unknown> = { ...real };
  for (const name of ['link', 'readFile', 'stat', 'unlink', 'open']) {
    const run = real[name] as (...parameters: unknown[]) => Promise<unknown>;
    wrapped[name] = async (...parameters: unknown[]) => {
      await (world.client as AsyncLocalStorage<Client>).getStore()?.turn();
      return run(...parameters);
    };
  }
  return wrapped;
});
vi.mock('node:timers/promises', () => ({
  setTimeout: () => (world.client as AsyncLocalStorage<Client>).getStore()?.turn(),
}));
vi.mock('@datacook/toolkit', async (original) => ({
  ...(await original<Record<string, unknown>>()),
  isProcessAlive: ({ pid }: ProcessIdentity) => !world.dead.has(pid),
}));

const HERE = processIdentity();
const DEAD_PID = 1_000_000;

/** How many turns each client gets before it dies; undefined: it lives. */
const fates = fc.array(fc.option(fc.integer({ min: 1, max: 25 }), { nil: undefined }), {
  minLength: 2,
  maxLength: 5,
});

describe('FileLock, with the calls of several processes in any order and some of them killed', () => {
  test('is never held by two, and everybody who lives gets it', async () => {
    let deaths = 0;
    let inheritances = 0;
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fates, fc.nat(3), async (scheduler, lives, deadChain) => {
        const folder = mkdtempSync(join(tmpdir(), 'datacook-lock-'));
        const base = join(folder, 'orders');
        world.dead.clear();
        world.dead.add(DEAD_PID);
        for (let depth = 0; depth < deadChain; depth++) {
          const path = depth === 0 ? `${base}.lock` : `${base}.dead${depth - 1}.lock`;
          writeFileSync(path, holderToText(`dead${depth}`, { ...HERE, pid: DEAD_PID }));
        }
        const holding = new Set<number>();
        let served = 0;

        async function live(pid: number): Promise<void> {
          const lock = await FileLock.acquire(base, `nonce${pid}`, { ...HERE, pid }, 60_000);
          for (const holder of holding) expect(world.dead).toContain(holder);
          holding.add(pid);
          if (lock.inherited.length > 0) inheritances++;
          expect(await lock.isHeld()).toBe(true);
          expect([...holding].filter((holder) => !world.dead.has(holder))).toEqual([pid]);
          holding.delete(pid);
          await lock.release();
          served++;
        }

        const ends = lives.map((turns, pid) => {
          let left = turns ?? Number.POSITIVE_INFINITY;
          return new Promise<void>((resolve, reject) => {
            const client: Client = {
              pid,
              async turn() {
                await scheduler.schedule(Promise.resolve());
                if (left-- > 0) return;
                world.dead.add(pid);
                deaths++;
                resolve();
                await new Promise(() => undefined);
              },
            };
            clients.run(client, () => live(pid).then(resolve, reject));
          });
        });
        await scheduler.waitFor(Promise.all(ends));
        expect(served + world.dead.size - 1).toBe(lives.length);
        const locks = readdirSync(folder).filter((name) => name.endsWith('.lock'));
        if (world.dead.size === 1) expect(locks).toEqual([]);
        rmSync(folder, { recursive: true });
      }),
      { seed: 8, numRuns: 400 },
    );
    expect(deaths).toBeGreaterThan(100);
    expect(inheritances).toBeGreaterThan(100);
  });
});
