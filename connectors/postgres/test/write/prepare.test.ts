import { sha256 } from '@datacook/toolkit';
import { describe, expect, it } from 'vitest';
import { sessionName } from '../../src/write/sessions.js';
import { asUser, commitOf, openDestination, schemaOf, target, untilItWaits } from '../support/destination.js';
import { failure, useDatabase } from '../support/source.js';

const db = useDatabase();

/** The columns of a table with their types. */
async function columnsOf(table: string): Promise<Record<string, string>> {
  const { rows } = await db.client.query(
    `select attname, format_type(atttypid, atttypmod) as type from pg_attribute
     where attrelid = $1::regclass and attnum > 0 and not attisdropped order by attnum`,
    [table],
  );
  return Object.fromEntries(rows.map(({ attname, type }) => [attname, type]));
}

let count = 0;
/** A destination that holds the claim of a key of its own. */
async function claimed(table: string, config: object = {}) {
  const key = `recipe/${++count}`;
  const opened = openDestination({ url: db.url, ...config });
  await opened.destination.claim({ key, table }, 'run');
  return { ...opened, to: target({ key, table }) };
}

describe('prepare', () => {
  it('makes a table of every type, and its schema, and does nothing more the second time', async () => {
    const { destination, to } = await claimed('fresh.made');
    const types = {
      bool: 'bool',
      int8: 'int8',
      uint16: 'uint16',
      int64: 'int64',
      uint64: 'uint64',
      float32: 'float32',
      float64: 'float64',
      decimal: 'decimal(38,9)',
      numeric: 'numeric',
      utf8: 'utf8',
      binary: 'binary',
      date: 'date',
      time: 'time',
      timestamptz: 'timestamptz',
      interval: 'interval',
      uuid: 'uuid',
      json: 'json',
      list: 'list<int32>',
      struct: 'struct<a: int32>',
    };
    await destination.prepare(to, schemaOf(types), 1);
    await destination.prepare(to, schemaOf(types), 1);
    expect(await columnsOf('fresh.made')).toEqual({
      bool: 'boolean',
      int8: 'smallint',
      uint16: 'integer',
      int64: 'bigint',
      uint64: 'numeric(20,0)',
      float32: 'real',
      float64: 'double precision',
      decimal: 'numeric(38,9)',
      numeric: 'numeric',
      utf8: 'text',
      binary: 'bytea',
      date: 'date',
      time: 'time without time zone',
      timestamptz: 'timestamp with time zone',
      interval: 'interval',
      uuid: 'uuid',
      json: 'jsonb',
      list: 'integer[]',
      struct: 'jsonb',
    });
  });

  it('adds columns and widens types, with the rows that are there', async () => {
    await db.client.query(
      `create table widened (a smallint, b int default 7, c real, d numeric(5,2), e int[], f text); insert into widened values (1, 2, 1.5, 1.25, '{1,null}', 'x')`,
    );
    const { destination, to } = await claimed('widened');
    const types = {
      a: 'int32',
      b: 'int64',
      c: 'float64',
      d: 'decimal(9,4)',
      e: 'list<int64>',
      f: 'utf8',
      g: 'date',
    };
    await destination.prepare(to, schemaOf(types), 1);
    expect(await columnsOf('widened')).toEqual({
      a: 'integer',
      b: 'bigint',
      c: 'double precision',
      d: 'numeric(9,4)',
      e: 'bigint[]',
      f: 'text',
      g: 'date',
    });
    const { rows } = await db.client.query('select * from widened');
    expect(rows).toEqual([{ a: 1, b: '2', c: 1.5, d: '1.2500', e: ['1', null], f: 'x', g: null }]);
  });

  it('leaves columns alone that hold what comes, and types that it does not know', async () => {
    await db.client.query(
      `create type mood as enum ('ok'); create domain positive as int check (value > 0);
       create table kept (a bigint, b numeric, c varchar(3), d mood, e inet, f positive, g timestamp(3), h json)`,
    );
    const before = await columnsOf('kept');
    const { destination, to } = await claimed('kept');
    const types = {
      a: 'int32',
      b: 'decimal(30,2)',
      c: 'utf8',
      d: 'utf8',
      e: 'utf8',
      f: 'int32',
      g: 'timestamp',
      h: 'json',
    };
    await destination.prepare(to, schemaOf(types), 1);
    expect(await columnsOf('kept')).toEqual(before);
  });

  it.each([
    ['a text for a number', 'a int', { a: 'utf8' }, /is integer, which can't hold utf8/, /cast_columns/],
    [
      'a wider number than a domain takes',
      'a dom',
      { a: 'int64' },
      /is dom, which can't hold int64/,
      /cast_columns/,
    ],
    [
      'a value for a generated column',
      'b int, a int generated always as (b) stored',
      { a: 'int32' },
      /generated/,
      /drop_columns/,
    ],
  ])('refuses %s', async (_case, columns, types, message, hint) => {
    await db.client.query('drop domain if exists dom cascade; create domain dom as int');
    const table = `refused_${++count}`;
    await db.client.query(`create table ${table} (${columns})`);
    const { destination, to } = await claimed(table);
    expect(await failure(destination.prepare(to, schemaOf(types), 1))).toMatchObject({
      code: 'SCHEMA',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
    });
  });

  it('says what stands in the way of a wider type', async () => {
    await db.client.query('create table viewed (a int); create view over as select a from viewed');
    const { destination, to } = await claimed('viewed');
    expect(await failure(destination.prepare(to, schemaOf({ a: 'int64' }), 1))).toMatchObject({
      code: 'SCHEMA',
      message: expect.stringMatching(/used by a view or rule.*view over depends on column "a"/),
      hint: expect.stringContaining('alter table "public"."viewed" alter column "a" type bigint'),
    });
  });

  it.each([
    ['a view', 'create view x as select 1 as a', 'SCHEMA', /is a view/],
    [
      'a materialized view',
      'create materialized view x as select 1 as a',
      'SCHEMA',
      /is a materialized view/,
    ],
    ['a sequence', 'create sequence x', 'SCHEMA', /is a sequence/],
    [
      'a foreign table',
      'create extension if not exists file_fdw; create server if not exists f foreign data wrapper file_fdw; create foreign table x (a text) server f options (filename $$/dev/null$$)',
      'SCHEMA',
      /is a foreign table/,
    ],
  ])('refuses %s, and so does claim', async (_case, sql, code, message) => {
    const schema = `kinds_${++count}`;
    await db.client.query(
      `create schema ${schema}; set search_path = ${schema}, public; ${sql}; reset search_path`,
    );
    const { destination } = openDestination({ url: db.url });
    const refused = { code, message: expect.stringMatching(message) };
    expect(await failure(destination.claim({ key: 'k', table: `${schema}.x` }, 'run'))).toMatchObject(
      refused,
    );
    expect(await failure(destination.peek({ key: 'k', table: `${schema}.x` }))).toMatchObject(refused);
  });

  it('refuses a table whose policies hold for its role', async () => {
    const role = `limited_${new URL(db.url).pathname.slice(1)}`;
    await db.client.query(
      `create role ${role} login password 'p'; create schema guarded; grant create, usage on schema guarded to ${role};
       create table guarded.t (a int); alter table guarded.t enable row level security; grant all on guarded.t to ${role}`,
    );
    const { destination } = openDestination({ url: asUser(db.url, role, 'p') });
    expect(await failure(destination.claim({ key: 'k', table: 'guarded.t' }, 'run'))).toMatchObject({
      code: 'UNSUPPORTED',
      hint: expect.stringContaining('bypassrls'),
    });
  });

  it('takes a table of one part where the search path finds it, else for the current schema', async () => {
    await db.client.query('create schema first; create schema second; create table second.found (a int)');
    const url = `${db.url}?options=-csearch_path%3Dfirst,second`;
    for (const table of ['found', 'fresh']) {
      const { destination } = openDestination({ url });
      await destination.claim({ key: table, table }, 'run');
      await destination.prepare(target({ key: table, table }), schemaOf({ a: 'int32', b: 'utf8' }), 1);
    }
    expect(await columnsOf('second.found')).toEqual({ a: 'integer', b: 'text' });
    expect(await columnsOf('first.fresh')).toEqual({ a: 'integer', b: 'text' });
  });

  it('needs a schema where the search path has none', async () => {
    const { destination } = openDestination({ url: `${db.url}?options=-csearch_path%3Dnowhere` });
    expect(await failure(destination.peek({ key: 'k', table: 't' }))).toMatchObject({ code: 'CONFIG' });
    expect(await failure(destination.peek({ key: 'k', table: 'pg_class' }))).toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining("server's own"),
    });
  });

  it('keeps hostile names, up to 63 bytes', async () => {
    const table = `"na""me; drop ' ü \\ %s $1 ${'x'.repeat(38)}"`;
    const long = 'ü'.repeat(31);
    const { destination, to } = await claimed(table);
    await destination.prepare(
      to,
      schemaOf({ 'a "b" c': 'int32', SELECT: 'utf8', [long]: 'utf8', "'": 'bool' }),
      1,
    );
    expect(Object.keys(await columnsOf(table))).toEqual(['a "b" c', 'SELECT', long, "'"]);
    const { table: seen } = await destination.peek({ key: to.key, table });
    expect(seen?.fields.map(({ name }) => name)).toEqual(['a "b" c', 'SELECT', long, "'"]);
  });

  it('refuses names that the server would cut off, or that are ours', async () => {
    const { destination } = openDestination({ url: db.url });
    for (const table of ['ü'.repeat(32), `${'x'.repeat(64)}.t`, '_datacook_heads', 's._datacook_x', 'a.b.c'])
      expect(await failure(destination.claim({ key: 'k', table }, 'run'))).toMatchObject({ code: 'CONFIG' });
    const { destination: other, to } = await claimed('names');
    for (const column of ['ü'.repeat(32), '', '_datacook_order', 'nul\0', 'ctid'])
      expect(await failure(other.prepare(to, schemaOf({ [column]: 'utf8' }), 1))).toMatchObject({
        code: 'SCHEMA',
        hint: expect.stringContaining('rename_columns'),
      });
  });

  it('of two that make one table at once, both succeed', async () => {
    const opened = await Promise.all(Array.from({ length: 5 }, () => claimed('raced.at_once')));
    await Promise.all(
      opened.map(({ destination, to }) => destination.prepare(to, schemaOf({ a: 'int32' }), 1)),
    );
    expect(await columnsOf('raced.at_once')).toEqual({ a: 'integer' });
  });

  it('does not wait for ever for a lock, and names who has it', async () => {
    await db.client.query('create table locked (a int)');
    const { destination, to } = await claimed('locked', { lock_timeout: 0.1 });
    const reader = await db.connect();
    await reader.query(`set application_name = 'a long report'`);
    await reader.query('begin; select * from locked');
    const error = await failure(destination.prepare(to, schemaOf({ a: 'int32', b: 'utf8' }), 1));
    expect(error).toMatchObject({ code: 'CONNECTION', retry: true });
    expect(error.message).toMatch(
      /lock timeout\. Who has locks there: session \d+ \(role \w+, a long report, idle/,
    );
    await reader.query('rollback');
    await destination.prepare(to, schemaOf({ a: 'int32', b: 'utf8' }), 1);
  });

  it('tells the owner what to run where the role may not change the table', async () => {
    const role = `guest_${new URL(db.url).pathname.slice(1)}`;
    await db.client.query(
      `create role ${role} login password 'p'; create schema owned; grant create, usage on schema owned to ${role};
       create table owned.t (a int); grant all on owned.t to ${role}`,
    );
    const { destination } = openDestination({ url: asUser(db.url, role, 'p') });
    await destination.claim({ key: 'k', table: 'owned.t' }, 'run');
    const to = target({ key: 'k', table: 'owned.t' });
    await destination.prepare(to, schemaOf({ a: 'int32' }), 1);
    expect(await failure(destination.prepare(to, schemaOf({ a: 'int32', b: 'utf8' }), 1))).toMatchObject({
      code: 'AUTH',
      hint: 'Let the owner of the table run: alter table "owned"."t" add column "b" text',
    });
  });

  it.each([
    ['append', 'insert'],
    ['merge', 'insert, update'],
    ['replace', 'insert, delete'],
  ] as const)('says before an %s begins what the role may not do to the table', async (mode, missing) => {
    const role = `reader_${mode}_${new URL(db.url).pathname.slice(1)}`;
    await db.client.query(
      `create role ${role} login password 'p'; create schema ${role} authorization ${role};
       create table ${role}.t (id int); grant select on ${role}.t to ${role}`,
    );
    const { destination } = openDestination({ url: asUser(db.url, role, 'p') });
    await destination.claim({ key: 'k', table: `${role}.t` }, 'run');
    const to = target({ key: 'k', table: `${role}.t`, mode, mergeKeys: ['id'] });
    expect(await failure(destination.prepare(to, schemaOf({ id: 'int32' }), 1))).toMatchObject({
      code: 'AUTH',
      hint: expect.stringContaining(`grant ${missing} on "${role}"."t" to "${role}"`),
    });
    await db.client.query(`grant ${missing} on ${role}.t to ${role}`);
    await destination.prepare(to, schemaOf({ id: 'int32' }), 1);
  });

  it.each(['append', 'replace'] as const)(
    'says before an %s begins that the table can not be made',
    async (mode) => {
      const role = `guest_${mode}_${new URL(db.url).pathname.slice(1)}`;
      await db.client.query(
        `create role ${role} login password 'p'; create schema ${role} authorization ${role};
       create schema ${role}_not; grant usage on schema ${role}_not to ${role}`,
      );
      const { destination } = openDestination({ url: asUser(db.url, role, 'p'), internal_schema: role });
      const to = target({ key: 'k', table: `${role}_not.t`, mode });
      await destination.claim(to, 'run');
      expect(await failure(destination.prepare(to, schemaOf({ id: 'int32' }), 1))).toMatchObject({
        code: 'AUTH',
        hint: expect.stringContaining(`grant create on schema "${role}_not" to "${role}"`),
      });
    },
  );

  it('of a merge wants keys, which stream and table must have', async () => {
    await db.client.query('create table keyless (v text)');
    const { destination, to } = await claimed('keyless');
    const schema = schemaOf({ id: 'int32', v: 'utf8' });
    const merge = (mergeKeys: readonly string[]) => ({ ...to, mode: 'merge' as const, mergeKeys });
    for (const [keys, message] of [
      [[], /needs keys/],
      [['ID'], /Neither the stream nor the table keyless has the column "ID"/],
      [['id'], /The table keyless doesn't have the column "id"/],
    ] as const)
      expect(await failure(destination.prepare(merge(keys), schema, 1))).toMatchObject({
        code: 'SCHEMA',
        message: expect.stringMatching(message),
      });
  });

  it('makes staging for a load, drops that of others, and finds it again or says that it is gone', async () => {
    const { destination, to } = await claimed('staged.t', { internal_schema: 'own' });
    const schema = schemaOf({ id: 'int32', v: 'utf8' });
    const staging = async () =>
      (
        await db.client.query(`select from pg_class where starts_with(relname, '_datacook_staging_' || $1)`, [
          sha256(to.key).slice(0, 16),
        ])
      ).rows.length;
    const replace = { ...to, mode: 'replace' as const, load: 'a' };
    await destination.prepare(replace, schema, 1);
    await destination.prepare({ ...replace, staged: true }, schema, 1);
    expect(await staging()).toBe(1);
    await destination.prepare({ ...replace, load: 'b' }, schema, 1);
    expect(await staging()).toBe(1);
    expect(await failure(destination.prepare({ ...replace, staged: true }, schema, 1))).toMatchObject({
      code: 'DATA',
      message: expect.stringContaining('staged rows of staged.t are gone'),
    });
    expect(await staging()).toBe(1);
    await destination.prepare({ ...to, load: 'c' }, schema, 1);
    expect(await staging()).toBe(0);
  });

  it('changes nothing once another run has claimed', async () => {
    const { destination, to } = await claimed('fenced');
    const replace = { ...to, mode: 'replace' as const };
    await destination.prepare(replace, schemaOf({ a: 'int32' }), 1);
    await openDestination({ url: db.url }).destination.claim({ key: to.key, table: 'fenced' }, 'another run');
    for (const stale of [{ ...to }, { ...replace, load: 'other' }])
      expect(await failure(destination.prepare(stale, schemaOf({ a: 'int32' }), 1))).toMatchObject({
        code: 'CONFLICT',
      });
    const { rows } = await db.client.query(
      `select relname from pg_class where relname = 'fenced' or relname like '%' || $1 || '%'`,
      [sessionName(to.key, 'look').split(':')[1]],
    );
    expect(rows).toHaveLength(1);
  });

  it('changes nothing where it is overtaken while it waits for a lock', async () => {
    await db.client.query('create table slow (a int)');
    const { destination, to } = await claimed('slow');
    const reader = await db.connect();
    await reader.query('begin; select * from slow');
    const prepared = failure(destination.prepare(to, schemaOf({ a: 'int32', b: 'utf8' }), 1));
    await untilItWaits(db.client, to.key, 1);
    // As a successor of another role would, which can't end the session.
    await db.client.query('update _datacook_heads set version = version + 1 where key = $1', [to.key]);
    await reader.query('rollback');
    expect(await prepared).toMatchObject({ code: 'CONFLICT' });
    expect(await columnsOf('slow')).toEqual({ a: 'integer' });
  });

  it('is wanted before a writer is opened, or what was staged is published', async () => {
    const { destination, to } = await claimed('unprepared');
    const unprepared = { code: 'INTERNAL', message: expect.stringContaining('was not prepared') };
    expect(await failure(destination.openWriter(to, schemaOf({ a: 'int32' }), 1))).toMatchObject(unprepared);
    const merge = { ...to, mode: 'merge' as const };
    expect(await failure(destination.commit(merge, [], commitOf(1, { publish: true })))).toMatchObject(
      unprepared,
    );
    expect(await failure(destination.commit(to, ['ticket'], commitOf(1)))).toMatchObject({
      code: 'INTERNAL',
    });
  });

  it('stops when the run is stopped, also while it waits for a lock', async () => {
    await db.client.query('create table waited (a int)');
    const { destination, to, stop } = await claimed('waited');
    const reader = await db.connect();
    await reader.query('begin; select * from waited');
    const prepared = failure(destination.prepare(to, schemaOf({ b: 'utf8' }), 1));
    await untilItWaits(db.client, to.key, 1);
    stop.abort();
    expect(await prepared).toMatchObject({ code: 'CANCELLED' });
    const sessions = `select 1 from pg_stat_activity where application_name = $1 and state = 'active'`;
    await expect
      .poll(async () => (await db.client.query(sessions, [sessionName(to.key, 1)])).rows.length)
      .toBe(0);
    await reader.query('rollback');
  });
});
