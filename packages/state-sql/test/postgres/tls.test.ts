import { describe, expect, test } from 'vitest';
import { parseAddress } from '../../src/address.js';
import { tlsWays } from '../../src/postgres/tls.js';
import { SqlStateBackend } from '../../src/sql-state-backend.js';
import { temporaryDatabase } from '../place.js';
import { fixture, startTlsServer } from '../tls-server.js';

describe('sslmode', () => {
  test.each([
    ['disable', { encrypted: 0, plain: 1 }],
    ['prefer', { encrypted: 1, plain: 0 }],
    ['require', { encrypted: 1, plain: 0 }],
  ])('%s before a server with TLS', async (sslmode, counts) => {
    const { url } = await temporaryDatabase();
    const server = await startTlsServer(url, true);
    const backend = new SqlStateBackend(server.through('127.0.0.1', { sslmode }));
    const version = await backend.save('orders', 1, undefined);
    expect(await backend.load('orders')).toEqual({ value: 1, version });
    expect(server.counts).toEqual(counts);
  });

  test('prefer goes without before a server that has none, and require is refused', async () => {
    const { url } = await temporaryDatabase();
    const server = await startTlsServer(url, false);
    await new SqlStateBackend(server.through('localhost', {})).save('orders', 1, undefined);
    expect(server.counts).toEqual({ encrypted: 0, plain: 1 });
    const strict = new SqlStateBackend(server.through('localhost', { sslmode: 'require' }));
    await expect(strict.load('orders')).rejects.toMatchObject({
      code: 'CONNECTION',
      retry: false,
      message: expect.stringContaining('does not support SSL'),
      hint: expect.stringContaining('sslmode'),
    });
    expect(server.counts.plain).toBe(1);
  });

  test.each([
    ['verify-full', 'localhost', 'ca.crt', true],
    ['verify-full', '127.0.0.1', 'ca.crt', false],
    ['verify-full', 'localhost', 'other-ca.crt', false],
    ['verify-full', 'localhost', 'system', false],
    ['verify-ca', '127.0.0.1', 'ca.crt', true],
    ['verify-ca', 'localhost', 'other-ca.crt', false],
    ['require', '127.0.0.1', 'ca.crt', true],
    ['require', 'localhost', 'other-ca.crt', false],
  ])('%s of %s with %s: %s', async (sslmode, host, certificate, isAccepted) => {
    const { url } = await temporaryDatabase();
    const server = await startTlsServer(url, true);
    const sslrootcert = certificate === 'system' ? certificate : fixture(certificate);
    const backend = new SqlStateBackend(server.through(host, { sslmode, sslrootcert }));
    if (isAccepted) {
      expect(await backend.load('orders')).toBeUndefined();
    } else {
      await expect(backend.load('orders')).rejects.toMatchObject({
        code: 'CONNECTION',
        retry: false,
        hint: expect.stringContaining('sslrootcert'),
      });
    }
    expect(server.counts).toEqual({ encrypted: isAccepted ? 1 : 0, plain: 0 });
  });
});

describe('tlsWays', () => {
  const address = parseAddress('postgres://h/db');

  test('goes by the environment where the URL says nothing', async () => {
    expect(await tlsWays(address, { PGSSLMODE: 'disable' })).toEqual([false]);
    expect(await tlsWays(address, {})).toHaveLength(2);
    const checked = await tlsWays(address, { PGSSLMODE: 'verify-full', PGSSLROOTCERT: fixture('ca.crt') });
    expect(checked).toEqual([{ rejectUnauthorized: true, ca: expect.any(Buffer) }]);
    const said = parseAddress('postgres://h/db?sslmode=disable');
    expect(await tlsWays(said, { PGSSLMODE: 'require' })).toEqual([false]);
    await expect(tlsWays(address, { PGSSLMODE: 'maybe' })).rejects.toMatchObject({ code: 'CONFIG' });
  });

  test('names a file that is not there', async () => {
    await expect(tlsWays(parseAddress('postgres://h/db?sslrootcert=/gone/ca.crt'), {})).rejects.toMatchObject(
      {
        code: 'NOT_FOUND',
        message: expect.stringContaining('/gone/ca.crt'),
      },
    );
  });
});
