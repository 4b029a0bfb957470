import { startPostgres } from '@datacook/testkit';
import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { proxy } from '../support/proxy.js';
import { failure, load, openSource, request, useDatabase, withSource } from '../support/source.js';

const database = useDatabase();
const sql = (text: string) => database.client.query(text);

/** A query that sends a row, and then works on for ever. */
const ENDLESS = 'select 1 as a union all select 2 from pg_sleep(1000)';

async function running(name: string): Promise<number> {
  const { rows } = await sql(
    `select count(*)::int as n from pg_stat_activity where application_name = '${name}' and state = 'active'`,
  );
  return (rows[0] as { n: number }).n;
}

async function sessions(name: string): Promise<number> {
  const { rows } = await sql(
    `select count(*)::int as n from pg_stat_activity where application_name = '${name}'`,
  );
  return (rows[0] as { n: number }).n;
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition()));
}

describe('stopping', () => {
  test('by the signal: what runs is cancelled on the server, and the sessions end', async () => {
    const { source, stop } = openSource({ url: database.url, query: ENDLESS, application_name: 'stopped' });
    const plan = await source.plan(request());
    const reading = failure(source.read(plan, plan.partitions[0]!)[Symbol.asyncIterator]().next());
    await until(async () => (await running('stopped')) === 1);
    stop.abort();
    expect(await reading).toMatchObject({ code: 'CANCELLED' });
    await until(async () => (await sessions('stopped')) === 0);
    await source.close();
  });

  test('by closing: the same', async () => {
    const { source } = openSource({ url: database.url, query: ENDLESS, application_name: 'closed' });
    const plan = await source.plan(request());
    const reading = failure(source.read(plan, plan.partitions[0]!)[Symbol.asyncIterator]().next());
    await until(async () => (await running('closed')) === 1);
    await source.close();
    expect(await reading).toMatchObject({ code: 'CANCELLED' });
    await until(async () => (await sessions('closed')) === 0);
  });

  test('while it plans', async () => {
    const slow = {
      url: database.url,
      query: 'select pg_sleep(1000)::text as a, 1 as b',
      application_name: 'planning',
    };
    const { source, stop } = openSource({ ...slow, incremental: { strategy: 'cursor', cursor_column: 'b' } });
    const planning = failure(source.plan(request()));
    await until(async () => (await running('planning')) === 1);
    stop.abort();
    expect(await planning).toMatchObject({ code: 'CANCELLED' });
    await source.close();
    await until(async () => (await sessions('planning')) === 0);
  });

  test('of a server that no longer answers', async () => {
    const before = await proxy(database.url);
    const url = new URL(database.url);
    url.host = `localhost:${before.port}`;
    const { source } = openSource({ url: url.href, query: ENDLESS, sslmode: 'disable' });
    const plan = await source.plan(request());
    const reading = failure(source.read(plan, plan.partitions[0]!)[Symbol.asyncIterator]().next());
    before.freeze();
    await source.close();
    expect(await reading).toMatchObject({ code: 'CANCELLED' });
    const { source: idle } = openSource({ url: database.url, query: 'select 1 as a' });
    await idle.check!();
    await idle.close();
    await idle.close();
  });
});

describe('what ends a reading can be tried again', () => {
  const retryable = { code: 'CONNECTION', retry: true };

  async function interrupted(more: object, cut: () => Promise<unknown>) {
    return withSource({ query: ENDLESS, ...more }, async (source) => {
      const plan = await source.plan(request());
      const reading = failure(source.read(plan, plan.partitions[0]!)[Symbol.asyncIterator]().next());
      await cut();
      return reading;
    });
  }

  test('a session that an administrator ends', async () => {
    const more = { url: database.url, application_name: 'ended' };
    const error = await interrupted(more, async () => {
      await until(async () => (await running('ended')) === 1);
      await sql(`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'ended'`);
    });
    expect(error).toMatchObject({ ...retryable, details: { sqlstate: '57P01' } });
  });

  test('a statement that is cancelled', async () => {
    const more = { url: database.url, application_name: 'cancelled' };
    const error = await interrupted(more, async () => {
      await until(async () => (await running('cancelled')) === 1);
      await sql(`select pg_cancel_backend(pid) from pg_stat_activity where application_name = 'cancelled'`);
    });
    expect(error).toMatchObject({ ...retryable, hint: expect.stringContaining('statement_timeout') });
  });

  test('statement_timeout', async () => {
    const error = await interrupted({ url: database.url, statement_timeout: '50ms' }, async () => undefined);
    expect(error).toMatchObject({ ...retryable, hint: expect.stringContaining('statement_timeout: 0') });
  });

  test('a connection that is cut', async () => {
    const before = await proxy(database.url);
    const url = new URL(database.url);
    url.host = `localhost:${before.port}`;
    const more = { url: url.href, application_name: 'cut', sslmode: 'disable' };
    const error = await interrupted(more, async () => {
      await until(async () => (await running('cut')) === 1);
      before.cut();
    });
    expect(error).toMatchObject(retryable);
  });

  test.each(['fast', 'immediate'] as const)(
    'a server that is stopped (%s), and reading goes on when it is back',
    async (mode) => {
      const server = await startPostgres();
      try {
        const writer = new Client({ connectionString: server.url });
        writer.on('error', () => undefined);
        await writer.connect();
        await writer.query(
          `create table t (id int primary key, a text); insert into t select i, repeat('x', 2000) from generate_series(1, 20000) i`,
        );
        const config = { url: server.url, table: 't' };
        let position: string[] | undefined;
        let read = 0;
        const plan = await withSource(config, async (source) => {
          const planned = await source.plan(request({ batchRows: 100 }));
          const error = await failure(
            (async () => {
              for await (const item of source.read(planned, planned.partitions[0]!)) {
                if (position === undefined) await server.stop(mode);
                position = item.position as string[];
                read += item.batch!.length;
              }
            })(),
          );
          expect(error).toMatchObject(retryable);
          return planned;
        });
        expect(await failure(load(config))).toMatchObject(retryable);
        await server.start();
        await withSource(config, async (source) => {
          for await (const item of source.read(plan, plan.partitions[0]!, position!))
            read += item.batch!.length;
        });
        expect(read).toBe(20_000);
      } finally {
        await server.stop();
      }
    },
  );
});

describe('sizes', () => {
  test('a million tiny rows', async () => {
    await sql(
      'create table tiny as select i as id from generate_series(1, 1000000) i; alter table tiny add primary key (id)',
    );
    await withSource({ url: database.url, table: 'tiny' }, async (source) => {
      const plan = await source.plan(request({ parallelism: 4 }));
      let rows = 0;
      for (const partition of plan.partitions)
        for await (const { batch } of source.read(plan, partition)) rows += batch?.length ?? 0;
      expect(rows).toBe(1_000_000);
    });
  });

  test('rows of a megabyte come in batches of about the bytes that are asked for', async () => {
    await sql(
      `create table wide (id int primary key, a text); alter table wide alter a set storage external`,
    );
    await sql(`insert into wide select i, repeat(chr(65 + i % 26), 1000000) from generate_series(1, 100) i`);
    await withSource({ url: database.url, table: 'wide' }, async (source) => {
      const plan = await source.plan(request({ batchBytes: 8_000_000 }));
      const lengths: number[] = [];
      for await (const { batch } of source.read(plan, plan.partitions[0]!)) lengths.push(batch!.length);
      expect(lengths.reduce((sum, length) => sum + length)).toBe(100);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(9);
    });
  });
});
