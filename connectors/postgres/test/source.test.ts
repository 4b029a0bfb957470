import { describe, expect, test } from 'vitest';
import postgresConfig from '../src/config.js';
import postgresSource from '../src/source.js';
import { load, useDatabase, withSource } from './support/source.js';

const database = useDatabase();

function issues(config: object): string {
  const { error } = postgresConfig.safeParse(config);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n');
}

describe('a configuration', () => {
  test.each<[object, RegExp]>([
    [{}, /^table: say what is read: table or query$/],
    [{ table: 't', query: 'select 1' }, /query: say table or query, not both/],
    [{ table: 'a.b.c' }, /table: .*no table name/],
    [{ table: 'a.' }, /table: "a\." is no table name/],
    [{ table: 't', url: 'mysql://h/d' }, /url: .*postgres:\/\//],
    [{ table: 't', url: 'postgres://h/d', host: 'x' }, /host: the url says it already/],
    [{ table: 't', password: 'a', password_file: 'b' }, /password_file/],
    [{ table: 't', sslmode: 'always' }, /sslmode/],
    [{ table: 't', lock_timeout: 'soon' }, /lock_timeout: "soon" is no duration/],
    [{ table: 't', max_connections: 0 }, /max_connections/],
    [{ table: 't', incremental: { strategy: 'log' } }, /incremental.strategy: there is no strategy "log"/],
    [{ table: 't', tabel: 't' }, /tabel/],
  ])('%j is refused', (config, message) => {
    expect(issues(config)).toMatch(message);
  });

  test('a password in a URL that is refused is in no issue', () => {
    const { error } = postgresConfig.safeParse({ table: 't', url: 'postgres://u:geheim@h:x/d' });
    expect(JSON.stringify(error?.issues)).not.toContain('geheim');
  });

  test.each(['public.customers', 'public."Odd, ""name"" ü"', { schema: 'a.b', name: 'c' }, { name: 'c' }])(
    '%j names a table',
    (table) => {
      expect(issues({ table })).toBe('');
    },
  );
});

describe('identity', () => {
  const identity = (config: object) => postgresSource.identity!(postgresConfig.parse(config));

  test('is the connection or database, the table or query, and the condition', () => {
    expect(identity({ url: 'postgres://u:p@h:1/sales', table: 'public.orders', where: 'a > 1' })).toEqual({
      database: 'sales',
      table: ['public', 'orders'],
      where: 'a > 1',
    });
    expect(identity({ conn_id: 'src', url: 'postgres://u:p@h:1/sales', query: 'select 1 ' })).toEqual({
      conn_id: 'src',
      query: 'select 1',
    });
  });

  test('is never a host, a port, a user or a password', () => {
    const one = identity({ host: 'a', port: 1, user: 'b', password: 'c', database: 'd', table: 't' });
    expect(one).toEqual(identity({ url: 'postgres://x:y@z:2/d?sslmode=require', table: { name: 't' } }));
  });
});

describe('streams', () => {
  test('are the one that is configured, with its schema', async () => {
    await database.client.query(
      'create table "my table" (id int primary key, a numeric(5,2) not null, b text[])',
    );
    const streams = (config: object) =>
      withSource({ url: database.url, ...config }, (source) => source.streams());
    expect(await streams({ table: '"my table"' })).toEqual([
      {
        name: '"my table"',
        schema: {
          fields: [
            {
              name: 'id',
              type: { kind: 'int', bits: 32, signed: true },
              nullable: false,
              nativeType: 'integer',
            },
            {
              name: 'a',
              type: { kind: 'decimal', precision: 5, scale: 2 },
              nullable: false,
              nativeType: 'numeric(5,2)',
            },
            expect.objectContaining({ name: 'b', nullable: true, nativeType: 'text[]' }),
          ],
          primaryKey: ['id'],
        },
      },
    ]);
    expect((await streams({ table: { schema: 'public', name: 'my table' } }))[0]!.name).toBe(
      'public.my table',
    );
    expect((await streams({ query: 'select 1 as a', name: 'ones' }))[0]).toMatchObject({
      name: 'ones',
      schema: { fields: [{ name: 'a' }] },
    });
  });
});

test('a source may plan again', async () => {
  await database.client.query('create table again (id int primary key); insert into again values (1)');
  await withSource({ url: database.url, table: 'again' }, async (source) => {
    const wanted = { stream: 's', parallelism: 1, batchRows: 10, batchBytes: 1000 };
    await source.plan(wanted);
    await database.client.query('insert into again values (2)');
    const plan = await source.plan(wanted);
    let rows = 0;
    for await (const { batch } of source.read(plan, plan.partitions[0]!)) rows += batch?.length ?? 0;
    expect(rows).toBe(2);
  });
});

test('the position of a load without a window is none', async () => {
  await database.client.query('create table whole (id int primary key); insert into whole values (1)');
  expect((await load({ url: database.url, table: 'whole' })).next).toBeNull();
});
