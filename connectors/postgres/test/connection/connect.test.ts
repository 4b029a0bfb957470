import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { startPostgres } from '@datacook/testkit';
import { describe, expect, onTestFinished, test } from 'vitest';
import { fixture, proxy } from '../support/proxy.js';
import { failure, openSource, useDatabase, withSource } from '../support/source.js';

const database = useDatabase();
/** Roles belong to the whole server, which other tests use at the same time. */
const suffix = randomBytes(4).toString('hex');

function through(port: number, host = 'localhost', more: Record<string, string> = {}): string {
  const url = new URL(database.url);
  url.host = `${host}:${port}`;
  for (const [name, value] of Object.entries(more)) url.searchParams.set(name, value);
  return url.href;
}

const check = (url: string, more: object = {}) =>
  withSource({ url, query: 'select 1 as a', ...more }, (source) => source.check!());

describe('sslmode', () => {
  test.each<[string, { encrypted: number; plain: number }]>([
    ['disable', { encrypted: 0, plain: 1 }],
    ['allow', { encrypted: 0, plain: 1 }],
    ['prefer', { encrypted: 1, plain: 0 }],
    ['require', { encrypted: 1, plain: 0 }],
  ])('%s before a server with TLS', async (mode, counts) => {
    const { port, counts: seen } = await proxy(database.url, { tls: true });
    await check(through(port, 'localhost', { sslmode: mode }));
    expect(seen).toEqual(counts);
  });

  test('allow encrypts where nobody else is let in', async () => {
    const { port, counts } = await proxy(database.url, { tls: true, onlyTls: true });
    await check(through(port, 'localhost', { sslmode: 'allow' }));
    expect(counts).toEqual({ encrypted: 1, plain: 1 });
  });

  test.each(['disable', 'allow', 'prefer'])(
    '%s goes without before a server that has no TLS',
    async (mode) => {
      const { port } = await proxy(database.url);
      await check(through(port, 'localhost', { sslmode: mode }));
    },
  );

  test.each(['require', 'verify-ca', 'verify-full'])('%s is refused where there is no TLS', async (mode) => {
    const { port } = await proxy(database.url);
    expect(await failure(check(through(port, 'localhost', { sslmode: mode })))).toMatchObject({
      code: 'CONNECTION',
      retry: false,
      message: expect.stringContaining("doesn't offer TLS"),
    });
  });

  test.each<[string, string, string, 'accepted' | 'refused']>([
    ['verify-full', 'localhost', 'ca.crt', 'accepted'],
    ['verify-full', '127.0.0.1', 'ca.crt', 'refused'],
    ['verify-ca', '127.0.0.1', 'ca.crt', 'accepted'],
    ['verify-ca', 'localhost', 'other-ca.crt', 'refused'],
    ['require', '127.0.0.1', 'ca.crt', 'accepted'],
    ['require', 'localhost', 'other-ca.crt', 'refused'],
  ])('%s of %s with %s: %s', async (sslmode, host, certificate, outcome) => {
    const { port, counts } = await proxy(database.url, { tls: true });
    const checked = check(through(port, host), { sslmode, sslrootcert: fixture(certificate) });
    if (outcome === 'refused') {
      expect(await failure(checked)).toMatchObject({
        code: 'CONNECTION',
        retry: false,
        hint: expect.stringContaining('sslrootcert'),
      });
    } else {
      await checked;
      expect(counts).toEqual({ encrypted: 1, plain: 0 });
    }
  });

  test('verify-full without a certificate of ours trusts whom Node trusts, and nobody else', async () => {
    const { port } = await proxy(database.url, { tls: true });
    const error = await failure(
      check(through(port, 'localhost', { sslmode: 'verify-full', sslrootcert: 'system' })),
    );
    expect(error.message).toContain('certificate');
  });

  test('a certificate file that is not there is named', async () => {
    const error = await failure(check(through(1), { sslmode: 'verify-full', sslrootcert: '/gone/ca.crt' }));
    expect(error).toMatchObject({ code: 'NOT_FOUND', message: expect.stringContaining('/gone/ca.crt') });
  });
});

