import type { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { sessionName } from '../../src/write/sessions.js';
import { asUser, commitOf, epoch, openDestination, schemaOf, target } from '../support/destination.js';
import { failure, useDatabase } from '../support/source.js';

const db = useDatabase();

/** A schema for each test, first in the search path. */
let schemas = 0;
async function freshSchema(): Promise<{ readonly schema: string; readonly url: string }> {
  const schema = `s${++schemas}`;
  await db.client.query(`create schema ${schema}`);
  return { schema, url: `${db.url}?options=-csearch_path%3D${schema}` };
}

/** A role of that name in this file alone: roles belong to the server, not to a database. */
const roleName = (name: string) => `${name}_${new URL(db.url).pathname.slice(1)}`;

/** A session that says it is one of this key, at a version. */
async function sessionOf(key: string, version: number): Promise<Client> {
  const client = await db.connect();
  await client.query(`set application_name = '${sessionName(key, version)}'`);
  return client;
}

async function isThere(client: Client): Promise<boolean> {
  return client.query('select 1').then(
    () => true,
    () => false,
  );
}

const place = { key: 'recipe/stream', table: 't' };

describe('claim', () => {
  it('makes the head, and adds 1 each time', async () => {
    const { schema, url } = await freshSchema();
    const { destination } = openDestination({ url });
    expect(await destination.claim(place, 'run 1')).toEqual({ version: 1 });
    expect(await destination.claim(place, 'run 2')).toEqual({ version: 2 });
    const { rows } = await db.client.query(`select * from ${schema}._datacook_heads`);
    expect(rows).toEqual([
      {
        key: 'recipe/stream',
        version: '2',
        owner: 'run 2',
        target: `"${schema}"."t"`,
        state: null,
        types: null,
        format: 1,
        updated_at: expect.any(Date),
      },
    ]);
  });

  it('makes the schema that the table is to lie in', async () => {
    const { destination } = openDestination({ url: db.url });
    const name = 'Odd "schema" ü.1';
    const table = `"${name.replaceAll('"', '""')}"."tä ble"`;
    expect(await destination.claim({ key: 'k', table }, 'run')).toEqual({ version: 1 });
    const { rows } = await db.client.query('select 1 from pg_tables where schemaname = $1', [name]);
    expect(rows).toHaveLength(1);
  });

  it('keeps heads in internal_schema where that is said', async () => {
    const { schema, url } = await freshSchema();
    const { destination } = openDestination({ url, internal_schema: `${schema}_own` });
    await destination.claim(place, 'run');
    const { rows } = await db.client.query(`select target from ${schema}_own._datacook_heads`);
    expect(rows).toEqual([{ target: `"${schema}"."t"` }]);
  });

  it('of several first claims at once, each has a version of its own', async () => {
    const { url } = await freshSchema();
    const opened = Array.from({ length: 6 }, () => openDestination({ url, internal_schema: 'made_at_once' }));
    // Claims of one key end each other's sessions: these are of several.
    const heads = await Promise.all(
      opened.map(({ destination }, index) => destination.claim({ key: `k${index}`, table: 't' }, 'run')),
    );
    expect(heads.map(({ version }) => version)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('of two claims of one key at once, at least one holds, and no version is given twice', async () => {
    const { schema, url } = await freshSchema();
    await openDestination({ url }).destination.claim(place, 'first');
    for (let round = 0; round < 10; round++) {
      const { rows } = await db.client.query(`select version::int from ${schema}._datacook_heads`);
      const claims = await Promise.allSettled(
        [1, 2].map((run) => openDestination({ url }).destination.claim(place, `run ${run}`)),
      );
      const versions = claims.flatMap((claim) => (claim.status === 'fulfilled' ? [claim.value.version] : []));
      expect(versions).toContain(rows[0].version + 2);
      expect(new Set(versions).size).toBe(versions.length);
      for (const claim of claims)
        if (claim.status === 'rejected')
          expect(claim.reason).toMatchObject({ code: 'CONNECTION', retry: true });
    }
  });

  it('ends sessions of lesser versions of its key, and no other', async () => {
    const { url } = await freshSchema();
    const { destination, log } = openDestination({ url });
    await destination.claim(place, 'run 1');
    const [older, other, newer] = await Promise.all([
      sessionOf('recipe/stream', 1),
      sessionOf('recipe/other', 1),
      sessionOf('recipe/stream', 99),
    ]);
    await destination.claim(place, 'run 2');
    expect(await Promise.all([older, other, newer].map(isThere))).toEqual([false, true, true]);
    expect(log.join('\n')).toMatch(
      /info: recipe\/stream: sessions of an earlier run were ended: session \d+ \(role/,
    );
  });

  it('takes the lock of the head away from a session that has stopped in a commit', async () => {
    const { schema, url } = await freshSchema();
    const { destination } = openDestination({ url, lock_timeout: 0.1 });
    await destination.claim(place, 'run 1');
    const stopped = await sessionOf('recipe/stream', 1);
    await stopped.query(
      `begin; update ${schema}._datacook_heads set version = version + 1, state = '"lost"'`,
    );
    expect(await destination.claim(place, 'run 2')).toEqual({ version: 2 });
    expect(await isThere(stopped)).toBe(false);
  });

  it('takes the lock of the table away from a writer that has stopped', async () => {
    const { schema, url } = await freshSchema();
    const first = openDestination({ url });
    await first.destination.claim(place, 'run 1');
    await db.client.query(`create table ${schema}.t (a int)`);
    const stopped = await sessionOf('recipe/stream', 1);
    await stopped.query(`begin; lock table ${schema}.t in access exclusive mode`);
    const second = openDestination({ url, lock_timeout: 0.1 });
    expect((await second.destination.claim(place, 'run 2')).version).toBe(2);
    await second.destination.prepare(target(), schemaOf({ a: 'int32', b: 'utf8' }), 2);
    expect(await isThere(stopped)).toBe(false);
  });

  it('names who holds the head where that is nobody of ours', async () => {
    const { schema, url } = await freshSchema();
    const { destination } = openDestination({ url, lock_timeout: 0.1 });
    await destination.claim(place, 'run 1');
    const stranger = await db.connect();
    await stranger.query(`set application_name = 'a curious person'`);
    await stranger.query(`begin; select * from ${schema}._datacook_heads for update`);
    const error = await failure(destination.claim(place, 'run 2'));
    expect(error).toMatchObject({ code: 'CONNECTION', retry: true });
    expect(error.message).toMatch(
      /is locked\. Who has locks there: session \d+ \(role .*, a curious person, idle in transaction\)/,
    );
    await stranger.query('rollback');
    expect((await destination.claim(place, 'run 3')).version).toBe(2);
  });

  it('warns of sessions that its role may not end', async () => {
    const { schema, url } = await freshSchema();
    const role = roleName('claimer');
    await db.client.query(
      `create role ${role} login password 'p'; grant create, usage on schema ${schema} to ${role}`,
    );
    const { destination, log } = openDestination({ url: asUser(url, role, 'p') });
    await destination.claim(place, 'run 1');
    const older = await sessionOf('recipe/stream', 1);
    expect((await destination.claim(place, 'run 2')).version).toBe(2);
    expect(await isThere(older)).toBe(true);
    expect(log.join('\n')).toMatch(
      /warn: .*can't be ended by the role claimer_\w+: session .*grant pg_signal_backend to "claimer_\w+" lets it/,
    );
  });

  it('fences who claimed before', async () => {
    const { schema, url } = await freshSchema();
    const first = openDestination({ url });
    const second = openDestination({ url });
    await first.destination.claim(place, 'run 1');
    await first.destination.prepare(target(), schemaOf({ a: 'int32' }), 1);
    await second.destination.claim(place, 'run 2');
    const to = target();
    expect(
      await failure(first.destination.prepare(to, schemaOf({ a: 'int32', b: 'utf8' }), 1)),
    ).toMatchObject({
      code: 'CONFLICT',
    });
    const columns = 'select attname from pg_attribute where attrelid = $1::regclass and attnum > 0';
    expect((await db.client.query(columns, [`${schema}.t`])).rows).toEqual([{ attname: 'a' }]);
    await expect(first.destination.commit(to, [], commitOf(1))).rejects.toMatchObject({ code: 'CONFLICT' });
    const head = await second.destination.peek(place);
    expect(head.version).toBe(2);
    expect(head.state).toBeUndefined();
  });

  it.each([
    ['has no right to make tables', '', /grant create on schema "s\d+" to "nobody\d+_\w+".*internal_schema/],
    [
      'may not make the schema',
      'fresh.',
      /grant create on database "test_.*" to "nobody\d+_\w+".*internal_schema/,
    ],
  ])('says what to grant a role that %s', async (_case, prefix, hint) => {
    const { schema, url } = await freshSchema();
    const role = roleName(`nobody${schemas}`);
    await db.client.query(
      `create role ${role} login password 'p'; grant usage on schema ${schema} to ${role}`,
    );
    const { destination } = openDestination({ url: asUser(url, role, 'p') });
    const error = await failure(destination.claim({ key: 'k', table: `${prefix}t` }, 'run'));
    expect(error).toMatchObject({ code: 'AUTH', hint: expect.stringMatching(hint) });
  });

  it('says what to grant a role that may not use the heads', async () => {
    const { schema, url } = await freshSchema();
    await openDestination({ url }).destination.claim(place, 'run');
    const role = roleName('outsider');
    await db.client.query(
      `create role ${role} login password 'p'; grant usage on schema ${schema} to ${role}`,
    );
    const { destination } = openDestination({ url: asUser(url, role, 'p') });
    const hint = expect.stringContaining(`grant select, insert, update on "${schema}"."_datacook_heads"`);
    expect(await failure(destination.claim(place, 'run'))).toMatchObject({ code: 'AUTH', hint });
    expect(await failure(destination.peek(place))).toMatchObject({ code: 'AUTH', hint });
  });

  it('leaves heads alone that a newer datacook has written', async () => {
    const { schema, url } = await freshSchema();
    const { destination } = openDestination({ url });
    await destination.claim(place, 'run');
    await db.client.query(`update ${schema}._datacook_heads set format = 2`);
    const newer = { code: 'DATA', message: expect.stringContaining('newer datacook (format 2') };
    expect(await failure(destination.claim(place, 'run'))).toMatchObject(newer);
    expect(await failure(destination.peek(place))).toMatchObject(newer);
    const { rows } = await db.client.query(`select version::int from ${schema}._datacook_heads`);
    expect(rows).toEqual([{ version: 1 }]);
  });

  it('refuses what only bears the name of the heads', async () => {
    const { schema, url } = await freshSchema();
    await db.client.query(`create table ${schema}._datacook_heads (a int)`);
    const { destination } = openDestination({ url });
    expect(await failure(destination.claim(place, 'run'))).toMatchObject({
      code: 'DATA',
      message: expect.stringContaining("isn't what datacook keeps its heads in"),
    });
    await db.client.query(
      `drop table ${schema}._datacook_heads; create view ${schema}._datacook_heads as select 1`,
    );
    expect(await failure(destination.claim(place, 'run'))).toMatchObject({ code: 'DATA' });
  });
});

describe('peek', () => {
  it('makes nothing', async () => {
    const { schema, url } = await freshSchema();
    const { destination } = openDestination({ url });
    expect(await destination.peek(place)).toEqual({ version: 0 });
    expect(await destination.peek({ key: 'k', table: 'never.made' })).toEqual({ version: 0 });
    const { rows } = await db.client.query(
      `select 1 from pg_class where relnamespace = '${schema}'::regnamespace union all select 1 from pg_namespace where nspname = 'never'`,
    );
    expect(rows).toEqual([]);
  });

  it('tells the table, in our own types where it is what we have made of them', async () => {
    const { schema, url } = await freshSchema();
    const { destination } = openDestination({ url });
    await destination.claim(place, 'run');
    const types = { a: 'uint64', b: 'uint8', c: 'decimal(10,2)', d: 'utf8' };
    await destination.prepare(target(), schemaOf(types), 1);
    await db.client.query(
      `alter table ${schema}.t alter b type bigint, add e inet, add f int generated always as (1) stored`,
    );
    const { table } = await destination.peek(place);
    expect(table?.fields.map(({ name, type, nativeType }) => [name, type, nativeType])).toEqual([
      ['a', { kind: 'int', bits: 64, signed: false }, 'numeric(20,0)'],
      ['b', { kind: 'int', bits: 64, signed: true }, 'bigint'],
      ['c', { kind: 'decimal', precision: 10, scale: 2 }, 'numeric(10,2)'],
      ['d', { kind: 'utf8' }, 'text'],
      ['e', { kind: 'utf8' }, 'inet'],
    ]);
  });

  it('tells other heads on the same table, and none on others', async () => {
    const { schema, url } = await freshSchema();
    const { destination } = openDestination({ url });
    for (const [key, table] of [
      ['a/s', 't'],
      ['b/s', `${schema}.t`],
      ['c/s', 'T'],
    ] as const) {
      await destination.claim({ key, table }, 'run');
      await destination.commit(target({ key, table }), [], commitOf(1, { state: { of: key } }));
    }
    expect((await destination.peek({ key: 'a/s', table: 't' })).others).toEqual([
      { key: 'b/s', state: { of: 'b/s' } },
    ]);
    expect((await destination.peek({ key: 'c/s', table: 'T' })).others).toBeUndefined();
  });

  it('says that a state is no JSON', async () => {
    const { schema, url } = await freshSchema();
    const { destination } = openDestination({ url });
    await destination.claim(place, 'run');
    await db.client.query(`update ${schema}._datacook_heads set state = '{'`);
    const torn = { code: 'DATA', message: expect.stringContaining('The state of recipe/stream') };
    expect(await failure(destination.peek(place))).toMatchObject(torn);
    expect(await failure(destination.claim(place, 'run'))).toMatchObject(torn);
  });

  it('answers where the session for claims was ended', async () => {
    const { url } = await freshSchema();
    const { destination } = openDestination({ url });
    await destination.claim(place, 'run');
    await db.client.query(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = '${sessionName('recipe/stream', 'claim')}'`,
    );
    expect((await destination.peek(place)).version).toBe(1);
    expect((await destination.claim(place, 'run')).version).toBe(2);
  });

  it('of a committed epoch tells state and table', async () => {
    const { url } = await freshSchema();
    const { destination } = openDestination({ url });
    await destination.claim(place, 'run');
    await epoch(destination, target(), schemaOf({ a: 'int32' }), [{ a: 1 }], 1, {
      state: { ü: ['"', '\u0000'] },
    });
    expect(await destination.peek(place)).toMatchObject({ version: 2, state: { ü: ['"', '\u0000'] } });
  });
});
