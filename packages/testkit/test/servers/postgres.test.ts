import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startPostgres, type TestPostgres } from '../../src/servers/postgres.js';
import { sharedPostgres } from '../../src/servers/shared-postgres.js';

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query({ text: sql, rowMode: 'array' });
    return rows.flat();
  } finally {
    await client.end();
  }
}

describe('startPostgres', () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startPostgres({ settings: { work_mem: '7MB', fsync: 'off' } });
  });
  afterAll(() => server.stop('immediate'));

  test('gives a server with the settings that tests count on, and those that are asked for', async () => {
    const names = [
      'max_connections',
      'max_prepared_transactions',
      'listen_addresses',
      'unix_socket_directories',
    ];
    const asked = [...names, 'work_mem', 'fsync', 'server_encoding', 'server_version_num'];
    const values = await ask(server.url, `select ${asked.map((name) => `current_setting('${name}')`)}`);
    expect(values).toEqual(['100', '10', '127.0.0.1', '', '7MB', 'off', 'UTF8', String(server.version)]);
    expect(await ask(server.url, 'select current_user, usesuper from pg_user')).toEqual(['postgres', true]);
  });

  test('asks for the password, by scram-sha-256', async () => {
    const wrong = new URL(server.url);
    wrong.password = 'wrong';
    await expect(ask(wrong.href, 'select 1')).rejects.toMatchObject({ code: '28P01' });
    expect(
      await ask(server.url, `select rolpassword ~ '^SCRAM-SHA-256' from pg_authid where rolcanlogin`),
    ).toEqual([true]);
  });

  test('makes databases that know nothing of one another, and drops them while somebody is connected', async () => {
    const [one, other] = await Promise.all([server.database(), server.database()]);
    await ask(one.url, 'create table t as select 1');
    expect(await ask(other.url, `select to_regclass('t')`)).toEqual([null]);
    const client = new Client({ connectionString: one.url });
    client.on('error', () => undefined);
    await client.connect();
    await one.drop();
    await one.drop();
    expect(await ask(server.url, `select datname from pg_database where datname like 'test%'`)).toEqual([
      other.name,
    ]);
  });

  test.each(['fast', 'immediate'] as const)(
    'stops (%s) and starts again on its port with its data',
    async (mode) => {
      const { url, port } = server;
      await ask(url, `create table kept_${mode} as select 7 as a`);
      await server.stop(mode);
      await expect(ask(url, 'select 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      await server.start();
      expect(server.port).toBe(port);
      expect(await ask(url, `select a from kept_${mode}`)).toEqual([7]);
    },
  );

  test('says why a server does not start', async () => {
    await expect(startPostgres({ settings: { work_mem: 'much' } })).rejects.toThrow(
      /does not start.*work_mem.*much/s,
    );
    await expect(startPostgres({ binaries: '/nowhere' })).rejects.toThrow('there is no initdb in /nowhere');
  });
});

test('a server does not outlive the process that started it, and leaves no files, even if that is killed', async () => {
  const script = fileURLToPath(new URL('children/start.mjs', import.meta.url));
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { host, port, data } = JSON.parse((await lines.next()).value as string) as Record<string, string>;
  expect(existsSync(data!)).toBe(true);
  const session = createConnection(Number(port), host);
  await once(session, 'connect');
  child.kill('SIGKILL');
  // The server's end closes its sessions.
  session.resume();
  await once(session, 'close');
  await expect.poll(() => existsSync(data!), { timeout: 20_000 }).toBe(false);
});

test('nothing is left of a start that fails', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'datacook-servers-'));
  // As the server's own user needs it.
  chmodSync(folder, 0o777);
  vi.stubEnv('TMPDIR', folder);
  try {
    await expect(startPostgres({ settings: { 'no such setting': '1' } })).rejects.toThrow(/does not start/);
    await expect.poll(() => readdirSync(folder), { timeout: 20_000 }).toEqual([]);
  } finally {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  }
});

test('the server that the tests of a run share makes databases', async () => {
  const database = await sharedPostgres().database();
  expect(await ask(database.url, 'select current_database()')).toEqual([database.name]);
  await database.drop();
});
