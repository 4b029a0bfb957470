import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { Partition, ReadItem, ReadPlan, Source } from '@datacook/core';
import { describe, expect, test } from 'vitest';
import {
  failure,
  load,
  openSource,
  pretendRows,
  request,
  stored,
  useDatabase,
  valuesOf,
  withSource,
} from '../support/source.js';

const database = useDatabase();
const sql = (text: string) => database.client.query(text);

async function makeTable(name: string, rows = 1000): Promise<void> {
  await sql(`create table ${name} (id int primary key, a text)`);
  await sql(`insert into ${name} select i, 'row ' || i from generate_series(1, ${rows}) i`);
  await pretendRows(database.client, name, 10_000_000);
}

const ids = (items: readonly ReadItem[]) => items.flatMap(valuesOf).map(({ id }) => id as number);
const upTo = (rows: number) => Array.from({ length: rows }, (_, index) => index + 1);
const ascending = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);

/** As the engine does it: partitions take turns, item by item, each one ahead of its turn. */
async function inTurns(
  source: Source,
  plan: ReadPlan,
  partitions: readonly Partition[],
): Promise<ReadItem[]> {
  const items: ReadItem[] = [];
  const open = partitions.map((partition) => {
    const iterator = source.read(plan, partition)[Symbol.asyncIterator]();
    return { iterator, ahead: watched(iterator.next()) };
  });
  for (let turn = 0; open.length > 0; ) {
    const at = turn % open.length;
    const reading = open[at]!;
    const next = await reading.ahead;
    if (next.done === true) {
      open.splice(at, 1);
      continue;
    }
    items.push(next.value);
    turn = at + 1;
    reading.ahead = watched(reading.iterator.next());
  }
  return items;
}

/** No more connections than this process could keep busy are worth while. */
const CORES = availableParallelism();

/** Its turn tells whether it failed. */
function watched<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

