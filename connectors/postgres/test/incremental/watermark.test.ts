import { randomBytes } from 'node:crypto';
import type { Json } from '@datacook/core';
import type { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  failure,
  load,
  openSource,
  request,
  stored,
  useDatabase,
  type Values,
  withSource,
} from '../support/source.js';

const database = useDatabase();
const sql = (text: string) => database.client.query(text);

const watermark = (more: object = {}) => ({
  incremental: { strategy: 'watermark', cursor_column: 'at', ...more },
});
const ids = (rows: readonly Values[]) => rows.map(({ id }) => Number(id)).sort((a, b) => a - b);

async function begin(statements = ''): Promise<Client> {
  const client = await database.connect();
  await client.query(`begin; ${statements}`);
  onTestFinished(async () => {
    await client.query('rollback').catch(() => undefined);
    await client.end();
  });
  return client;
}

/** Roles belong to the whole server, which other tests use at the same time. */
const roles = {
  sees: `sees_${randomBytes(4).toString('hex')}`,
  blind: `blind_${randomBytes(4).toString('hex')}`,
};

beforeAll(async () => {
  for (const role of Object.values(roles)) {
    await sql(`create role ${role} login password 'x'; grant usage on schema public to ${role}`);
    await sql(`alter default privileges in schema public grant select on tables to ${role}`);
  }
  await sql(`grant pg_read_all_stats to ${roles.sees}`);
});
afterAll(async () => {
  for (const role of Object.values(roles)) await sql(`drop owned by ${role}; drop role ${role}`);
});

function as(role: string): string {
  const url = new URL(database.url);
  url.username = role;
  url.password = 'x';
  return url.href;
}

describe('trap 5: rows that are committed late, with older cursor values', () => {
  test.each(['sees', 'blind'] as const)('a role that %s', async (name) => {
    const table = `late_${name}`;
    await sql(`create table ${table} (id int primary key, at timestamptz default now())`);
    await sql(`insert into ${table} values (1)`);
    const source = { url: as(roles[name]), table, ...watermark() };
    const late = await begin();
    await late.query('select now()');
    await sql(`insert into ${table} values (2)`);
    const first = await load(source);
    // It has only read so far, and stamps what it writes with its start.
    await late.query(`insert into ${table} values (3)`);
    await late.query('commit');
    const second = await load(source, { position: stored(first.next) });
    const third = await load(source, { position: stored(second.next) });
    const seen = ids([...first.rows, ...second.rows, ...third.rows]);
    if (name === 'sees') {
      expect(seen).toEqual([1, 2, 3]);
      expect(ids(first.rows)).toEqual([1]);
      expect(first.log.join('\n')).toMatch(
        /held back.*a transaction of postgres \(process \d+\), open since/s,
      );
      expect(first.log.join('\n')).not.toContain('pg_read_all_stats');
    } else {
      // What is not seen is lost, as the warning says, unless `lag` is longer than transactions are.
      expect(seen).toEqual([1, 2]);
      expect(first.log.join('\n')).toMatch(/warn: .*pg_read_all_stats/);
    }
  });

  test('a lag that is longer than transactions are does for a role that sees nothing', async () => {
    await sql(
      `create table lagged (id int primary key, at timestamptz default now()); insert into lagged values (1)`,
    );
    await sql(`update lagged set at = now() - interval '2 h'`);
    const source = { url: as(roles.blind), table: 'lagged', ...watermark({ lag: '1h' }) };
    const late = await begin('select now()');
    const first = await load(source);
    await late.query('insert into lagged values (3)');
    await late.query('commit');
    expect(ids(first.rows)).toEqual([1]);
    // As if an hour had gone by.
    const later = { ...source, ...watermark({ lag: '0s' }) };
    expect(ids((await load(later, { position: stored(first.next) })).rows)).toEqual([3]);
  });

  test('a session that does not tell what it does is told of', async () => {
    await sql('create table silent (id int primary key, at timestamptz default now())');
    const late = await begin();
    await late.query('rollback; set track_activities = off; begin; insert into silent values (1)');
    const { log } = await load({ url: database.url, table: 'silent', ...watermark() });
    expect(log.join()).toMatch(/warn: .*track_activities/);
  });

  test('a materialized view, whose rows come when it is refreshed', async () => {
    await sql('create table made (id int primary key, at timestamptz default now())');
    await sql('create materialized view kept as select * from made');
    const { log } = await load({ url: database.url, table: 'kept', ...watermark() });
    expect(log.join()).toMatch(/warn: .*materialized view/);
  });

  test('several writers at once: every row comes once, whenever it is committed', async () => {
    await sql('create table busy (id serial primary key, at timestamptz default now())');
    const source = { url: database.url, table: 'busy', ...watermark() };
    const writers = await Promise.all([begin(), begin(), begin()]);
    const rows: Values[] = [];
    let position: Json | undefined;
    for (let round = 0; round < 12; round++) {
      const writer = writers[round % 3]!;
      await writer.query('insert into busy default values');
      await sql('insert into busy default values');
      if (round % 2 === 1) await writer.query('commit; begin');
      const loaded = await load(source, position === undefined ? {} : { position });
      rows.push(...loaded.rows);
      position = stored(loaded.next);
    }
    for (const writer of writers) await writer.query('commit');
    rows.push(...(await load(source, { position: position! })).rows);
    const all = (await sql('select id from busy order by id')).rows.map(({ id }) => id as number);
    expect(ids(rows)).toEqual(all);
  });
});

