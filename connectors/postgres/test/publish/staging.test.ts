import { describe, expect, test } from 'vitest';
import { findPublished } from '../../src/publish/published-table.js';
import { createStaging, dropOtherStaging, requireStaged, stagingName } from '../../src/publish/staging.js';
import { failure, useDatabase } from '../support/source.js';
import { prepareLoad, rowsOf, schemaOf, sessionOf, tableName } from './support.js';

const db = useDatabase();

const COLUMNS = `select attname::text as name, format_type(atttypid, atttypmod) as type, c.collname::text as collation
  from pg_attribute left join pg_collation c on c.oid = attcollation
  where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`;

async function columnsOf(table: string): Promise<string[]> {
  const { rows } = await db.client.query<{ name: string; type: string; collation: string | null }>(COLUMNS, [
    table,
  ]);
  return rows.map(
    ({ name, type, collation }) => `${name} ${type}${collation === null ? '' : ` ${collation}`}`,
  );
}

describe('staging', () => {
  test('has the types of the table where it can hold the values, and others where not', async () => {
    await db.client.query(`create domain email as text check (value like '%@%');
      create table typed (id int primary key, name varchar(10) collate "C", mail email, cents numeric(5,2), at timestamp(0))`);
    const columns = {
      id: 'int64',
      name: 'utf8',
      mail: 'utf8',
      cents: 'decimal(4,1)',
      at: 'timestamp',
      more: 'decimal(9,3)',
    };
    const replace = await prepareLoad(db.client, { table: 'typed', mode: 'replace', columns });
    expect(await columnsOf(replace.prepared.staging.sql)).toEqual([
      'id bigint',
      'name character varying(10) C',
      'mail email default',
      'cents numeric(5,2)',
      'at timestamp without time zone',
      'more numeric(9,3)',
    ]);
    const merge = await prepareLoad(db.client, {
      table: 'typed',
      mode: 'merge',
      keys: ['id'],
      columns: { id: 'int32', name: 'utf8', at: 'timestamp' },
      load: 'merge',
    });
    expect(await columnsOf(merge.prepared.staging.sql)).toEqual([
      '_datacook_order bigint',
      'id integer',
      'name character varying(10) C',
      'at timestamp(0) without time zone',
    ]);
  });

  test('is logged, keeps its rows when it is made ready again, and takes new and wider columns', async () => {
    const options = { table: 'again', mode: 'replace', columns: { id: 'int32' } } as const;
    const load = await prepareLoad(db.client, options);
    await load.stage('1');
    const again = await prepareLoad(db.client, options);
    await again.stage('2');
    const wider = await prepareLoad(db.client, { ...options, columns: { id: 'int64', 'odd "name': 'utf8' } });
    await wider.stage("5000000000, 'c'");
    const { sql, name } = load.prepared.staging;
    expect(wider.prepared.staging.sql).toBe(sql);
    expect(await rowsOf(db.client, sql)).toEqual(['(1,)', '(2,)', '(5000000000,c)']);
    const { rows } = await db.client.query('select relpersistence from pg_class where relname = $1', [name]);
    expect(rows).toEqual([{ relpersistence: 'p' }]);
  });

  test('of other loads of the key is dropped, that of other keys is not', async () => {
    const session = sessionOf(db.client);
    await db.client.query('create schema "in ""side"');
    const options = {
      table: 'other',
      mode: 'replace',
      columns: { id: 'int32' },
      schema: 'in "side',
    } as const;
    const loads = [];
    for (const load of ['one', 'two', 'three'])
      loads.push(await prepareLoad(db.client, { ...options, load }));
    const foreign = await prepareLoad(db.client, { ...options, table: 'another' });
    await dropOtherStaging(session, 'in "side', 'recipe/other', stagingName('recipe/other', 'two'));
    const exists: boolean[] = [];
    for (const { prepared } of [...loads, foreign]) {
      const { rows } = await db.client.query('select to_regclass($1) is not null as "exists"', [
        prepared.staging.sql,
      ]);
      exists.push(rows[0].exists);
    }
    expect(exists).toEqual([false, true, false, true]);
    await dropOtherStaging(session, 'in "side', 'recipe/other');
    expect(await failure(requireStaged(session, loads[1]!.prepared))).toMatchObject({
      code: 'DATA',
      message: /other are gone/,
      hint: /--full-refresh/,
    });
  });

  test('of a table that was narrowed meanwhile does not lose what the values are', async () => {
    await db.client.query('create table narrowed (id int primary key, cents numeric(8,4), name text)');
    const load = await prepareLoad(db.client, {
      table: 'narrowed',
      mode: 'merge',
      keys: ['id'],
      columns: { id: 'int32', cents: 'decimal(8,4)', name: 'utf8' },
    });
    await load.stage("1, 1.2345, 'a long name'");
    await db.client.query('alter table narrowed alter cents type numeric(8,2)');
    expect(await failure(load.publish())).toMatchObject({ code: 'SCHEMA', message: /numeric\(8,2\) now/ });
    await db.client.query('alter table narrowed alter cents type numeric(10,4), alter name type varchar(3)');
    expect(await failure(load.publish())).toMatchObject({ message: /too long/ });
    await db.client.query('alter table narrowed alter name type varchar(30)');
    expect(await load.publish()).toEqual({ inserted: 1, updated: 0, unchanged: 0 });
    expect(await rowsOf(db.client, 'narrowed')).toEqual(['(1,1.2345,"a long name")']);
  });

  test('outlives a table that is dropped before it is published to', async () => {
    await db.client.query('create table dropped (id int primary key)');
    const options = { table: 'dropped', mode: 'merge', keys: ['id'], columns: { id: 'int32' } } as const;
    const load = await prepareLoad(db.client, options);
    await load.stage('1');
    await db.client.query('drop table dropped');
    expect(await failure(load.publish())).toMatchObject({ code: 'SCHEMA', message: /was dropped/ });
    await db.client.query('create table dropped (id int primary key)');
    await db.client.query('begin');
    const held = await findPublished(sessionOf(db.client), tableName('public', 'dropped'));
    await createStaging(sessionOf(db.client), load.prepared, schemaOf(options.columns), held);
    await db.client.query('commit');
    expect(await load.publish()).toEqual({ inserted: 1, updated: 0, unchanged: 0 });
  });

  test('and publishing need no more than SELECT, INSERT, and UPDATE (merge) or DELETE (replace)', async () => {
    await db.client.query(`create role loads_theirs; create schema loading authorization loads_theirs;
      create table merged (id int primary key, name text); insert into merged values (1, 'a');
      create table replaced (id int primary key, name text); insert into replaced values (1, 'a');
      grant select, insert, update on merged to loads_theirs; grant select, insert, delete on replaced to loads_theirs;
      set role loads_theirs`);
    const options = { columns: { id: 'int32', name: 'utf8' }, internalSchema: 'loading' };
    const merge = await prepareLoad(db.client, { ...options, table: 'merged', mode: 'merge', keys: ['id'] });
    await merge.stage("1, 'A'", "2, 'b'");
    expect(await merge.publish()).toEqual({ inserted: 1, updated: 1, unchanged: 0 });
    const replace = await prepareLoad(db.client, { ...options, table: 'replaced', mode: 'replace' });
    await replace.stage("1, 'a'", "3, 'c'");
    await replace.publish();
    await db.client.query('reset role');
    expect(await rowsOf(db.client, 'merged')).toEqual(['(1,A)', '(2,b)']);
    expect(await rowsOf(db.client, 'replaced')).toEqual(['(1,a)', '(3,c)']);
    await db.client.query('drop owned by loads_theirs; drop role loads_theirs');
  });
});