describe('partitions of one snapshot', () => {
  test('cover every row once, whatever is written meanwhile', async () => {
    await makeTable('grows');
    await withSource({ url: database.url, table: 'grows' }, async (source) => {
      const plan = await source.plan(request({ parallelism: 4, batchRows: 10 }));
      expect(plan.partitions.length).toBeGreaterThan(4);
      expect(plan).toMatchObject({
        restart: 'position',
        keysDisjoint: true,
        concurrency: Math.min(4, CORES),
      });
      await sql(`update grows set id = -id where id % 3 = 0`);
      await sql(`insert into grows select generate_series(2000, 3000)`);
      await sql(`delete from grows where id % 7 = 0`);
      expect(ascending(ids(await inTurns(source, plan, plan.partitions)))).toEqual(upTo(1000));
    });
  });

  test.each([1, 2, 3])(
    'are read by %i connections, though more are asked for in turn',
    async (max_connections) => {
      const name = `budget_${max_connections}`;
      await makeTable(name);
      const config = { url: database.url, table: name, max_connections, application_name: name };
      await withSource(config, async (source) => {
        const plan = await source.plan(request({ parallelism: 4, batchRows: 10 }));
        expect(plan.concurrency).toBe(Math.min(max_connections, CORES));
        expect(ascending(ids(await inTurns(source, plan, plan.partitions)))).toEqual(upTo(1000));
        const { rows } = await sql(
          `select count(*)::int as n from pg_stat_activity where application_name = '${name}'`,
        );
        expect(rows).toEqual([{ n: max_connections }]);
      });
    },
  );

  test('wait for each other without keeping the machine busy', async () => {
    await makeTable('idle');
    const config = { url: database.url, table: 'idle', max_connections: 1 };
    await withSource(config, async (source) => {
      const plan = await source.plan(request({ parallelism: 4, batchRows: 10 }));
      const [first, second] = plan.partitions.map((each) => source.read(plan, each)[Symbol.asyncIterator]());
      expect((await first!.next()).value.batch.length).toBe(10);
      // The first is waited for: the second lets on, once.
      expect(await second!.next()).toEqual({ done: false, value: {} });
      const waiting = second!.next();
      expect(
        await Promise.race([waiting, new Promise((resolve) => setImmediate(() => resolve('waits')))]),
      ).toBe('waits');
      for (let next = await first!.next(); next.done !== true; next = await first!.next());
      const told: ReadItem[] = [(await waiting).value];
      for (let next = await second!.next(); next.done !== true; next = await second!.next())
        told.push(next.value);
      expect(ids(told).length).toBeGreaterThan(10);
    });
  });

  test('go on after one of them is left in its middle', async () => {
    await makeTable('quit', 20_000);
    await withSource({ url: database.url, table: 'quit', max_connections: 1 }, async (source) => {
      const plan = await source.plan(request({ parallelism: 2, batchRows: 10 }));
      for await (const item of source.read(plan, plan.partitions[0]!)) if (item.batch !== undefined) break;
      expect(ascending(ids(await inTurns(source, plan, plan.partitions)))).toEqual(upTo(20_000));
    });
  });

  test('are fewer at once where the server has no room', async () => {
    const narrow = `narrow_${randomBytes(4).toString('hex')}`;
    await makeTable('room');
    await sql(
      `create role ${narrow} login connection limit 2 password 'x'; grant select on room to ${narrow}`,
    );
    const url = new URL(database.url);
    url.username = narrow;
    url.password = 'x';
    await withSource({ url: url.href, table: 'room' }, async (source, { log }) => {
      const plan = await source.plan(request({ parallelism: 4, batchRows: 10 }));
      expect(ascending(ids(await inTurns(source, plan, plan.partitions)))).toEqual(upTo(1000));
      expect(log.join()).toContain('no room for more than 2');
    });
    await sql(`drop owned by ${narrow}; drop role ${narrow}`);
  });

  test('are cut evenly where the server knows nothing of the key', async () => {
    await sql(`create table fresh (id bigint primary key, a text)`);
    await sql(`insert into fresh select i, 'row' from generate_series(-500, 500) i`);
    await pretendRows(database.client, 'fresh', 10_000_000);
    await sql(`delete from pg_statistic where starelid = 'fresh'::regclass`);
    const { rows, plan } = await load({ url: database.url, table: 'fresh' }, { parallelism: 4 });
    expect(plan.partitions.length).toBeGreaterThan(4);
    expect(rows.map(({ id }) => id).sort((a, b) => Number((a as bigint) - (b as bigint)))).toHaveLength(1001);
    expect(plan.partitions[1]!.spec).toMatchObject({ from: expect.stringMatching(/^-?\d+$/) });
  });

  test('by blocks, where there is no key, cover every row once', async () => {
    await sql(
      `create table blocks as select i as id, repeat('x', 100) as a from generate_series(1, 20000) i`,
    );
    await pretendRows(database.client, 'blocks', 10_000_000);
    await withSource({ url: database.url, table: 'blocks' }, async (source) => {
      const plan = await source.plan(request({ parallelism: 4 }));
      expect(plan).toMatchObject({ restart: 'never', keysDisjoint: false });
      expect(plan.partitions.length).toBeGreaterThan(4);
      // Updates give rows new places, and the table new blocks.
      await sql(`update blocks set a = a || 'y'`);
      expect(ascending(ids(await inTurns(source, plan, plan.partitions)))).toEqual(upTo(20_000));
    });
  });

  test('by blocks are read of partitioned tables as well', async () => {
    await sql(`create table heap (id int, a text) partition by list ((id % 2))`);
    await sql(
      `create table heap_0 partition of heap for values in (0); create table heap_1 partition of heap for values in (1)`,
    );
    await sql(`insert into heap select i, repeat('x', 500) from generate_series(1, 4000) i`);
    await pretendRows(database.client, 'heap_0', 5_000_000);
    await pretendRows(database.client, 'heap_1', 5_000_000);
    const { rows, plan } = await load({ url: database.url, table: 'heap' }, { parallelism: 4 });
    expect(plan.partitions.length).toBeGreaterThan(1);
    expect(ascending(rows.map(({ id }) => id as number))).toEqual(upTo(4000));
  });
});

describe('trap 3: ctid ranges', () => {
  test('are refused in a new process, and never read half', async () => {
    await sql(`create table moved as select i as id, repeat('x', 100) as a from generate_series(1, 18000) i`);
    await pretendRows(database.client, 'moved', 10_000_000);
    const config = { url: database.url, table: 'moved' };
    const plan = await withSource(config, (source) => source.plan(request({ parallelism: 4 })));
    expect(plan.restart).toBe('never');
    await sql(`update moved set a = a || 'y'`);
    await withSource(config, async (source) => {
      const again = inTurns(source, stored(plan), plan.partitions.slice(2));
      expect(await failure(again)).toMatchObject({ code: 'STALE_POSITION' });
    });
  });
});

