import { batchFromRows } from '@datacook/toolkit';
import { describe, expect, test } from 'vitest';
import postgresDestination from '../src/destination.js';
import postgresDestinationConfig from '../src/destination-config.js';
import { asUser, commitOf, openDestination, schemaOf, target } from './support/destination.js';
import { failure, useDatabase } from './support/source.js';

const db = useDatabase();

function issues(config: object): string {
  const { error } = postgresDestinationConfig.safeParse(config);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n');
}

describe('a configuration', () => {
  test.each<[object, RegExp]>([
    [{ url: 'mysql://h/d' }, /url: .*postgres:\/\//],
    [{ url: 'postgres://h/d', host: 'x' }, /host: the url says it already/],
    [{ password: 'a', password_file: 'b' }, /password_file/],
    [{ lock_timeout: 'soon' }, /lock_timeout: "soon" is no duration/],
    [{ internal_schema: '' }, /internal_schema/],
    [{ internal_schema: 'ü'.repeat(32) }, /internal_schema: 63 bytes at most/],
    [{ application_name: 'mine' }, /application_name/],
    [{ tabel: 't' }, /tabel/],
  ])('%j is refused', (config, message) => {
    expect(issues(config)).toMatch(message);
  });

  test('may say nothing: then libpq’s variables and defaults hold', () => {
    expect(issues({})).toBe('');
  });
});

describe('identity', () => {
  const identity = (config: object) => postgresDestination.identity!(postgresDestinationConfig.parse(config));

  test('is the connection or the database, and never a host, port, user or password', () => {
    expect(identity({ conn_id: 'warehouse', url: 'postgres://u:p@h:1/sales' })).toEqual({
      conn_id: 'warehouse',
    });
    expect(identity({ url: 'postgres://u:p@h:1/sales' })).toEqual({ database: 'sales' });
    expect(identity({ host: 'a', port: 1, user: 'b', password: 'c', database: 'd' })).toEqual({
      database: 'd',
    });
  });
});

describe('check', () => {
  test('tries the connection', async () => {
    await openDestination({ url: db.url }).destination.check!();
    const wrong = openDestination({ url: asUser(db.url, 'postgres', 'wrong') });
    expect(await failure(wrong.destination.check!())).toMatchObject({ code: 'AUTH' });
    const gone = new URL(db.url);
    gone.pathname = '/nowhere';
    expect(await failure(openDestination({ url: gone.href }).destination.check!())).toMatchObject({
      code: 'NOT_FOUND',
    });
  });
});

describe('sessions that write', () => {
  test('are the same whatever is set for the role', async () => {
    const role = `odd_${new URL(db.url).pathname.slice(1)}`;
    const settings = {
      default_transaction_read_only: 'on',
      default_transaction_isolation: 'serializable',
      synchronous_commit: 'off',
      lock_timeout: '1ms',
      idle_in_transaction_session_timeout: '1ms',
      TimeZone: 'America/New_York',
      DateStyle: 'SQL, DMY',
      IntervalStyle: 'iso_8601',
    };
    await db.client.query(
      [
        `create role ${role} login password 'p'; create schema ${role} authorization ${role}`,
        ...Object.entries(settings).map(([name, value]) => `alter role ${role} set ${name} = '${value}'`),
        // What is committed shows under which settings it was.
        `create table ${role}.t (a int, b text default current_setting('synchronous_commit') || ' ' || current_setting('transaction_isolation'))`,
        `alter table ${role}.t owner to ${role}`,
      ].join('; '),
    );
    const { destination } = openDestination({ url: asUser(db.url, role, 'p') });
    const to = target({ key: 'k', table: `${role}.t` });
    await destination.claim(to, 'run');
    await destination.prepare(to, schemaOf({ a: 'int32', c: 'timestamptz' }), 1);
    const writer = await destination.openWriter(to, schemaOf({ a: 'int32' }), 1);
    await writer.write(
      batchFromRows([{ a: 1, c: '2026-02-01T00:00:00Z' }], schemaOf({ a: 'int32', c: 'timestamptz' })),
    );
    await writer.commit(commitOf(1));
    await writer.close();
    const { rows } = await db.client.query(
      `select a, b, c at time zone 'UTC' = '2026-02-01' as same from ${role}.t`,
    );
    expect(rows).toEqual([{ a: 1, b: 'on read committed', same: true }]);
  });
});

describe('a destination that is closed', () => {
  test('has no session left', async () => {
    const { destination } = openDestination({ url: db.url });
    const to = target({ key: 'closed', table: 'closed' });
    await destination.claim(to, 'run');
    await destination.prepare(to, schemaOf({ a: 'int32' }), 1);
    await destination.openWriter(to, schemaOf({ a: 'int32' }), 1);
    await destination.close();
    const sessions = `select 1 from pg_stat_activity where datname = current_database() and application_name like 'dc:%'`;
    await expect.poll(async () => (await db.client.query(sessions)).rows.length).toBe(0);
  });
});
