import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { SqlStateBackend, type SqlStateOptions } from '../src/sql-state-backend.js';
import definition from '../src/state.js';
import { query, temporaryDatabase } from './place.js';

/** A role that may log in and nothing else, and the URL with which it does. */
async function temporaryRole(url: string): Promise<{ readonly role: string; readonly url: string }> {
  const role = `guest_${new URL(url).pathname.slice(1)}`;
  await query(url, `create role ${role} login password 'guest secret'`);
  onTestFinished(async () => {
    await query(url, `drop owned by ${role} cascade; drop role ${role}`);
  });
  const own = new URL(url);
  own.username = role;
  own.password = 'guest secret';
  return { role, url: own.href };
}

async function keys(backend: SqlStateBackend): Promise<string[]> {
  const found: string[] = [];
  for await (const key of backend.list('')) found.push(key);
  return found;
}

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('SqlStateBackend', () => {
  test('is what the plug-in opens', async () => {
    const { url } = await temporaryDatabase();
    const config = definition.config.parse({ url, schema: 'Kitchen "1"', table: 'State %' });
    const backend = await definition.open(config, {} as never);
    await backend.save('orders', { position: 'Ä\\\'"\0' }, undefined);
    const rows = await query(url, 'select * from "Kitchen ""1"""."State %"');
    expect(rows).toEqual([
      {
        key: 'orders',
        value: '{"position":"Ä\\\\\'\\"\\u0000"}',
        version: expect.stringMatching(/^1-[0-9a-f]{20}$/),
        format: 1,
        updated_at: expect.any(Date),
      },
    ]);
    expect(() => definition.open(definition.config.parse({ conn_id: 'x' }), {} as never)).toThrow(
      expect.objectContaining({ code: 'CONFIG' }),
    );
  });

  test('has nothing to do with another table', async () => {
    const { url } = await temporaryDatabase();
    const [one, other] = [new SqlStateBackend(url), new SqlStateBackend(url, { table: 'other' })];
    await one.save('orders', 1, undefined);
    expect(await other.load('orders')).toBeUndefined();
    await other.save('customers', 1, undefined);
    expect(await keys(one)).toEqual(['orders']);
  });

  test.each([
    ['value = null', 'it has no value'],
    ["value = ''", 'its value is no JSON: it is empty'],
    ['format = 0', 'its format is 0'],
    ['format = null', 'its format is null'],
    ["version = ''", 'it has no version'],
    ['format = 7', 'its format is 7, and this datacook knows 1'],
  ])('names key and table of a record that was changed: %s', async (change, reason) => {
    const { url } = await temporaryDatabase();
    const backend = new SqlStateBackend(url);
    await backend.save('orders', 1, undefined);
    await query(url, 'alter table _datacook_state alter value drop not null, alter format drop not null');
    await query(url, `update _datacook_state set ${change}`);
    await expect(backend.load('orders')).rejects.toMatchObject({
      code: 'DATA',
      message: `The state "orders" in the table "_datacook_state" of ${new URL(url).host}${new URL(url).pathname} can't be read: ${reason}`,
      details: { key: 'orders' },
    });
  });

  test('leaves a table alone that is none of ours', async () => {
    const { url } = await temporaryDatabase();
    await query(url, 'create table _datacook_state (key text primary key, amount int)');
    const backend = new SqlStateBackend(url);
    for (const attempt of [() => backend.load('orders'), () => backend.save('orders', 1, undefined)]) {
      await expect(attempt()).rejects.toMatchObject({
        code: 'DATA',
        hint: expect.stringContaining('state.table'),
      });
    }
  });

  test('says that a key is too long, and saves nothing', async () => {
    const { url } = await temporaryDatabase();
    const backend = new SqlStateBackend(url);
    const key = Array.from({ length: 3_000 }, (_, index) => String.fromCodePoint(0x4e00 + index)).join('');
    await expect(backend.save(key, 1, undefined)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      hint: expect.stringContaining('too long'),
    });
    expect(await keys(backend)).toEqual([]);
  });

  describe('refused', () => {
    test('says that the password is wrong, and not which', async () => {
      const { url } = await temporaryDatabase();
      const wrong = new URL(url);
      wrong.password = 'wrong secret';
      const error = await new SqlStateBackend(wrong.href).load('orders').catch((reason: unknown) => reason);
      expect(error).toMatchObject({
        code: 'AUTH',
        retry: false,
        message: expect.stringContaining('password authentication failed'),
        hint: expect.stringContaining('PGPASSWORD'),
      });
      const { message, hint, details } = error as { message: string; hint: string; details: unknown };
      expect(JSON.stringify({ message, hint, details })).not.toMatch(/secret/);
    });

    test('is not, where the environment or the password file has the password', async () => {
      const { url } = await temporaryDatabase();
      const { password, host, hostname, port, pathname } = new URL(url);
      vi.stubEnv('PGPASSWORD', password);
      await new SqlStateBackend(`postgres://postgres@${host}${pathname}`).save('orders', 1, undefined);
      vi.stubEnv('PGPASSWORD', undefined);
      const file = join(mkdtempSync(join(tmpdir(), 'datacook-state-sql-')), 'pgpass');
      onTestFinished(() => rmSync(join(file, '..'), { recursive: true }));
      writeFileSync(file, `${hostname}:${port}:*:postgres:${password}\n`, { mode: 0o600 });
      vi.stubEnv('PGPASSFILE', file);
      vi.stubEnv('PGHOST', hostname);
      vi.stubEnv('PGPORT', port);
      vi.stubEnv('PGDATABASE', pathname.slice(1));
      vi.stubEnv('PGUSER', 'postgres');
      expect((await new SqlStateBackend('postgres://').load('orders'))?.value).toBe(1);
    });

    test('says that there is no password, and that there is no such database', async () => {
      const { url } = await temporaryDatabase();
      vi.stubEnv('PGPASSWORD', undefined);
      vi.stubEnv('PGPASSFILE', '/nowhere');
      const none = new URL(url);
      none.password = '';
      await expect(new SqlStateBackend(none.href).load('orders')).rejects.toMatchObject({
        code: 'AUTH',
        message: expect.stringContaining('asks for a password'),
      });
      const missing = new URL(url);
      missing.pathname = '/nowhere';
      await expect(new SqlStateBackend(missing.href).load('orders')).rejects.toMatchObject({
        code: 'NOT_FOUND',
        message: expect.stringContaining('"nowhere"'),
      });
    });

    test.each<[string, SqlStateOptions]>([
      ['the schema of the search path', {}],
      ['a schema that is not there', { schema: 'Kitchen' }],
    ])('names the grant that is missing, which is enough: %s', async (_, options) => {
      const { url } = await temporaryDatabase();
      await query(url, 'revoke create on schema public from public');
      const guest = await temporaryRole(url);
      const backend = new SqlStateBackend(guest.url, options);
      const error = await backend.save('orders', 1, undefined).catch((reason: unknown) => reason);
      const { code, hint } = error as { code: string; hint: string };
      expect(code).toBe('AUTH');
      await query(url, /Let somebody who may run: (.*)$/.exec(hint)![1]!);
      await backend.save('orders', 1, undefined);
    });

    test('names the grant that is missing on a table of somebody else, which is enough', async () => {
      const { url } = await temporaryDatabase();
      const version = await new SqlStateBackend(url).save('orders', 1, undefined);
      const guest = await temporaryRole(url);
      const backend = new SqlStateBackend(guest.url);
      const error = await backend.load('orders').catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'AUTH', message: expect.stringContaining('permission denied') });
      await query(url, /Let somebody who may run: (.*)$/.exec((error as { hint: string }).hint)![1]!);
      await backend.delete('orders', await backend.save('orders', 2, version));
    });
  });

  test('waits for a lock as long as it was told to', async () => {
    const { url } = await temporaryDatabase();
    const backend = new SqlStateBackend(url, { lockTimeout: '50ms' });
    const version = await backend.save('orders', 1, undefined);
    const other = new Client({ connectionString: url });
    await other.connect();
    await other.query('begin; select * from _datacook_state for update');
    await expect(backend.save('orders', 2, version)).rejects.toMatchObject({
      code: 'CONNECTION',
      retry: true,
      hint: expect.stringContaining('lock_timeout'),
    });
    await other.end();
    await backend.save('orders', 2, version);
  });

  test('works on a server that reads backslashes as escapes', async () => {
    const { url } = await temporaryDatabase();
    const [name] = await query(url, 'select current_database() as name');
    await query(url, `alter database ${String(name!['name'])} set standard_conforming_strings = off`);
    const backend = new SqlStateBackend(url);
    await backend.save("a\\'b", { text: "\\' or 1=1 --" }, undefined);
    expect((await backend.load("a\\'b"))?.value).toEqual({ text: "\\' or 1=1 --" });
  });
});
