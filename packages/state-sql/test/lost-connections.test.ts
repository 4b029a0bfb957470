import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type CutKind, drawCutPoints, startFaultProxy } from '@datacook/testkit';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SqlStateBackend } from '../src/sql-state-backend.js';
import { query, temporaryDatabase } from './place.js';

const CUTS = 60;
const KINDS: readonly CutKind[] = ['reset', 'close'];

async function proxied() {
  const { url } = await temporaryDatabase();
  const proxy = await startFaultProxy({ host: new URL(url).hostname, port: Number(new URL(url).port) });
  onTestFinished(() => proxy.close());
  // One connection, not one for each way that sslmode=prefer tries.
  return { database: url, proxy, url: `${proxy.through(url)}?sslmode=disable` };
}

/** Ends the sessions of state in a database; how many there were. */
async function endSessions(url: string): Promise<number> {
  const ended = await query(
    url,
    `select pg_terminate_backend(pid, 5000) from pg_stat_activity
      where datname = current_database() and application_name = 'datacook state'`,
  );
  return ended.length;
}

/** Saves, saves again, deletes; what each returned. */
async function work(backend: SqlStateBackend, key: string): Promise<readonly unknown[]> {
  const first = await backend.save(key, { step: 1 }, undefined);
  const second = await backend.save(key, { step: 2 }, first);
  const found = await backend.load(key);
  expect(found).toEqual({ value: { step: 2 }, version: second });
  await backend.delete(key, second);
  return [first, second];
}

describe('SqlStateBackend, where connections are lost', () => {
  test('does once what it was told to, and says so, wherever the connection is cut', async () => {
    const { database, proxy, url } = await proxied();
    await work(new SqlStateBackend(url), 'makes the table');
    proxy.restart();
    await work(new SqlStateBackend(url), 'whole');
    const traffic = proxy.traffic();
    expect(traffic).toHaveLength(1);
    let refusals = 0;
    const points = drawCutPoints(traffic, { seed: 8, count: CUTS }, KINDS);
    for (const [index, cut] of points.entries()) {
      proxy.restart((connection) => (connection === 1 ? { cut } : {}));
      const backend = new SqlStateBackend(url);
      const key = `orders ${index}`;
      // Cut while it connects: nothing was sent, and that is said.
      await backend.load(key).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'CONNECTION', retry: true });
        refusals += 1;
      });
      await work(backend, key);
      expect(proxy.cuts()).toBe(1);
      expect(await backend.load(key)).toBeUndefined();
      await endSessions(database);
    }
    expect(refusals).toBeGreaterThan(2);
    expect(refusals).toBeLessThan(CUTS / 2);
  });

  test('connects again when the server has ended an idle session', async () => {
    const { url } = await temporaryDatabase();
    const backend = new SqlStateBackend(url);
    let version = await backend.save('orders', 0, undefined);
    for (let round = 1; round <= 3; round++) {
      expect(await endSessions(url)).toBe(1);
      version = await backend.save('orders', round, version);
    }
    expect(await backend.load('orders')).toEqual({ value: 3, version });
  });

  test('gives up a server that has fallen silent', async () => {
    const server = createServer(() => undefined);
    server.listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const backend = new SqlStateBackend(`postgres://ann:secret@127.0.0.1:${port}/app`, {
      connectTimeout: '200ms',
    });
    await expect(backend.save('orders', 1, undefined)).rejects.toMatchObject({
      code: 'CONNECTION',
      retry: true,
      message: `The database of the state, 127.0.0.1:${port}/app, can't be connected to: it doesn't answer`,
    });
  });
});