describe('what keeps us out', () => {
  test('a wrong password', async () => {
    const url = new URL(database.url);
    url.password = 'not-this-one';
    const error = await failure(check(url.href));
    expect(error).toMatchObject({ code: 'AUTH', retry: false, hint: expect.stringContaining('password') });
    expect(error.message).not.toContain('not-this-one');
  });

  test('no password at all', async () => {
    const url = new URL(database.url);
    url.password = '';
    const error = await failure(check(url.href));
    expect(error).toMatchObject({ code: 'AUTH', message: expect.stringContaining('there is none') });
  });

  test('odd passwords are understood as they are written', async () => {
    const password = `a b@c/d?e#f%g:h'i"j\\kü`;
    await database.client.query(
      `create role odd_${suffix} login password '${password.replaceAll("'", "''")}'`,
    );
    onTestFinished(async () => void (await database.client.query(`drop role odd_${suffix}`)));
    const { host, pathname } = new URL(database.url);
    await check(`postgres://odd_${suffix}:${encodeURIComponent(password)}@${host}${pathname}`);
    const { hostname, port } = new URL(database.url);
    await withSource(
      {
        host: hostname,
        port: Number(port),
        database: pathname.slice(1),
        user: `odd_${suffix}`,
        password,
        query: 'select 1 as a',
      },
      (source) => source.check!(),
    );
  });

  test('a role or database that is not there', async () => {
    const url = new URL(database.url);
    url.username = 'nobody_here';
    expect(await failure(check(url.href))).toMatchObject({ code: 'AUTH' });
    const other = new URL(database.url);
    other.pathname = '/no_such_database';
    expect(await failure(check(other.href))).toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('no_such_database'),
    });
  });

  test('nobody listens there', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    expect(await failure(check(through(port)))).toMatchObject({
      code: 'CONNECTION',
      retry: true,
      message: expect.stringMatching(/localhost:\d+.*can't be reached: nothing listens there/),
    });
  });

  test('no such host', async () => {
    expect(await failure(check('postgres://u:secret@host.invalid/d'))).toMatchObject({
      code: 'CONNECTION',
      retry: true,
      message: expect.stringContaining('host.invalid'),
    });
  });

  test('a server that takes the connection and says nothing', async () => {
    const silent = await proxy(database.url);
    silent.freeze();
    const error = await failure(
      check(through(silent.port), { connect_timeout: '100ms', sslmode: 'disable' }),
    );
    expect(error).toMatchObject({
      code: 'CONNECTION',
      retry: true,
      message: expect.stringContaining("doesn't answer"),
    });
  });

  test('what is no Postgres server', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as { port: number };
    expect(await failure(check(through(port), { connect_timeout: '2s' }))).toMatchObject({
      code: 'CONNECTION',
    });
  });

  test('a server that is stopped, and one that is starting again', async () => {
    const own = await startPostgres({ settings: { fsync: 'off' } });
    try {
      await check(own.url);
      await own.stop();
      expect(await failure(check(own.url))).toMatchObject({ code: 'CONNECTION', retry: true });
      await own.start();
      await check(own.url);
    } finally {
      await own.stop();
    }
  });

  test('too many connections', async () => {
    await database.client.query(`create role few_${suffix} login connection limit 0 password 'x'`);
    onTestFinished(async () => void (await database.client.query(`drop role few_${suffix}`)));
    const url = new URL(database.url);
    url.username = `few_${suffix}`;
    url.password = 'x';
    expect(await failure(check(url.href))).toMatchObject({
      code: 'CONNECTION',
      retry: true,
      hint: expect.stringContaining('max_connections'),
    });
  });
});

test('an abort ends the wait for a connection', async () => {
  const silent = await proxy(database.url);
  silent.freeze();
  const { source, stop } = openSource({
    url: through(silent.port),
    query: 'select 1 as a',
    sslmode: 'disable',
  });
  const checked = failure(source.check!());
  stop.abort();
  expect(await checked).toMatchObject({ code: 'CANCELLED' });
  await source.close();
});
