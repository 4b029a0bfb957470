import { describe, expect, test } from 'vitest';
import { parseUrl } from '../../src/connection/url.js';

describe('a URL', () => {
  test.each<[string, object]>([
    ['postgres://h/d', { host: 'h', dbname: 'd' }],
    ['postgresql://u@h:5433/d', { user: 'u', host: 'h', port: '5433', dbname: 'd' }],
    ['postgres://u:p%40ss%2Fw@h/d', { user: 'u', password: 'p@ss/w', host: 'h', dbname: 'd' }],
    ['postgres://u:p@ss@h/d', { user: 'u', password: 'p@ss', host: 'h', dbname: 'd' }],
    ['postgres://u:p/a#s@h/d', { user: 'u', password: 'p/a#s', host: 'h', dbname: 'd' }],
    ['postgres://u:pa?ss@h/d', { user: 'u', password: 'pa?ss', host: 'h', dbname: 'd' }],
    ['postgres://u:12/34@h/d', { user: 'u', password: '12/34', host: 'h', dbname: 'd' }],
    ['postgres://u:a:b@h/d', { user: 'u', password: 'a:b', host: 'h', dbname: 'd' }],
    ['postgres://u:100%@h/d', { user: 'u', password: '100%', host: 'h', dbname: 'd' }],
    ['postgres://h/d?application_name=a@b', { host: 'h', dbname: 'd', application_name: 'a@b' }],
    [
      'postgres://u:p@h/d?application_name=a@b&sslmode=require',
      { user: 'u', password: 'p', host: 'h', dbname: 'd', application_name: 'a@b', sslmode: 'require' },
    ],
    ['postgres://[::1]:5432/d', { host: '::1', port: '5432', dbname: 'd' }],
    ['postgres:///d?host=/var/run/postgresql', { dbname: 'd', host: '/var/run/postgresql' }],
    ['postgres://%2Fvar%2Frun/d', { host: '/var/run', dbname: 'd' }],
    ['postgres://u:%C3%BC@h/%C3%A4', { user: 'u', password: 'ü', host: 'h', dbname: 'ä' }],
    ['postgres://', {}],
    ['postgres://h/d?ssl=true', { host: 'h', dbname: 'd', sslmode: 'require' }],
    [
      'postgres://h/d?target_session_attrs=any&keepalives=1',
      { host: 'h', dbname: 'd', target_session_attrs: 'any', keepalives: '1' },
    ],
  ])('%s is taken apart', (url, expected) => {
    expect(parseUrl(url)).toEqual(expected);
  });

  test.each<[string, RegExp]>([
    ['mysql://u:secret@h/d', /does not begin with postgres:/],
    ['postgres://u:secret@h:54x/d', /port is no number/],
    ['postgres://u:secret@h:99999/d', /port is no number/],
    ['postgres://u:secret@h:1,h2:2/d', /its host can't be told from its port|several hosts/],
    ['postgres://u:secret@h/d?sslmod=require', /"sslmod" can't be used/],
    ['postgres://u:secret@h/d?target_session_attrs=read-write', /target_session_attrs/],
    ['postgres://u:secret@h/d?=x', /no name or no value/],
  ])('%s is refused without being repeated', (url, message) => {
    let error: unknown;
    try {
      parseUrl(url);
    } catch (caught) {
      error = caught;
    }
    expect(error).toMatchObject({ code: 'CONFIG', message: expect.stringMatching(message) });
    expect(`${(error as Error).message} ${(error as { hint?: string }).hint}`).not.toContain('secret');
  });

  test('a slip in a parameter is pointed out', () => {
    expect(() => parseUrl('postgres://h/d?sslmod=require')).toThrow(
      expect.objectContaining({ hint: expect.stringContaining('sslmode') }),
    );
  });
});
