import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '@datacook/testkit';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SqlStateBackend } from '../src/sql-state-backend.js';
import { query, temporaryDatabase } from './place.js';
import { startTlsServer } from './tls-server.js';

describe('SqlStateBackend, on a server of its own,', () => {
  test('lets one of 50 connections win, says that the server is down, and goes on when it is back', async () => {
    const server = await startPostgres();
    onTestFinished(() => server.stop('immediate'));
    const backends = Array.from({ length: 50 }, () => new SqlStateBackend(server.url));
    const results = await Promise.allSettled(
      backends.map((backend, index) => backend.save('orders', index, undefined)),
    );
    const won = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(won).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'CONFLICT' });
    }
    const backend = backends[0]!;
    const version = await backend.save('orders', 'durable', won[0]);
    // A crash: what was not on disk is gone.
    await server.stop('immediate');
    for (const attempt of [
      () => backend.load('orders'),
      () => backend.save('orders', 'never', version),
      () => backend.delete('orders', version),
    ]) {
      await expect(attempt()).rejects.toMatchObject({
        code: 'CONNECTION',
        retry: true,
        message: expect.stringContaining(`127.0.0.1:${server.port}/postgres`),
      });
    }
    await server.start();
    expect(await backend.load('orders')).toEqual({ value: 'durable', version });
    await backend.delete('orders', version);
  });

  test('is there for all who make its schema and table at the same moment', async () => {
    const server = await startPostgres();
    onTestFinished(() => server.stop('immediate'));
    for (let round = 0; round < 6; round++) {
      const backends = Array.from(
        { length: 12 },
        () => new SqlStateBackend(server.url, { schema: `kitchen ${round}` }),
      );
      // Connected first, so that all begin at once.
      await Promise.all(backends.map((backend) => backend.load('orders')));
      await Promise.all(backends.map((backend, index) => backend.save(`orders ${index}`, index, undefined)));
    }
  });

  test('is durable where the server is told not to wait for its disk', async () => {
    const server = await startPostgres({ settings: { synchronous_commit: 'off' } });
    onTestFinished(() => server.stop('immediate'));
    const backend = new SqlStateBackend(server.url);
    let version = await backend.save('orders', 0, undefined);
    for (let round = 1; round <= 2; round++) {
      version = await backend.save('orders', round, version);
      await server.stop('immediate');
      await server.start();
      expect(await backend.load('orders')).toEqual({ value: round, version });
    }
  });
});

describe('SqlStateBackend, idle,', () => {
  test.each([
    ['plain', 'disable'],
    ['encrypted', 'require'],
  ])('keeps no process alive by its %s connection', async (_, sslmode) => {
    const { url } = await temporaryDatabase();
    const server = await startTlsServer(url, true);
    const program = fileURLToPath(new URL('children/save-twice.mjs', import.meta.url));
    // The bound lies below the time after which an idle connection would be closed anyway.
    const child = spawn(process.execPath, [program, server.through('127.0.0.1', { sslmode })], {
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 20_000,
    });
    const output: Buffer[] = [];
    child.stdout.on('data', (data: Buffer) => output.push(data));
    expect(await once(child, 'close')).toEqual([0, null]);
    expect(Buffer.concat(output).toString()).toBe('saved\n');
    expect(await query(url, 'select key, value, format from _datacook_state')).toEqual([
      { key: 'orders', value: '2', format: 1 },
    ]);
  });
});
