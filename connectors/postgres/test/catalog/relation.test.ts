import { randomBytes } from 'node:crypto';
import { describe, expect, onTestFinished, test } from 'vitest';
import { failure, load, pretendRows, request, useDatabase, withSource } from '../support/source.js';

const database = useDatabase();
const config = (more: object) => ({ url: database.url, ...more });
const sql = (text: string) => database.client.query(text);

describe('names', () => {
  test.each<[string, string, string]>([
    ['Weird "Name" ü', '"Sch ema.x"', 'Sch ema.x'],
    ['select', '"order"', 'order'],
    ["it's; drop table x; --", '"quote\'s"', "quote's"],
    ['日本語 テーブル', '"схема"', 'схема'],
    ['Upper', 'public', 'public'],
  ])('%s in %s', async (name, schemaSql, schema) => {
    const quoted = `"${name.replaceAll('"', '""')}"`;
    await sql(`create schema if not exists ${schemaSql}`);
    await sql(`create table ${schemaSql}.${quoted} (${quoted} int primary key, "a.b ""c" text)`);
    await sql(`insert into ${schemaSql}.${quoted} values (1, 'x')`);
    const table = `"${schema}".${quoted}`;
    for (const said of [table, { schema, name }]) {
      const { rows, next } = await load(
        config({ table: said, incremental: { strategy: 'cursor', cursor_column: name } }),
        { columns: ['a.b "c', name] },
      );
      expect(rows).toEqual([{ [name]: 1, 'a.b "c': 'x' }]);
      expect(next).toMatchObject({ value: '1' });
    }
  });

  test('without a schema are looked for along the search path', async () => {
    await sql('create schema early; create table early.found (a int); create table public.found (b int)');
    const url = new URL(database.url);
    const options = encodeURIComponent('-c search_path=early,public');
    const { plan } = await load({ url: `${url.href}?options=${options}`, table: 'found' });
    expect(plan.spec).toMatchObject({ columns: [{ name: 'a' }] });
  });
});

describe('what is not there', () => {
  test('a table, with what may be meant', async () => {
    await sql('create table customers (id int); create schema crm; create table crm.invoices (id int)');
    expect(await failure(load(config({ table: 'custmers' })))).toMatchObject({
      code: 'NOT_FOUND',
      message: 'There is no table custmers.',
      hint: expect.stringContaining('customers'),
    });
    expect(await failure(load(config({ table: 'invoices' })))).toMatchObject({
      hint: expect.stringContaining('crm.invoices'),
    });
    expect(await failure(load(config({ table: 'cmr.invoices' })))).toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining('no schema cmr'),
      hint: expect.stringContaining('crm'),
    });
  });

  test('a column, wherever it is named', async () => {
    await sql('create table cols (customer_id int primary key, amount int)');
    const near = { code: 'NOT_FOUND', hint: expect.stringContaining('customer_id') };
    expect(await failure(load(config({ table: 'cols' }), { columns: ['custmer_id'] }))).toMatchObject(near);
    const incremental = { strategy: 'cursor', cursor_column: 'customerid' };
    expect(await failure(load(config({ table: 'cols', incremental })))).toMatchObject(near);
    expect(
      await failure(withSource(config({ table: 'cols', incremental }), (source) => source.check!())),
    ).toMatchObject(near);
  });

  test('a table: a sequence, an index or a type is none', async () => {
    await sql(
      'create sequence numbers; create table indexed (a int primary key); create type pair as (a int, b int)',
    );
    expect(await failure(load(config({ table: 'numbers' })))).toMatchObject({
      code: 'UNSUPPORTED',
      message: 'numbers is a sequence.',
    });
    expect(await failure(load(config({ table: 'indexed_pkey' })))).toMatchObject({
      message: 'indexed_pkey is an index.',
    });
    expect(await failure(load(config({ table: 'pair' })))).toMatchObject({ message: 'pair is a type.' });
  });
});

