import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import postgresConfig from '../../src/config.js';
import { connectionSettings, databaseOf } from '../../src/connection/settings.js';

const folder = mkdtempSync(join(tmpdir(), 'datacook-settings-'));

function file(name: string, text: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

/** Nothing of this machine: the home folder may have a password file. */
const BARE = { PGPASSFILE: join(folder, 'none') };

async function settings(config: object, environment: NodeJS.ProcessEnv = {}) {
  const warnings: string[] = [];
  const parsed = postgresConfig.parse({ table: 't', ...config });
  const found = await connectionSettings(parsed, (text) => warnings.push(text), { ...BARE, ...environment });
  return { ...found, secret: await found.password(), warnings };
}

describe('how to connect', () => {
  test('is said by libpq where nobody says it', async () => {
    const { username } = userInfo();
    expect(await settings({})).toMatchObject({
      host: 'localhost',
      port: 5432,
      user: username,
      database: username,
      secret: undefined,
      tls: { mode: 'prefer' },
      connectTimeoutMs: 10_000,
      applicationName: 'datacook source',
    });
  });

  test('is said by PG variables', async () => {
    const environment = {
      PGHOST: 'h',
      PGPORT: '1',
      PGDATABASE: 'd',
      PGUSER: 'u',
      PGPASSWORD: 'p',
      PGSSLMODE: 'require',
      PGSSLROOTCERT: '/ca',
      PGAPPNAME: 'a',
      PGCONNECT_TIMEOUT: '3',
      PGOPTIONS: '-c x=y',
    };
    expect(await settings({}, environment)).toMatchObject({
      host: 'h',
      port: 1,
      database: 'd',
      user: 'u',
      secret: 'p',
      tls: { mode: 'require', rootCertificates: '/ca' },
      applicationName: 'a',
      connectTimeoutMs: 3000,
      options: '-c x=y',
    });
  });

  test('the configuration outranks the service, and the service the variables', async () => {
    const PGSERVICEFILE = file(
      'service',
      '# mine\n[other]\nhost=no\n[mine]\nhost=hs\nuser=us\ndbname=ds\n\n[last]\nhost=no\n',
    );
    const environment = {
      PGSERVICEFILE,
      PGSERVICE: 'mine',
      PGHOST: 'he',
      PGUSER: 'ue',
      PGDATABASE: 'de',
      PGPORT: '7',
    };
    expect(await settings({ url: 'postgres:///du' }, environment)).toMatchObject({
      host: 'hs',
      user: 'us',
      database: 'du',
      port: 7,
    });
  });

  test('a service that no file has is an error', async () => {
    const environment = { PGSERVICEFILE: file('empty', ''), PGSERVICE: 'mine' };
    await expect(settings({}, environment)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('[mine]'),
    });
  });

  test('options of the recipe go with a URL', async () => {
    expect(
      await settings({
        url: 'postgres://u:p@h/d?sslmode=disable&connect_timeout=9',
        sslmode: 'verify-full',
        connect_timeout: '2s',
      }),
    ).toMatchObject({ tls: { mode: 'verify-full' }, connectTimeoutMs: 2000 });
  });

  test('an unknown sslmode, as other clients have, is an error', async () => {
    await expect(settings({ url: 'postgres://h/d?sslmode=no-verify' })).rejects.toMatchObject({
      code: 'CONFIG',
      hint: expect.stringContaining('verify-full'),
    });
  });

  test('sslrootcert=system demands the name to be checked', async () => {
    expect((await settings({ url: 'postgres://h/d?sslrootcert=system' })).tls).toEqual({
      mode: 'verify-full',
      rootCertificates: 'system',
    });
  });
});

describe('a password', () => {
  test('comes from its file', async () => {
    expect((await settings({ password_file: file('word', 'geheim \n') })).secret).toBe('geheim ');
    await expect(settings({ password_file: join(folder, 'gone') })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  test('comes from the first line of the password file that fits', async () => {
    const PGPASSFILE = file('pgpass', '# comment\nh:1:d:other:no\nh:*:d:u\\:x:a\\\\b\\:c:d\n*:*:*:*:all\n');
    const at = (user: string) => settings({ host: 'h', port: 1, database: 'd', user }, { PGPASSFILE });
    expect((await at('u:x')).secret).toBe('a\\b:c:d');
    expect((await at('u')).secret).toBe('all');
  });

  test("a Unix socket's password is that of localhost", async () => {
    const PGPASSFILE = file('socket', 'localhost:5432:*:*:here\n');
    expect((await settings({ host: '/var/run/postgresql' }, { PGPASSFILE })).secret).toBe('here');
  });

  test('a password file that others may read is passed over with a warning; Windows has no such modes', async () => {
    const PGPASSFILE = file('open', '*:*:*:*:all\n', 0o644);
    const { secret, warnings } = await settings({}, { PGPASSFILE });
    if (process.platform === 'win32') expect({ secret, warnings }).toEqual({ secret: 'all', warnings: [] });
    else {
      expect(secret).toBeUndefined();
      expect(warnings).toEqual([expect.stringContaining('0600')]);
    }
  });
});

test('the database of an identity is what the configuration or the environment names', () => {
  expect(databaseOf({ url: 'postgres://u:p@h:1/sales' }, {})).toBe('sales');
  expect(databaseOf({ database: 'sales' }, { PGDATABASE: 'x' })).toBe('sales');
  expect(databaseOf({}, { PGDATABASE: 'x' })).toBe('x');
  expect(databaseOf({}, {})).toBeUndefined();
});
