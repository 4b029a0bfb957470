import { batchFromRows, rowsOf } from '@datacook/toolkit';
import type { Client } from 'pg';
import { describe, expect, it } from 'vitest';
import { sessionName } from '../../src/write/sessions.js';
import {
  asUser,
  commitOf,
  epoch,
  openDestination,
  type Rows,
  schemaOf,
  target,
} from '../support/destination.js';
import { failure, load, useDatabase } from '../support/source.js';

const db = useDatabase();

let count = 0;
/** A destination that holds the claim of a key of its own, at version 1. */
async function claimed(table: string, config: object = {}) {
  const key = `recipe/${++count}`;
  const opened = openDestination({ url: db.url, ...config });
  await opened.destination.claim({ key, table }, 'run');
  return { ...opened, to: target({ key, table }) };
}

/** All rows of a table, as the source reads them: JSON, so that they can be compared. */
async function contents(table: string): Promise<string[]> {
  const { rows } = await load({ url: db.url, table });
  return rows.map((row) => text(row)).sort();
}

const text = (row: unknown) =>
  JSON.stringify(row, (_key, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));

const numbers = (from: number, to: number): Rows =>
  Array.from({ length: to - from }, (_, index) => ({ a: from + index, b: `row ${from + index}` }));

const types = { a: 'int32', b: 'utf8' };

async function countOf(client: Client, table: string): Promise<number> {
  const { rows } = await client.query(`select count(*)::int as n from ${table}`);
  return rows[0].n;
}