describe('kinds of relations', () => {
  test('views, materialized views and queries are read whole, and not from where one was', async () => {
    await sql('create table base (id int primary key); insert into base select generate_series(1, 5)');
    await sql('create view seen as select id * 2 as twice from base');
    await sql('create materialized view kept as select * from base');
    for (const read of [
      { table: 'seen' },
      { table: 'kept' },
      { query: 'select id from base -- all of it' },
    ]) {
      const { rows, plan, log } = await load(config(read), { parallelism: 4 });
      expect(rows).toHaveLength(5);
      expect(plan).toMatchObject({ restart: 'never', partitions: [{ id: 'all' }] });
      expect(log.join()).toContain('from the start each time');
    }
  });

  test('the rows of tables that inherit are read too, and no key is believed', async () => {
    await sql('create table parent (id int primary key); create table child () inherits (parent)');
    await sql('insert into parent values (1); insert into child values (1), (2)');
    const { rows, plan } = await load(config({ table: 'parent' }));
    expect(rows).toHaveLength(3);
    expect(plan.restart).toBe('never');
  });

  test('a partitioned table is read by its key', async () => {
    await sql('create table parted (id int, day date, primary key (day, id)) partition by range (day)');
    await sql(`create table parted_1 partition of parted for values from ('2026-01-01') to ('2026-02-01')`);
    await sql(`create table parted_2 partition of parted for values from ('2026-02-01') to ('2026-03-01')`);
    await sql(`insert into parted select i, date '2026-01-01' + i from generate_series(0, 57) i`);
    const { rows, plan } = await load(config({ table: 'parted' }));
    expect(rows).toHaveLength(58);
    expect(plan).toMatchObject({ restart: 'position', keysDisjoint: true, spec: { key: ['day', 'id'] } });
  });

  test('a table without columns or rows', async () => {
    await sql('create table bare (); create table hollow (id int primary key)');
    expect((await load(config({ table: 'bare' }))).rows).toEqual([]);
    expect((await load(config({ table: 'hollow' }))).rows).toEqual([]);
  });
});

describe('keys', () => {
  test.each<[string, string, string[] | undefined]>([
    ['a primary key', 'create table k1 (a int, b text, primary key (b, a))', ['b', 'a']],
    ['a unique index of NOT NULL columns', 'create table k2 (a int not null unique, b int)', ['a']],
    ['not one whose columns may be NULL', 'create table k3 (a int unique, b int)', undefined],
    [
      'not a partial index',
      'create table k4 (a int not null); create unique index on k4 (a) where a > 5',
      undefined,
    ],
    [
      'not an index of expressions',
      'create table k5 (a int not null); create unique index on k5 ((a % 7))',
      undefined,
    ],
    [
      'not one that is checked later',
      'create table k6 (a int not null unique deferrable initially deferred)',
      undefined,
    ],
    [
      'without the columns that are only included',
      'create table k7 (a int not null, b int); create unique index on k7 (a) include (b)',
      ['a'],
    ],
    [
      'not one of another collation',
      'create table k8 (a text not null); create unique index on k8 (a collate "C")',
      undefined,
    ],
    [
      'the primary key before a shorter one',
      'create table k9 (a int not null unique, b int, c int, primary key (b, c))',
      ['b', 'c'],
    ],
  ])('%s', async (_, create, key) => {
    await sql(create);
    const table = /table (k\d)/.exec(create)![1]!;
    const { plan } = await load(config({ table }));
    expect((plan.spec as { key?: string[] }).key).toEqual(key);
  });

  test('a constraint that older rows need not keep makes no column NOT NULL, and no key', async () => {
    await sql('create table loose (a int unique, b int); insert into loose values (null, null), (1, 1)');
    const { rows } = await sql("select current_setting('server_version_num')::int >= 180000 as knows");
    if (rows[0]?.['knows'] === true)
      await sql(
        'alter table loose add constraint a_there not null a not valid, add constraint b_there not null b not valid',
      );
    const loaded = await load(config({ table: 'loose' }));
    expect(loaded.rows).toHaveLength(2);
    expect(loaded.plan.restart).toBe('never');
  });

  test('the primary key is told where all of it is read', async () => {
    await sql('create table told (a int, b int, c text, primary key (a, b))');
    const keyOf = (columns?: string[]) =>
      withSource(config({ table: 'told' }), async (source) => {
        await source.plan(request(columns === undefined ? {} : { columns }));
        return (await source.streams())[0]!.schema!.primaryKey;
      });
    expect(await keyOf()).toEqual(['a', 'b']);
    expect(await keyOf(['b', 'a'])).toEqual(['a', 'b']);
    expect(await keyOf(['a', 'c'])).toBeUndefined();
  });
});

