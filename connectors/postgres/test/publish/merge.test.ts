import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { failure, useDatabase } from '../support/source.js';
import { type LoadOptions, prepareLoad, rowsOf, waitsForLock } from './support.js';

const db = useDatabase();

/** As this server is, and as one without MERGE … RETURNING. */
const SERVERS = [
  { server: 'this', version: undefined },
  { server: 'older', version: 160_000 },
] as const;

const merging = (table: string, more: Partial<LoadOptions> = {}): LoadOptions => ({
  table,
  mode: 'merge',
  keys: ['id'],
  columns: { id: 'int64', name: 'utf8' },
  ...more,
});

describe.each(SERVERS)('a merge ($server server)', ({ server, version }) => {
  const suffix = `_${server}`;
  const of = (table: string, more: Partial<LoadOptions> = {}) =>
    merging(table + suffix, { ...(version === undefined ? {} : { version }), ...more });

  test('inserts, updates, and says exactly how many; unchanged rows are not touched', async () => {
    const t = `plain${suffix}`;
    await db.client.query(`create table ${t} (id bigint primary key, name text);
      insert into ${t} values (1, 'a'), (2, 'b'), (3, null)`);
    const before = await rowsOf(db.client, t, 'id, ctid, xmin', 'id');
    const load = await prepareLoad(db.client, of('plain'));
    await load.stage("1, 'a'", "2, 'B'", '3, null', "4, 'd'");
    expect(await load.publish()).toEqual({ inserted: 1, updated: 1, unchanged: 2 });
    expect(await rowsOf(db.client, t)).toEqual(['(1,a)', '(2,B)', '(3,)', '(4,d)']);
    const after = await rowsOf(db.client, t, 'id, ctid, xmin', 'id');
    expect([after[0], after[2]]).toEqual([before[0], before[2]]);
    expect(await failure(load.publish())).toMatchObject({ code: 'DATA', hint: /--full-refresh/ });
  });

  test('with nothing staged changes nothing', async () => {
    const t = `empty${suffix}`;
    await db.client.query(
      `create table ${t} (id bigint primary key, name text); insert into ${t} values (1, 'a')`,
    );
    const load = await prepareLoad(db.client, of('empty'));
    expect(await load.publish()).toEqual({ inserted: 0, updated: 0, unchanged: 0 });
    expect(await rowsOf(db.client, t)).toEqual(['(1,a)']);
  });

  test('of rows with one key takes the last that came', async () => {
    const t = `twice${suffix}`;
    await db.client.query(
      `create table ${t} (id bigint primary key, name text); insert into ${t} values (1, 'a')`,
    );
    const load = await prepareLoad(db.client, of('twice'));
    await load.stage("1, 'z'", "2, 'x'", "1, 'b'", '2, null');
    expect(await load.publish()).toEqual({ inserted: 1, updated: 1, unchanged: 0 });
    expect(await rowsOf(db.client, t)).toEqual(['(1,b)', '(2,)']);
  });

  test('with an order never puts a lesser row in the place of a greater one', async () => {
    const t = `ordered${suffix}`;
    await db.client.query(`create table ${t} (id bigint primary key, name text, at int);
      insert into ${t} values (1, 'kept', 5), (2, 'old', 5), (3, 'old', null), (4, 'kept', 5), (5, 'tie', 5)`);
    const load = await prepareLoad(
      db.client,
      of('ordered', { columns: { id: 'int64', name: 'utf8', at: 'int32' }, order: 'at' }),
    );
    await load.stage(
      "1, 'lesser', 4",
      "2, 'greater', 6",
      "2, 'came later', 5",
      "3, 'any', null",
      "4, 'null', null",
      "5, 'tied', 5",
      "6, 'null', null",
      "6, 'first', 1",
      "6, 'second', 1",
      "6, 'null', null",
      "7, 'one', null",
      "7, 'two', null",
    );
    expect(await load.publish()).toEqual({ inserted: 2, updated: 3, unchanged: 2 });
    expect(await rowsOf(db.client, t)).toEqual([
      '(1,kept,5)',
      '(2,greater,6)',
      '(3,any,)',
      '(4,kept,5)',
      '(5,tied,5)',
      '(6,second,1)',
      '(7,two,)',
    ]);
  });

  test('goes by name, and leaves columns alone that the load lacks', async () => {
    const t = `named${suffix}`;
    await db.client.query(`create table ${t} (extra text default 'new', name varchar(5), dropped int,
        id bigint generated always as identity primary key, long int generated always as (length(name)) stored);
      alter table ${t} drop column dropped;
      insert into ${t} (extra, name) values ('kept', 'a'), ('kept', 'b')`);
    const load = await prepareLoad(db.client, of('named'));
    await load.stage("1, 'aaa'", "7, 'sss'");
    expect(await load.publish()).toEqual({ inserted: 1, updated: 1, unchanged: 0 });
    expect(await rowsOf(db.client, t, 'id, name, extra, long')).toEqual([
      '(1,aaa,kept,3)',
      '(2,b,kept,1)',
      '(7,sss,new,3)',
    ]);
  });

  test('leaves a staged column alone that no epoch has brought', async () => {
    const t = `unbrought${suffix}`;
    await db.client.query(`create table ${t} (id bigint primary key, name text, note text);
      insert into ${t} values (1, 'a', 'kept')`);
    const load = await prepareLoad(
      db.client,
      of('unbrought', { columns: { id: 'int64', name: 'utf8', note: 'utf8' }, brings: ['id', 'name'] }),
    );
    await load.stage("1, 'b', null");
    expect(await load.publish()).toEqual({ inserted: 0, updated: 1, unchanged: 0 });
    expect(await rowsOf(db.client, t)).toEqual(['(1,b,kept)']);
  });

  test('of keys alone inserts what is missing', async () => {
    const t = `keys_only${suffix}`;
    await db.client.query(`create table ${t} (id bigint primary key); insert into ${t} values (1)`);
    const load = await prepareLoad(db.client, of('keys_only', { columns: { id: 'int64' } }));
    await load.stage('1', '2');
    expect(await load.publish()).toEqual({ inserted: 1, updated: 0, unchanged: 1 });
    expect(await rowsOf(db.client, t)).toEqual(['(1)', '(2)']);
  });

  test('compares values as they are stored, also those of types without equality', async () => {
    const t = `exact${suffix}`;
    await db.client.query(`create table ${t} (id bigint primary key, j json, p point, n numeric, f float8, i interval);
      insert into ${t} select g, '{"a":1}', '(1,2)', 1.0, 0, '1 month' from generate_series(1, 7) g`);
    const load = await prepareLoad(
      db.client,
      of('exact', {
        columns: { id: 'int64', j: 'json', p: 'utf8', n: 'numeric', f: 'float64', i: 'interval' },
      }),
    );
    await load.stage(
      `1, '{"a":1}', '(1,2)', 1.0, 0, '1 month'`,
      `2, '{"a": 1}', '(1,2)', 1.0, 0, '1 month'`,
      `3, '{"a":1}', '(1,3)', 1.0, 0, '1 month'`,
      `4, '{"a":1}', '(1,2)', 1.00, 0, '1 month'`,
      `5, '{"a":1}', '(1,2)', 1.0, '-0', '1 month'`,
      `6, '{"a":1}', '(1,2)', 1.0, 0, '30 days'`,
      `7, null, '(1,2)', 1.0, 0, '1 month'`,
    );
    expect(await load.publish()).toEqual({ inserted: 0, updated: 6, unchanged: 1 });
    expect(await rowsOf(db.client, t, 'id, j, p, n, f, i', 'id')).toEqual([
      '(1,"{""a"":1}","(1,2)",1.0,0,"1 mon")',
      '(2,"{""a"": 1}","(1,2)",1.0,0,"1 mon")',
      '(3,"{""a"":1}","(1,3)",1.0,0,"1 mon")',
      '(4,"{""a"":1}","(1,2)",1.00,0,"1 mon")',
      '(5,"{""a"":1}","(1,2)",1.0,-0,"1 mon")',
      '(6,"{""a"":1}","(1,2)",1.0,0,"30 days")',
      '(7,,"(1,2)",1.0,0,"1 mon")',
    ]);
  });

  test('takes keys for equal that the server takes for equal', async () => {
    const t = `folded${suffix}`;
    await db.client.query(`create collation if not exists folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
      create table ${t} (id text collate folding primary key, name char(4));
      insert into ${t} values ('Ada', 'x')`);
    const load = await prepareLoad(db.client, of('folded', { columns: { id: 'utf8', name: 'utf8' } }));
    await load.stage("'bob', 'y'", "'ADA', 'z'", "'BOB', 'w'");
    expect(await load.publish()).toEqual({ inserted: 1, updated: 1, unchanged: 0 });
    expect(await rowsOf(db.client, t)).toEqual(['(Ada,"z   ")', '(BOB,"w   ")']);
  });

  test('without an index changes every row of a key, and keeps other writers out', async () => {
    const t = `unindexed${suffix}`;
    await db.client.query(`create table ${t} (id bigint, name text);
      insert into ${t} values (1, 'a'), (1, 'a'), (2, 'b')`);
    const load = await prepareLoad(db.client, of('unindexed'));
    await load.stage("1, 'A'", "2, 'b'", "3, 'c'");
    const other = await db.connect();
    await other.query(`begin; insert into ${t} values (3, 'meanwhile')`);
    const merged = load.publish();
    await waitsForLock(other, db.client);
    await other.query('commit');
    expect(await merged).toEqual({ inserted: 0, updated: 2, unchanged: 1 });
    expect(await rowsOf(db.client, t)).toEqual(['(1,A)', '(1,A)', '(2,b)', '(3,c)']);
  });

  test('meets a key that another program inserts meanwhile, without keeping writers out before', async () => {
    const t = `racing${suffix}`;
    await db.client.query(
      `create table ${t} (id bigint primary key, name text); insert into ${t} values (1, 'a')`,
    );
    const load = await prepareLoad(db.client, of('racing'));
    await load.stage("1, 'A'", "2, 'ours'", "3, 'c'");
    const other = await db.connect();
    await other.query(`begin; insert into ${t} values (2, 'theirs'), (9, 'theirs')`);
    const merged = load.publish();
    await waitsForLock(other, db.client);
    await other.query('commit');
    expect(await merged).toEqual({ inserted: 1, updated: 2, unchanged: 0 });
    expect(await rowsOf(db.client, t)).toEqual(['(1,A)', '(2,ours)', '(3,c)', '(9,theirs)']);
  });

  test('that violates another constraint fails, and leaves table and staging as they were', async () => {
    const t = `unique_name${suffix}`;
    await db.client.query(`create table ${t} (id bigint primary key, name text unique);
      insert into ${t} values (1, 'a')`);
    const load = await prepareLoad(db.client, of('unique_name'));
    await load.stage("2, 'a'");
    expect((await failure(load.publish())).message).toMatch(/unique_name.*name_key/);
    expect(await rowsOf(db.client, t)).toEqual(['(1,a)']);
    expect(await rowsOf(db.client, load.prepared.staging.sql, 'id, name')).toEqual(['(2,a)']);
  });

  test('into a partitioned table: by its key, and by another', async () => {
    const t = `parted${suffix}`;
    await db.client.query(`create table ${t} (id bigint, name text, primary key (id)) partition by range (id);
      create table ${t}_1 partition of ${t} for values from (0) to (10);
      create table ${t}_2 partition of ${t} for values from (10) to (20);
      insert into ${t} values (1, 'a'), (11, 'b')`);
    const load = await prepareLoad(db.client, of('parted'));
    await load.stage("1, 'A'", "12, 'c'", "11, 'b'");
    expect(await load.publish()).toEqual({ inserted: 1, updated: 1, unchanged: 1 });
    const other = await prepareLoad(db.client, of('parted', { keys: ['name'], load: 'other' }));
    await other.stage("15, 'A'", "2, 'd'");
    expect(await other.publish()).toEqual({ inserted: 1, updated: 1, unchanged: 0 });
    expect(await rowsOf(db.client, `${t}_1`)).toEqual(['(2,d)']);
    expect(await rowsOf(db.client, `${t}_2`)).toEqual(['(11,b)', '(12,c)', '(15,A)']);
  });

  test('fires the triggers of what it changes', async () => {
    const t = `triggered${suffix}`;
    await db.client.query(`create table ${t} (id bigint primary key, name text, note text);
      create function note${suffix}() returns trigger language plpgsql as
        $$ begin new.note := lower(tg_op); return new; end $$;
      insert into ${t} values (1, 'a'), (2, 'b');
      create trigger note before insert or update on ${t} for each row execute function note${suffix}()`);
    const load = await prepareLoad(db.client, of('triggered'));
    await load.stage("1, 'a'", "2, 'B'", "3, 'c'");
    expect(await load.publish()).toEqual({ inserted: 1, updated: 1, unchanged: 1 });
    expect(await rowsOf(db.client, t)).toEqual(['(1,a,)', '(2,B,update)', '(3,c,insert)']);
  });

  test('refuses to change a column that is always identity, and takes it where it stays', async () => {
    const t = `identity${suffix}`;
    await db.client.query(`create table ${t} (id bigint generated always as identity, name text primary key, n int);
      insert into ${t} (name, n) values ('a', 1), ('b', 1)`);
    const options = of('identity', { keys: ['name'], columns: { id: 'int64', name: 'utf8', n: 'int32' } });
    const load = await prepareLoad(db.client, options);
    await load.stage("1, 'a', 2", "7, 'c', 2");
    expect(await load.publish()).toEqual({ inserted: 1, updated: 1, unchanged: 0 });
    const other = await prepareLoad(db.client, { ...options, load: 'other' });
    await other.stage("5, 'b', 1");
    expect(await failure(other.publish())).toMatchObject({ code: 'DATA', hint: /generated by default/ });
    expect(await rowsOf(db.client, t)).toEqual(['(1,a,2)', '(2,b,1)', '(7,c,2)']);
  });

  test('does what a list of rows, one after another, would do', async () => {
    const t = `model${suffix}`;
    const row = fc.record({
      id: fc.integer({ min: 1, max: 6 }),
      name: fc.option(fc.constantFrom('a', 'b', 'c')),
      at: fc.option(fc.integer({ min: 1, max: 4 })),
    });
    type Model = { readonly id: number; readonly name: string | null; readonly at: number | null };
    const sql = ({ id, name, at }: Model) => `${id}, ${name === null ? 'null' : `'${name}'`}, ${at}`;
    let count = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(row, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        fc.boolean(),
        async (loads, isIndexed, isOrdered) => {
          await db.client.query(`drop table if exists ${t};
            create table ${t} (id int ${isIndexed ? 'primary key' : ''}, name text, at int)`);
          const model = new Map<number, Model>();
          for (const rows of loads) {
            const columns = { id: 'int32', name: 'utf8', at: 'int32' };
            const order = isOrdered ? { order: 'at' } : {};
            const load = await prepareLoad(db.client, of('model', { columns, load: `${count++}`, ...order }));
            await load.stage(...rows.map(sql));
            const expected = { inserted: 0, updated: 0, unchanged: 0 };
            const before = new Map(model);
            for (const next of rows) {
              const held = model.get(next.id);
              const loses = isOrdered && held?.at != null && (next.at === null || next.at < held.at);
              if (!loses) model.set(next.id, next);
            }
            for (const id of new Set(rows.map((each) => each.id))) {
              const [was, is] = [before.get(id), model.get(id)];
              if (was === undefined) expected.inserted++;
              else if (sql(was) === sql(is!)) expected.unchanged++;
              else expected.updated++;
            }
            expect(await load.publish()).toEqual(expected);
            expect(
              await rowsOf(
                db.client,
                t,
                "id || ', ' || coalesce(quote_literal(name), 'null') || ', ' || coalesce(at::text, 'null')",
              ),
            ).toEqual([...model.values()].sort((a, b) => a.id - b.id).map((each) => `("${sql(each)}")`));
          }
        },
      ),
      { seed: 20_261_125, numRuns: 25 },
    );
  });
});
