import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ProcessIdentity, processIdentity } from '@datacook/toolkit';
import { describe, expect, test } from 'vitest';
import { FileLock } from '../src/file-lock.js';
import { ABANDONED_MS, holderToText } from '../src/holder.js';
import { temporaryFolder } from './folder.js';

const HERE = processIdentity();
/** Of an earlier boot. */
const DEAD = { ...HERE, boot: 'earlier', started: '1' };
const STRANGER = { ...HERE, host: 'elsewhere' };

function base(): string {
  return join(temporaryFolder(), 'orders');
}

function names(path: string): string[] {
  return readdirSync(join(path, '..')).sort();
}

function leave(path: string, nonce: string, identity: ProcessIdentity = DEAD): void {
  writeFileSync(path, holderToText(nonce, identity));
}

function age(path: string): void {
  const then = Date.now() / 1000 - ABANDONED_MS / 1000 - 60;
  utimesSync(path, then, then);
}

describe('FileLock', () => {
  test('is held by one, and leaves nothing behind', async () => {
    const path = base();
    const lock = await FileLock.acquire(path, 'one', HERE, 0);
    expect(names(path)).toEqual(['orders.lock']);
    await expect(FileLock.acquire(path, 'two', HERE, 5)).rejects.toMatchObject({
      code: 'CONNECTION',
      retry: true,
      message: expect.stringContaining(`locked by process ${process.pid} on ${HERE.host}`),
      hint: expect.stringContaining(`delete ${path}.lock`),
    });
    expect(names(path)).toEqual(['orders.lock']);
    await lock.release();
    expect(names(path)).toEqual([]);
  });

  test('is got by who waits, when it is released', async () => {
    const path = base();
    const first = await FileLock.acquire(path, 'one', HERE, 0);
    const second = FileLock.acquire(path, 'two', HERE, 10_000);
    await first.release();
    expect(await (await second).isHeld()).toBe(true);
  });

  test('is inherited from a dead holder, and from a dead heir', async () => {
    const path = base();
    leave(`${path}.lock`, 'dead');
    leave(`${path}.dead.lock`, 'heir');
    const lock = await FileLock.acquire(path, 'living', HERE, 0);
    expect(lock.inherited).toEqual(['dead', 'heir']);
    expect(await lock.isHeld()).toBe(true);
    await expect(FileLock.acquire(path, 'late', HERE, 5)).rejects.toThrow(`process ${process.pid}`);
    await lock.release();
    expect(names(path)).toEqual([]);
  });

  test('goes to one heir only, however many there are', async () => {
    const path = base();
    for (let round = 0; round < 20; round++) {
      leave(`${path}.lock`, `dead${round}`);
      let holders = 0;
      const heirs = Array.from({ length: 8 }, async (_, index) => {
        const lock = await FileLock.acquire(path, `heir${round}-${index}`, HERE, 20_000);
        expect(++holders).toBe(1);
        expect(await lock.isHeld()).toBe(true);
        holders--;
        await lock.release();
      });
      await Promise.all(heirs);
      expect(names(path)).toEqual([]);
    }
  });

  test('waits for a holder of whom nothing is known, and inherits only after a long time', async () => {
    const path = base();
    leave(`${path}.lock`, 'stranger', STRANGER);
    await expect(FileLock.acquire(path, 'one', HERE, 5)).rejects.toThrow(/process \d+ on elsewhere/);
    age(`${path}.lock`);
    const lock = await FileLock.acquire(path, 'one', HERE, 0);
    expect(lock.inherited).toEqual(['stranger']);
    await lock.release();
  });

  test('never inherits from a living process, however long it has stood still', async () => {
    const path = base();
    leave(`${path}.lock`, 'sleeper', HERE);
    age(`${path}.lock`);
    await expect(FileLock.acquire(path, 'one', HERE, 5)).rejects.toMatchObject({ code: 'CONNECTION' });
  });

  test.each(['', '{', 'null', '{"nonce":"../../x","process":{}}', '{"nonce":"x"}'])(
    'treats a torn lock file like an unknown holder: %j',
    async (text) => {
      const path = base();
      writeFileSync(`${path}.lock`, text);
      await expect(FileLock.acquire(path, 'one', HERE, 5)).rejects.toThrow('an unknown process');
      age(`${path}.lock`);
      await (await FileLock.acquire(path, 'one', HERE, 0)).release();
      expect(names(path)).toEqual([]);
    },
  );

  test('tells a sleeper who was inherited from that it lost, and his release harms nobody', async () => {
    const path = base();
    const sleeper = await FileLock.acquire(path, 'sleeper', STRANGER, 0);
    age(`${path}.lock`);
    const heir = await FileLock.acquire(path, 'heir', HERE, 0);
    expect(await sleeper.isHeld()).toBe(false);
    await sleeper.release();
    expect(await heir.isHeld()).toBe(true);
    await heir.release();
    expect(names(path)).toEqual([]);
    const next = await FileLock.acquire(path, 'next', HERE, 0);
    expect(await sleeper.isHeld()).toBe(false);
    await sleeper.release();
    expect(await next.isHeld()).toBe(true);
  });
});