describe('rights', () => {
  // Roles belong to the whole server, which other tests use at the same time.
  const reader = `reader_${randomBytes(4).toString('hex')}`;

  async function asReader(grant: string) {
    await sql(`create role ${reader} login password 'x'; ${grant}`);
    onTestFinished(async () => void (await sql(`drop owned by ${reader}; drop role ${reader}`)));
    const url = new URL(database.url);
    url.username = reader;
    url.password = 'x';
    return url.href;
  }

  test('none on the table', async () => {
    await sql('create table secret (id int primary key, a int)');
    const url = await asReader('');
    const denied = { code: 'AUTH', retry: false, hint: expect.stringContaining('grant select') };
    expect(await failure(load({ url, table: 'secret' }))).toMatchObject(denied);
    expect(await failure(withSource({ url, table: 'secret' }, (source) => source.check!()))).toMatchObject(
      denied,
    );
  });

  test('on some columns: those can be read, and the others are named', async () => {
    await sql('create table partly (id int primary key, a int, b int); insert into partly values (1, 2, 3)');
    const url = await asReader(`grant select (id, a) on partly to ${reader}`);
    expect((await load({ url, table: 'partly' }, { columns: ['a', 'id'] })).rows).toEqual([{ a: 2, id: 1 }]);
    expect(await failure(load({ url, table: 'partly' }))).toMatchObject({
      code: 'AUTH',
      message: expect.stringContaining('b'),
      hint: expect.stringContaining('source.columns'),
    });
  });

  test('on columns without the key: there is no key then', async () => {
    await sql('create table keyless (id int primary key, a int); insert into keyless values (1, 2)');
    const url = await asReader(`grant select (a) on keyless to ${reader}`);
    const { rows, plan } = await load({ url, table: 'keyless' }, { columns: ['a'] });
    expect(rows).toEqual([{ a: 2 }]);
    expect(plan.restart).toBe('never');
  });

  test('on some rows: the others are not read, and that is said', async () => {
    await sql('create table rowwise (id int primary key); insert into rowwise select generate_series(1, 9)');
    await sql('alter table rowwise enable row level security; create policy few on rowwise using (id < 4)');
    const url = await asReader(`grant select on rowwise to ${reader}`);
    const { rows, log } = await load({ url, table: 'rowwise' });
    expect(rows).toHaveLength(3);
    expect(log.join()).toMatch(/warn: .*row security/);
  });

  test('on the table, but not on what the server knows of it', async () => {
    await sql('create table unseen (id int primary key); insert into unseen select generate_series(1, 100)');
    await pretendRows(database.client, 'unseen', 1_000_000);
    const url = await asReader(`grant select on unseen to ${reader}`);
    await sql('revoke select on pg_catalog.pg_stats from public');
    try {
      const { rows, plan } = await load({ url, table: 'unseen' }, { parallelism: 2 });
      expect(rows).toHaveLength(100);
      expect(plan.partitions.length).toBeGreaterThan(1);
    } finally {
      await sql('grant select on pg_catalog.pg_stats to public');
    }
  });
});

describe('queries and conditions', () => {
  test('a fault is shown where it is', async () => {
    await sql('create table conds (id int primary key, "ü" int)');
    const error = await failure(load(config({ table: 'conds', where: '"ü" = 1\n and idd > 5' })));
    expect(error).toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(/idd.*See where, line 2, character 6: and idd > 5/s),
      details: { option: 'where', line: 2, column: 6 },
    });
    expect(await failure(load(config({ query: 'select * form conds' })))).toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('See query, line 1'),
    });
  });

  test.each([
    ['insert into conds2 values (1) returning id'],
    ['delete from conds2'],
    ['with x as (insert into conds2 values (1) returning id) select * from x'],
    ['select 1 as a) t limit 0; commit; drop table conds2; select (1'],
    ['select writing() as a'],
    ['select 1 as a; select 2 as b'],
  ])('%s writes nothing', async (query) => {
    await sql('create table if not exists conds2 (id int primary key)');
    await sql(
      `create or replace function writing() returns int language sql as 'insert into conds2 values (7) returning id'`,
    );
    expect(await failure(load(config({ query })))).toMatchObject({
      code: expect.stringMatching(/CONFIG|UNSUPPORTED/),
      retry: false,
    });
    expect((await sql('select * from conds2')).rows).toEqual([]);
  });

  test('a condition is one, whatever it is made of', async () => {
    await sql('create table ors (id int primary key); insert into ors select generate_series(1, 9)');
    const { rows } = await load(config({ table: 'ors', where: 'id = 1 or id = 9 -- both' }), {
      columns: ['id'],
    });
    expect(rows).toEqual([{ id: 1 }, { id: 9 }]);
  });

  test('a value that can not be worked out is an error of the data', async () => {
    await sql('create table divided (id int primary key); insert into divided values (0)');
    expect(await failure(load(config({ table: 'divided', where: '1 / id > 0' })))).toMatchObject({
      code: 'DATA',
    });
  });

  test('two columns of one name are refused', async () => {
    expect(await failure(load(config({ query: 'select 1 as a, 2 as a' })))).toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('"a"'),
    });
  });

  test('a semicolon at the end does no harm', async () => {
    expect((await load(config({ query: 'select 1 as a;\n ; ' }))).rows).toEqual([{ a: 1 }]);
  });
});

test('what has no type of ours is read as text, and said so', async () => {
  await sql(`create table texts (id int primary key, p point, r int4range, n inet)`);
  await sql(`insert into texts values (1, '(1,2)', '[1,5)', '10.0.0.1/8')`);
  const { rows, log } = await load(config({ table: 'texts' }));
  expect(rows).toEqual([{ id: 1, p: '(1,2)', r: '[1,5)', n: '10.0.0.1/8' }]);
  expect(log.join()).toMatch(/read as text: p \(point\), r \(int4range\), n \(inet\)/);
});