describe('what holds a watermark back', () => {
  test('a prepared transaction that has written the table stops it, another one does not', async () => {
    await sql(
      'create table twophase (id int primary key, at timestamptz default now()); create table elsewhere (a int)',
    );
    await sql('insert into twophase values (1)');
    const source = { url: database.url, table: 'twophase', ...watermark() };
    const gid = `gid_${randomBytes(4).toString('hex')}`;
    const other = await begin('insert into elsewhere values (1)');
    await other.query(`prepare transaction '${gid}_other'`);
    onTestFinished(async () => void (await sql(`rollback prepared '${gid}_other'`)));
    const late = await begin('insert into twophase values (2)');
    await late.query(`prepare transaction '${gid}'`);
    await sql('insert into twophase values (3)');
    const stopped = await load(source);
    expect(stopped.rows).toEqual([]);
    expect(stopped.log.join('\n')).toContain(gid);
    await sql(`commit prepared '${gid}'`);
    const { rows } = await load(source, stopped.next === null ? {} : { position: stopped.next });
    expect(ids(rows)).toEqual([1, 2, 3]);
  });

  test('a prepared transaction that has written a part of a partitioned table', async () => {
    await sql('create table split (id int, at timestamptz default now()) partition by list (id)');
    await sql(
      'create table split_1 partition of split for values in (1); create table split_2 partition of split for values in (2)',
    );
    const gid = `gid_${randomBytes(4).toString('hex')}`;
    const late = await begin('insert into split values (2)');
    await late.query(`prepare transaction '${gid}'`);
    expect((await load({ url: database.url, table: 'split', ...watermark() })).log.join()).toContain(gid);
    await sql(`rollback prepared '${gid}'`);
  });

  test('the sources of other runs do not: they only read', async () => {
    await sql('create table shared (id int primary key, at timestamptz default now())');
    const source = { url: database.url, table: 'shared', ...watermark() };
    const { source: other } = openSource(source);
    onTestFinished(() => other.close());
    await other.plan(request());
    await sql('insert into shared values (1)');
    const loaded = await load(source);
    expect(ids(loaded.rows)).toEqual([1]);
    expect(loaded.log.join()).not.toContain('held back');
  });

  test('rows that were there when it was taken are read, those of its own moment later', async () => {
    await sql(
      'create table half (id int primary key, at timestamptz default clock_timestamp()); insert into half values (1)',
    );
    const source = { url: database.url, table: 'half', ...watermark() };
    const first = await withSource(source, async (each) => {
      const plan = await each.plan(request());
      await sql('insert into half values (2)');
      let end: Json | undefined;
      let rows = 0;
      for await (const item of each.read(plan, plan.partitions[0]!)) {
        rows += item.batch?.length ?? 0;
        end = item.position ?? end;
      }
      return { rows, next: each.finish!(plan, [end]) };
    });
    expect(first.rows).toBe(1);
    const second = await load(source, { position: stored(first.next) });
    expect(ids(second.rows)).toEqual([2]);
    const third = await load(source, { position: stored(second.next) });
    expect(third.rows).toEqual([]);
    expect((third.next as { value: string }).value >= (second.next as { value: string }).value).toBe(true);
  });
});

describe('types of a watermark', () => {
  test.each(['timestamp', 'date'])('%s needs to be told whose clock it shows', async (type) => {
    await sql(`drop table if exists naive; create table naive (id int primary key, at ${type})`);
    expect(await failure(load({ url: database.url, table: 'naive', ...watermark() }))).toMatchObject({
      code: 'CONFIG',
      hint: expect.stringContaining('timezone'),
    });
    expect(
      await failure(load({ url: database.url, table: 'naive', timezone: 'Mars/Base', ...watermark() })),
    ).toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('Mars/Base'),
    });
  });

  test.each(['Asia/Tokyo', 'America/Los_Angeles', 'UTC'])('local time of %s', async (timezone) => {
    await sql(`drop table if exists local; create table local (id int primary key, at timestamp)`);
    await sql(
      `insert into local values (1, (now() - interval '1 s') at time zone '${timezone}'), (2, (now() + interval '1 h') at time zone '${timezone}')`,
    );
    const { rows } = await load({ url: database.url, table: 'local', timezone, ...watermark() });
    expect(ids(rows)).toEqual([1]);
  });

  test('a date: today is not over', async () => {
    await sql(
      `create table days (id int primary key, at date); insert into days select i, (now() at time zone 'UTC')::date - i from generate_series(0, 3) i`,
    );
    const { rows } = await load({ url: database.url, table: 'days', timezone: 'UTC', ...watermark() });
    expect(ids(rows)).toEqual([1, 2, 3]);
  });

  test('a number follows no clock', async () => {
    await sql('create table numbers (id int primary key, at bigint)');
    expect(await failure(load({ url: database.url, table: 'numbers', ...watermark() }))).toMatchObject({
      code: 'CONFIG',
      hint: expect.stringContaining('strategy cursor'),
    });
  });
});
