import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Cut, Fault } from '../../src/proxy/fault.js';
import { type FaultProxy, startFaultProxy } from '../../src/proxy/fault-proxy.js';
import { sharedPostgres } from '../../src/servers/shared-postgres.js';

const server = sharedPostgres().url;
const SERIES = 'SELECT n, repeat(md5(n::text), 20) AS text FROM generate_series(1, 2000) AS n';

let proxy: FaultProxy;
const clients: pg.Client[] = [];

beforeEach(async () => {
  const { hostname, port } = new URL(server);
  proxy = await startFaultProxy({ host: hostname, port: Number(port) });
});

afterEach(async () => {
  const ends = clients.splice(0).map((client) => client.end().catch(() => undefined));
  await proxy.close();
  await Promise.all(ends);
});

async function open(): Promise<{ readonly client: pg.Client; readonly failure: Promise<Error> }> {
  const client = new pg.Client({
    connectionString: proxy.through(server),
    application_name: 'behind the proxy',
  });
  const failure = new Promise<Error>((resolve) => client.on('error', resolve));
  clients.push(client);
  await client.connect();
  return { client, failure };
}

/** The bytes that a session has had until its rows come, and with them. */
async function record() {
  proxy.restart();
  const { client } = await open();
  const [before] = proxy.traffic();
  await client.query(SERIES);
  const [after] = proxy.traffic();
  return { before: before!, after: after! };
}

function cutting(cut: Cut, connections: readonly number[] = [1]): (connection: number) => Fault {
  return (connection) => (connections.includes(connection) ? { cut } : {});
}

describe('a proxy in front of Postgres', () => {
  test('lets all pass, and counts it', async () => {
    const { before, after } = await record();
    expect(before.to_server).toBeGreaterThan(100);
    expect(after.to_client - before.to_client).toBeGreaterThan(2_000 * 640);
    expect(after.to_server - before.to_server).toBeLessThan(300);
    const again = await record();
    // The server's process id and its salt are numbers of a few digits.
    expect(Math.abs(again.after.to_client - after.to_client)).toBeLessThan(20);
    expect(proxy.cuts()).toBe(0);
  });

  test.each([
    // Where the kernel has told of the end before the reset came, the driver says so.
    ['reset', /ECONNRESET|terminated unexpectedly/],
    ['close', /terminated unexpectedly/],
  ] as const)('cuts a connection in the middle of the rows that come (%s)', async (kind, message) => {
    const { before, after } = await record();
    const afterBytes = Math.floor((before.to_client + after.to_client) / 2);
    proxy.restart(cutting({ direction: 'to_client', afterBytes, kind }));
    const { client, failure } = await open();
    await expect(client.query(SERIES)).rejects.toThrow(message);
    expect((await failure).message).toMatch(message);
    expect(proxy.traffic()[0]?.to_client).toBe(afterBytes);
    expect(proxy.cuts()).toBe(1);
  });

  test('cuts a statement before the server has it whole: it does nothing', async () => {
    const { before } = await record();
    proxy.restart(cutting({ direction: 'to_server', afterBytes: before.to_server + 60, kind: 'reset' }));
    const { client } = await open();
    const name = `cut_${process.pid}`;
    await expect(client.query(`CREATE TABLE ${name} AS ${SERIES}`)).rejects.toThrow();
    const direct = new pg.Client({ connectionString: server });
    clients.push(direct);
    await direct.connect();
    const { rows } = await direct.query('SELECT to_regclass($1) AS found', [name]);
    expect(rows).toEqual([{ found: null }]);
  });

  test('cuts the connections that are meant, and no others', async () => {
    proxy.restart(cutting({ direction: 'to_server', afterBytes: 0, kind: 'reset' }, [2]));
    const { client: first } = await open();
    await expect(open()).rejects.toThrow();
    const { client: third } = await open();
    for (const client of [first, third]) expect((await client.query('SELECT 1')).rowCount).toBe(1);
    expect(proxy.traffic()[1]).toEqual({ to_server: 0, to_client: 0 });
  });

  test('lets a connection seem open through which nothing comes any more', async () => {
    const { before } = await record();
    const afterBytes = before.to_client + 10_000;
    proxy.restart(cutting({ direction: 'to_client', afterBytes, kind: 'half_open' }));
    const { client, failure } = await open();
    const query = client.query(SERIES);
    query.catch(() => undefined);
    // Another session is served from beginning to end meanwhile.
    await (await open()).client.query(SERIES);
    expect(proxy.traffic()[0]?.to_client).toBe(afterBytes);
    const neither = await Promise.race([query, failure, Promise.resolve('still open')]);
    expect(neither).toBe('still open');
    await proxy.close();
    await expect(query).rejects.toThrow();
    const { hostname, port } = new URL(server);
    proxy = await startFaultProxy({ host: hostname, port: Number(port) });
  });

  test('holds data back', async () => {
    proxy.restart(() => ({ delayMs: 40 }));
    const { client } = await open();
    const start = performance.now();
    await client.query('SELECT 1');
    // The question and the answer.
    expect(performance.now() - start).toBeGreaterThan(75);
  });

  test('lets data pass slowly', async () => {
    proxy.restart(() => ({ bytesPerSecond: 200_000 }));
    const { client } = await open();
    const start = performance.now();
    await client.query("SELECT repeat('x', 40000)");
    expect(performance.now() - start).toBeGreaterThan(190);
  });
});