describe('a table that is changed by DDL', () => {
  test('can be neither truncated nor rewritten while it is read', async () => {
    await makeTable('locked');
    await withSource({ url: database.url, table: 'locked' }, async (source) => {
      const plan = await source.plan(request({ parallelism: 4, batchRows: 10 }));
      await sql(`set lock_timeout = '50ms'`);
      for (const ddl of [
        'truncate locked',
        'alter table locked alter a type varchar(50)',
        'drop table locked',
      ])
        expect(await failure(sql(ddl))).toMatchObject({ code: '55P03' });
      await sql(`set lock_timeout = 0`);
      expect(ids(await inTurns(source, plan, plan.partitions))).toHaveLength(1000);
    });
    await sql('truncate locked');
  });

  test('that is truncated between connecting and the snapshot is read empty, never in part', async () => {
    await makeTable('emptied');
    const writer = await database.connect();
    await writer.query('begin; truncate emptied');
    await withSource({ url: database.url, table: 'emptied' }, async (source) => {
      const planned = source.plan(request());
      await waitUntilBlocked('emptied');
      await writer.query('commit');
      const plan = await planned;
      expect(ids(await inTurns(source, plan, plan.partitions))).toEqual([]);
    });
  });

  test('is not waited for longer than lock_timeout', async () => {
    await makeTable('held');
    const writer = await database.connect();
    await writer.query('begin; lock table held');
    const error = await failure(load({ url: database.url, table: 'held', lock_timeout: '50ms' }));
    expect(error).toMatchObject({
      code: 'CONNECTION',
      retry: true,
      hint: expect.stringContaining('lock_timeout'),
    });
    await writer.query('rollback');
  });

  async function waitUntilBlocked(table: string): Promise<void> {
    const waiting = `select from pg_locks where not granted and relation = '${table}'::regclass`;
    while ((await sql(waiting)).rowCount === 0);
  }
});

describe('a load that another process has begun', () => {
  const config = (table: string) => ({ url: database.url, table });

  async function begin(table: string) {
    return withSource(config(table), async (source) => {
      const plan = await source.plan(request({ batchRows: 100 }));
      for await (const item of source.read(plan, plan.partitions[0]!))
        if (item.position !== undefined) return { plan: stored(plan), position: item.position };
      throw new Error('no rows');
    });
  }

  const goOn = (table: string, { plan, position }: Awaited<ReturnType<typeof begin>>) =>
    withSource(config(table), async (source) => {
      const items: ReadItem[] = [];
      for await (const item of source.read(plan, plan.partitions[0]!, position)) items.push(item);
      return items;
    });

  test('goes on where it was, without columns that were added', async () => {
    await makeTable('added', 250);
    const begun = await begin('added');
    await sql(`alter table added add column b int default 7`);
    const items = await goOn('added', begun);
    expect(ids(items)).toEqual(upTo(250).slice(100));
    expect(items.flatMap(valuesOf)[0]).toEqual({ id: 101, a: 'row 101' });
  });

  test.each<[string, string, RegExp]>([
    ['gone', 'alter table gone drop column a', /"a" has gone/],
    ['renamed', 'alter table renamed rename column a to b', /"a" has gone/],
    ['widened', 'alter table widened alter id type bigint', /"id" was integer and is bigint/],
    ['unkeyed', 'alter table unkeyed drop constraint unkeyed_pkey', /\(id\) is no key/],
  ])('is stale if its columns are %s', async (table, ddl, message) => {
    await makeTable(table, 250);
    const begun = await begin(table);
    await sql(ddl);
    expect(await failure(goOn(table, begun))).toMatchObject({
      code: 'STALE_POSITION',
      message: expect.stringMatching(message),
    });
  });

  test('fails where the table is dropped', async () => {
    await makeTable('dropped', 250);
    const begun = await begin('dropped');
    await sql('drop table dropped');
    expect(await failure(goOn('dropped', begun))).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('refuses a plan or position that is damaged', async () => {
    await makeTable('damaged', 250);
    const begun = await begin('damaged');
    expect(await failure(goOn('damaged', { ...begun, position: [7] }))).toMatchObject({ code: 'DATA' });
    const plan = { ...begun.plan, spec: { version: 2 } };
    expect(await failure(goOn('damaged', { ...begun, plan }))).toMatchObject({ code: 'DATA' });
  });
});

test('batches of a session bear one schema object, that of the stream', async () => {
  await makeTable('one');
  const { source } = openSource({ url: database.url, table: 'one' });
  const plan = await source.plan(request({ parallelism: 4, batchRows: 10 }));
  const items = await inTurns(source, plan, plan.partitions);
  const schemas = new Set(items.flatMap(({ batch }) => (batch === undefined ? [] : [batch.schema])));
  expect([...schemas]).toEqual([(await source.streams())[0]!.schema]);
  expect([...schemas][0]).toMatchObject({
    primaryKey: ['id'],
    fields: [{ name: 'id', nativeType: 'integer' }, { name: 'a' }],
  });
  await source.close();
});
