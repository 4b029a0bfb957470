import { describe, expect, test } from 'vitest';
import { parseAddress } from '../src/address.js';
import config from '../src/config.js';

describe('parseAddress', () => {
  test('takes a URL apart', () => {
    expect(parseAddress('postgres://ann:p%40ss%2F@db.example:6432/app%20one?sslmode=require')).toEqual({
      host: 'db.example',
      port: 6432,
      database: 'app one',
      user: 'ann',
      password: 'p@ss/',
      parameters: { sslmode: 'require' },
    });
    expect(parseAddress('postgresql:///app?host=/run/postgresql&user=ann&ssl=true')).toEqual({
      host: '/run/postgresql',
      database: 'app',
      user: 'ann',
      parameters: { sslmode: 'require' },
    });
    expect(parseAddress('postgres://[::1]')).toEqual({ host: '::1', parameters: {} });
  });

  test.each([
    ['mysql://u:secret@h/db', 'scheme mysql://'],
    ['host=h password=secret', 'has no scheme'],
    ['postgres://u:secret@h:port/db', "can't be read"],
    ['postgres://u:secret@a:1,b:2/db', "can't be read"],
    ['postgres://u:secret@a,b/db', 'several hosts'],
    ['postgres://u:secret@h/db?port=0', 'no number from 1 to 65535'],
    ['postgres://u:secret@h/db?sslmode=full', 'no sslmode "full"'],
    ['postgres://u:secret@h/db?sslmod=require', '"sslmod"'],
  ])('refuses %s, and the password is not in the message', (url, message) => {
    const refused = config.safeParse({ url });
    expect(refused.success).toBe(false);
    expect(refused.error!.message).toContain(JSON.stringify(message).slice(1, -1));
    expect(JSON.stringify(refused.error)).not.toContain('secret');
    expect(() => parseAddress(url)).toThrow(expect.objectContaining({ code: 'CONFIG' }));
    expect(() => parseAddress(url)).not.toThrow(/secret/);
  });
});

describe('the configuration', () => {
  test('needs a url or a connection', () => {
    expect(() => config.parse({})).toThrow(/url or conn_id/);
    expect(config.parse({ conn_id: 'warehouse' })).toMatchObject({ table: '_datacook_state' });
  });

  test('refuses names that Postgres would cut off, and what it does not know', () => {
    const url = 'postgres://h/db';
    expect(() => config.parse({ url, table: 'ä'.repeat(32) })).toThrow(/63 bytes/);
    expect(() => config.parse({ url, schema: '' })).toThrow();
    expect(() => config.parse({ url, path: 'x' })).toThrow(/path/);
    expect(() => config.parse({ url, lock_timeout: 'soon' })).toThrow(/no duration/);
  });
});