describe('append', () => {
  it('brings epochs, and their heads with them', async () => {
    const { destination, to } = await claimed('simple');
    const schema = schemaOf(types);
    await epoch(destination, to, schema, numbers(0, 1000), 1, { state: { rows: 1000 } });
    await epoch(destination, to, schema, numbers(1000, 1500), 2, { state: { rows: 1500 }, prepare: false });
    const { rows } = await db.client.query('select count(*)::int as n, sum(a)::int as total from simple');
    expect(rows).toEqual([{ n: 1500, total: (1499 * 1500) / 2 }]);
    expect(await destination.peek(to)).toMatchObject({ version: 3, state: { rows: 1500 } });
  });

  it('brings what the source reads back as it was', async () => {
    const schema = schemaOf({
      a: 'int64',
      b: 'numeric',
      c: 'utf8',
      d: 'timestamptz',
      e: 'binary',
      f: 'list<utf8>',
      g: 'uuid',
      h: 'interval',
      i: 'json',
    });
    const batch = batchFromRows(
      [
        {
          a: 9_007_199_254_740_993n,
          b: '-0.00000000000000000001',
          c: 'a\tb\n"\\N',
          d: '2026-01-01T00:00:00.000001Z',
          e: new Uint8Array([0, 255]),
          f: ['', null, '{,}'],
          g: '00000000-0000-0000-0000-00000000000f',
          h: 'P1M2DT3S',
          i: '{"b": 1.10}',
        },
        {},
      ],
      schema,
    );
    const { destination, to } = await claimed('back');
    await destination.prepare(to, schema, 1);
    const writer = await destination.openWriter(to, schema, 1);
    await writer.write(batch);
    await writer.commit(commitOf(1));
    await writer.close();
    expect(await contents('back')).toEqual([...rowsOf(batch)].map(text).sort());
  });

  it('shows nothing before the commit, and leaves nothing without one', async () => {
    const { destination, to } = await claimed('unseen');
    const schema = schemaOf(types);
    await destination.prepare(to, schema, 1);
    const writer = await destination.openWriter(to, schema, 1);
    await writer.write(batchFromRows(numbers(0, 10), schema));
    expect(await countOf(db.client, 'unseen')).toBe(0);
    await writer.close();
    const sessions = `select 1 from pg_stat_activity where application_name = $1 and state <> 'idle'`;
    await expect
      .poll(async () => (await db.client.query(sessions, [sessionName(to.key, 1)])).rows.length)
      .toBe(0);
    expect(await countOf(db.client, 'unseen')).toBe(0);
    expect((await destination.peek(to)).version).toBe(1);
  });

  it('lets four writers work side by side, committed one after another', async () => {
    const { destination, to } = await claimed('several');
    const schema = schemaOf(types);
    await destination.prepare(to, schema, 1);
    const writers = await Promise.all([1, 2, 3, 4].map(() => destination.openWriter(to, schema, 1)));
    await Promise.all(
      writers.map((writer, index) =>
        writer.write(batchFromRows(numbers(index * 10, index * 10 + 10), schema)),
      ),
    );
    for (const [index, writer] of writers.entries()) {
      await writer.commit(commitOf(1 + index));
      await writer.close();
      expect(await countOf(db.client, 'several')).toBe(10 * (index + 1));
    }
    expect((await destination.peek(to)).version).toBe(5);
  });

  it('is refused as a whole once another run has claimed', async () => {
    const { destination, to } = await claimed('overtaken');
    const schema = schemaOf(types);
    await destination.prepare(to, schema, 1);
    const writer = await destination.openWriter(to, schema, 1);
    await writer.write(batchFromRows(numbers(0, 10), schema));
    // As a successor of another role would, which can't end the session.
    await db.client.query('update _datacook_heads set version = version + 1 where key = $1', [to.key]);
    await expect(writer.commit(commitOf(1))).rejects.toMatchObject({ code: 'CONFLICT', retry: false });
    await writer.close();
    await expect(destination.openWriter(to, schema, 1)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await countOf(db.client, 'overtaken')).toBe(0);
  });

  it('of a writer that was ended by a claim says so, with what the server says', async () => {
    const { destination, to } = await claimed('ended');
    const schema = schemaOf(types);
    await destination.prepare(to, schema, 1);
    const writer = await destination.openWriter(to, schema, 1);
    await writer.write(batchFromRows(numbers(0, 10), schema));
    await openDestination({ url: db.url }).destination.claim(to, 'another run');
    const error = await failure(writer.commit(commitOf(1)));
    expect(error).toMatchObject({ code: 'CONNECTION', retry: true, details: { sqlstate: '57P01' } });
    await writer.close();
    expect(await destination.peek(to)).toMatchObject({ version: 2 });
    expect(await countOf(db.client, 'ended')).toBe(0);
  });

  it('moves the head without rows, and makes nothing else', async () => {
    const { destination, to } = await claimed('norows');
    await destination.commit(to, [], commitOf(1, { state: 'moved' }));
    expect(await destination.peek(to)).toEqual({ version: 2, state: 'moved' });
    await expect(destination.commit(to, [], commitOf(1))).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('commits an epoch that has no rows', async () => {
    const { destination, to } = await claimed('emptied');
    await epoch(destination, to, schemaOf(types), [], 1);
    expect(await countOf(db.client, 'emptied')).toBe(0);
    expect((await destination.peek(to)).version).toBe(2);
  });

  it('gives columns that batches lack their defaults, batch by batch', async () => {
    await db.client.query(
      `create table defaults (id int generated always as identity, a int, b text default 'none', c text, d int not null default 5)`,
    );
    const { destination, to } = await claimed('defaults');
    const whole = schemaOf({ a: 'int32', b: 'utf8', c: 'utf8' });
    await destination.prepare(to, whole, 1);
    const writer = await destination.openWriter(to, whole, 1);
    await writer.write(batchFromRows([{ a: 1, b: 'one', c: null }], whole));
    await writer.write(batchFromRows([{ a: 2 }], schemaOf({ a: 'int32' })));
    await writer.write(batchFromRows([{ c: 'three', a: 3 }], schemaOf({ c: 'utf8', a: 'int32' })));
    await writer.commit(commitOf(1));
    await writer.close();
    const { rows } = await db.client.query('select * from defaults order by id');
    expect(rows).toEqual([
      { id: 1, a: 1, b: 'one', c: null, d: 5 },
      { id: 2, a: 2, b: 'none', c: null, d: 5 },
      { id: 3, a: 3, b: 'none', c: 'three', d: 5 },
    ]);
  });

  it('writes types that it does not know by their text', async () => {
    await db.client.query(
      `create type mood as enum ('sad', 'ok'); create table texts (a inet, b mood, c varchar(3), d int4range, e xml)`,
    );
    const { destination, to } = await claimed('texts');
    const schema = schemaOf({ a: 'utf8', b: 'utf8', c: 'utf8', d: 'utf8', e: 'utf8' });
    const row = { a: '10.0.0.1', b: 'ok', c: 'abc', d: '[1,3)', e: '<a/>' };
    await epoch(destination, to, schema, [row, {}], 1);
    expect((await db.client.query('select * from texts where a is not null')).rows).toEqual([row]);
    const bad = await failure(epoch(destination, to, schema, [{ ...row, b: 'glad' }], 2));
    expect(bad).toMatchObject({ code: 'DATA', message: expect.stringContaining('mood') });
    const long = await failure(epoch(destination, to, schema, [{ ...row, c: 'abcd' }], 2));
    expect(long).toMatchObject({ code: 'DATA', message: expect.stringContaining('varying(3)') });
    expect(await countOf(db.client, 'texts')).toBe(2);
  });

  it('refuses rows for a column that rounds them', async () => {
    await db.client.query('create table rounding (a timestamp(3), b int)');
    const { destination, to } = await claimed('rounding');
    await epoch(destination, to, schemaOf({ b: 'int32' }), [{ b: 1 }], 1);
    const error = await failure(
      epoch(destination, to, schemaOf({ a: 'timestamp' }), [{ a: '2026-01-01T00:00:00.0001' }], 2),
    );
    expect(error).toMatchObject({
      code: 'SCHEMA',
      message: expect.stringContaining('is timestamp(3) without time zone'),
      hint: expect.stringContaining('alter column "a" type timestamp'),
    });
  });

  it.each([
    ['not null', 'a int, b text not null', [{ a: 1 }], /violates not-null constraint/, /default/],
    [
      'a unique key',
      'a int primary key, b text',
      [{ a: 1 }, { a: 1 }],
      /Key \(a\)=\(1\) already exists/,
      /merge/,
    ],
    ['a check', 'a int check (a > 5), b text', [{ a: 1 }], /violates check constraint/, /refuses a row/],
    [
      'a foreign key',
      'a int references referred deferrable initially deferred, b text',
      [{ a: 1 }],
      /Key \(a\)=\(1\) is not present in table "referred"/,
      /refers to/,
    ],
  ])(
    'says which row %s refuses, and keeps none of the epoch',
    async (_case, columns, rows, message, hint) => {
      const table = `constrained_${++count}`;
      await db.client.query(
        `create table if not exists referred (a int primary key); create table ${table} (${columns})`,
      );
      const { destination, to } = await claimed(table);
      const error = await failure(epoch(destination, to, schemaOf(types), rows, 1));
      expect(error).toMatchObject({
        code: 'DATA',
        message: expect.stringMatching(message),
        hint: expect.stringMatching(hint),
      });
      expect(await countOf(db.client, table)).toBe(0);
      expect(await destination.peek(to)).toMatchObject({ version: 1 });
    },
  );

  it('explains what a trigger says', async () => {
    await db.client.query(
      `create table guarded (a int, b text); create function guard() returns trigger language plpgsql as $$ begin raise exception 'no % today', new.a; end $$;
       create trigger guard before insert on guarded for each row execute function guard()`,
    );
    const { destination, to } = await claimed('guarded');
    expect(await failure(epoch(destination, to, schemaOf(types), [{ a: 1 }], 1))).toMatchObject({
      code: 'DATA',
      message: expect.stringContaining('no 1 today'),
      hint: expect.stringContaining('trigger'),
    });
  });

  it('needs no more than the right to insert, and a place for its heads', async () => {
    const role = `inserter_${new URL(db.url).pathname.slice(1)}`;
    await db.client.query(
      `create role ${role} login password 'p'; create schema theirs; grant usage on schema theirs to ${role};
       create table theirs.t (a int, b text); grant insert on theirs.t to ${role}; create schema ours authorization ${role}`,
    );
    const config = { url: asUser(db.url, role, 'p'), internal_schema: 'ours' };
    const { destination, to } = await claimed('theirs.t', config);
    await epoch(destination, to, schemaOf(types), numbers(0, 3), 1);
    expect(await countOf(db.client, 'theirs.t')).toBe(3);
  });

  it('is told that the table has gone', async () => {
    const { destination, to } = await claimed('gone');
    await destination.prepare(to, schemaOf(types), 1);
    await db.client.query('drop table gone');
    const options = { prepare: false };
    expect(await failure(epoch(destination, to, schemaOf(types), [{ a: 1 }], 1, options))).toMatchObject({
      code: 'NOT_FOUND',
      hint: expect.stringContaining('dropped'),
    });
  });

  it('is told that the table was changed under it', async () => {
    const { destination, to } = await claimed('changed');
    await destination.prepare(to, schemaOf(types), 1);
    await db.client.query('alter table changed drop b');
    const options = { prepare: false };
    expect(await failure(epoch(destination, to, schemaOf(types), [{ a: 1 }], 1, options))).toMatchObject({
      code: 'SCHEMA',
      message: expect.stringContaining('no column "b"'),
    });
    await db.client.query('alter table changed add b float4, alter a type float4');
    expect(await failure(epoch(destination, to, schemaOf(types), [{ a: 1 }], 1, options))).toMatchObject({
      code: 'SCHEMA',
      message: expect.stringContaining('is real'),
    });
  });

  it('goes on after an error with the same session', async () => {
    await db.client.query('create table again (a int check (a > 0), b text)');
    const { destination, to } = await claimed('again');
    await failure(epoch(destination, to, schemaOf(types), [{ a: 0 }], 1));
    await epoch(destination, to, schemaOf(types), [{ a: 1 }], 1);
    expect(await countOf(db.client, 'again')).toBe(1);
  });

  it('stops when the run is stopped, and nothing of it stays', async () => {
    const { destination, to, stop } = await claimed('stopped');
    const schema = schemaOf(types);
    await destination.prepare(to, schema, 1);
    const writer = await destination.openWriter(to, schema, 1);
    await writer.write(batchFromRows(numbers(0, 10), schema));
    stop.abort();
    await expect(writer.commit(commitOf(1))).rejects.toMatchObject({ code: 'CANCELLED' });
    await writer.close();
    const sessions = 'select 1 from pg_stat_activity where application_name = $1';
    await expect
      .poll(async () => (await db.client.query(sessions, [sessionName(to.key, 1)])).rows.length)
      .toBe(0);
    expect(await countOf(db.client, 'stopped')).toBe(0);
  });
});
