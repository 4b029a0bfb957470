import type { Target } from '@datacook/core';
import { batchFromRows, type DigestEntry, RowDigest, sha256 } from '@datacook/toolkit';
import { describe, expect, it } from 'vitest';
import { commitOf, epoch, openDestination, schemaOf, target, untilItWaits } from '../support/destination.js';
import { failure, useDatabase } from '../support/source.js';

const db = useDatabase();

let count = 0;
/** A destination that holds the claim of a key of its own, at version 1. */
async function claimed(table: string, mode: 'merge' | 'replace', config: object = {}) {
  const key = `recipe/${++count}`;
  const opened = openDestination({ url: db.url, ...config });
  await opened.destination.claim({ key, table }, 'run');
  const mergeKeys = mode === 'merge' ? ['id'] : [];
  return { ...opened, to: target({ key, table, mode, mergeKeys }) };
}

const types = { id: 'int32', v: 'utf8' };
const schema = schemaOf(types);

async function rowsIn(table: string): Promise<unknown[]> {
  return (await db.client.query(`select * from ${table} order by 1`)).rows;
}

/** The staging tables of a key. */
async function stagingOf({ key }: Target): Promise<string[]> {
  const { rows } = await db.client.query(
    `select relname from pg_class where relkind = 'r' and starts_with(relname, '_datacook_staging_' || $1)`,
    [sha256(key).slice(0, 16)],
  );
  return rows.map(({ relname }) => relname);
}

describe('a merge', () => {
  it('shows nothing of its epochs until it is published, and then all', async () => {
    await db.client.query(
      `create table merged (id int primary key, v text); insert into merged values (1, 'old'), (9, 'kept')`,
    );
    const { destination, to } = await claimed('merged', 'merge');
    await epoch(
      destination,
      to,
      schema,
      [
        { id: 1, v: 'a' },
        { id: 2, v: 'b' },
      ],
      1,
    );
    expect(await rowsIn('merged')).toEqual([
      { id: 1, v: 'old' },
      { id: 9, v: 'kept' },
    ]);
    const merged = await epoch(destination, to, schema, [{ id: 2, v: 'later' }], 2, { publish: true });
    expect(merged).toEqual({ inserted: 1, updated: 1, unchanged: 0 });
    expect(await rowsIn('merged')).toEqual([
      { id: 1, v: 'a' },
      { id: 2, v: 'later' },
      { id: 9, v: 'kept' },
    ]);
    expect(await stagingOf(to)).toEqual([]);
  });

  it('takes the last row of a key also where batches of one epoch have other columns', async () => {
    const { destination, to } = await claimed('narrower', 'merge');
    const wide = schemaOf({ ...types, w: 'utf8' });
    await destination.prepare(to, wide, 1);
    const writer = await destination.openWriter(to, wide, 1);
    const first = [
      { id: 2, v: 'x', w: 'x' },
      { id: 1, v: 'first', w: 'w' },
    ];
    await writer.write(batchFromRows(first, wide));
    await writer.write(batchFromRows([{ id: 1, v: 'last' }], schema));
    expect(await writer.commit(commitOf(1, { publish: true }))).toEqual({
      inserted: 2,
      updated: 0,
      unchanged: 0,
    });
    await writer.close();
    expect(await rowsIn('narrower')).toMatchObject([
      { id: 1, v: 'last' },
      { id: 2, v: 'x' },
    ]);
  });

  it('goes on in another process, in the order of epochs and rows', async () => {
    const first = await claimed('gone_on', 'merge', { internal_schema: 'own' });
    const { to } = first;
    await epoch(
      first.destination,
      to,
      schema,
      [
        { id: 1, v: 'first' },
        { id: 1, v: 'second' },
        { id: 2, v: 'x' },
      ],
      1,
    );
    await first.destination.close();
    const second = openDestination({ url: db.url, internal_schema: 'own' });
    expect((await second.destination.claim(to, 'run 2')).version).toBe(3);
    const staged = { ...to, staged: true };
    await epoch(second.destination, staged, schema, [{ id: 2, v: 'y' }], 3);
    await second.destination.commit(staged, [], commitOf(4, { publish: true }));
    expect(await rowsIn('gone_on')).toEqual([
      { id: 1, v: 'second' },
      { id: 2, v: 'y' },
    ]);
    expect((await second.destination.peek(to)).version).toBe(5);
  });

  it('leaves columns alone that no row brings, in whichever epoch', async () => {
    await db.client.query(
      `create table partly (id int primary key, v text, w text default 'w', x text default 'x');
       insert into partly values (1, 'v1', 'w1', 'x1'), (2, 'v2', 'w2', 'x2')`,
    );
    const { destination, to } = await claimed('partly', 'merge');
    const all = schemaOf({ id: 'int32', v: 'utf8', w: 'utf8', x: 'utf8' });
    await destination.prepare(to, all, 1);
    const one = await destination.openWriter(to, all, 1);
    const two = await destination.openWriter(to, all, 1);
    await one.write(batchFromRows([{ id: 1, v: 'new' }], schemaOf({ id: 'int32', v: 'utf8' })));
    await two.write(batchFromRows([{ id: 3, w: 'new' }], schemaOf({ id: 'int32', w: 'utf8' })));
    await one.commit(commitOf(1));
    await two.commit(commitOf(2));
    await Promise.all([one.close(), two.close()]);
    await destination.commit(to, [], commitOf(3, { publish: true }));
    expect(await rowsIn('partly')).toEqual([
      { id: 1, v: 'new', w: null, x: 'x1' },
      { id: 2, v: 'v2', w: 'w2', x: 'x2' },
      { id: 3, v: null, w: 'new', x: 'x' },
    ]);
  });

  it('refuses NULL as a key, and a batch without one', async () => {
    const { destination, to } = await claimed('nokey', 'merge');
    expect(await failure(epoch(destination, to, schema, [{ v: 'x' }], 1))).toMatchObject({ code: 'DATA' });
    await destination.prepare(to, schema, 1);
    const writer = await destination.openWriter(to, schema, 1);
    expect(await failure(writer.write(batchFromRows([{ v: 'x' }], schemaOf({ v: 'utf8' }))))).toMatchObject({
      code: 'SCHEMA',
      message: `The stream doesn't have the column "id", which is a merge key.`,
    });
    await writer.close();
  });

  it('of two heads into one table at once loses and doubles nothing', async () => {
    const opened = await Promise.all([1, 2].map(() => claimed('shared', 'merge')));
    await Promise.all(
      opened.map(async ({ destination, to }, index) => {
        const rows = Array.from({ length: 500 }, (_, id) => ({ id: id + index * 250, v: `of ${index}` }));
        await epoch(destination, to, schema, rows, 1, { publish: true });
      }),
    );
    const { rows } = await db.client.query(
      'select count(*)::int as n, count(distinct id)::int as ids from shared',
    );
    expect(rows).toEqual([{ n: 750, ids: 750 }]);
  });

  it('is rolled back as a whole where it is overtaken while it is published', async () => {
    await db.client.query(`create table late (id int, v text); insert into late values (1, 'old')`);
    const { destination, to } = await claimed('late', 'merge');
    await epoch(destination, to, schema, [{ id: 1, v: 'new' }], 1);
    const other = await db.connect();
    await other.query('begin; lock table late in exclusive mode');
    const commit = failure(destination.commit(to, [], commitOf(2, { publish: true })));
    await untilItWaits(db.client, to.key, 2);
    // As a successor of another role would, which can't end the session.
    await db.client.query('update _datacook_heads set version = version + 1 where key = $1', [to.key]);
    await other.query('rollback');
    expect(await commit).toMatchObject({ code: 'CONFLICT' });
    expect(await rowsIn('late')).toEqual([{ id: 1, v: 'old' }]);
    expect(await stagingOf(to)).toHaveLength(1);
    expect(await failure(destination.commit(to, [], commitOf(2, { publish: true })))).toMatchObject({
      code: 'CONFLICT',
    });
  });

  it('says who has locks on the table that it waits for', async () => {
    await db.client.query('create table busy (id int, v text)');
    const { destination, to } = await claimed('busy', 'merge', { lock_timeout: 0.2 });
    await epoch(destination, to, schema, [{ id: 1, v: 'new' }], 1);
    const other = await db.connect();
    await other.query(`set application_name = 'a busy program'`);
    await other.query('begin; lock table busy in exclusive mode');
    expect(await failure(destination.commit(to, [], commitOf(2, { publish: true })))).toMatchObject({
      code: 'CONNECTION',
      retry: true,
      message: expect.stringContaining('a busy program'),
    });
    await other.query('rollback');
    await destination.commit(to, [], commitOf(2, { publish: true }));
    expect(await rowsIn('busy')).toEqual([{ id: 1, v: 'new' }]);
  });
});

describe('a replace', () => {
  it('shows the old rows until it is published', async () => {
    await db.client.query(`create table replaced (id int, v text); insert into replaced values (7, 'old')`);
    const { destination, to } = await claimed('replaced', 'replace');
    await epoch(destination, to, schema, [{ id: 1, v: 'a' }], 1);
    expect(await rowsIn('replaced')).toEqual([{ id: 7, v: 'old' }]);
    await epoch(destination, to, schema, [{ id: 2, v: 'b' }], 2, { publish: true });
    expect(await rowsIn('replaced')).toEqual([
      { id: 1, v: 'a' },
      { id: 2, v: 'b' },
    ]);
    expect(await stagingOf(to)).toEqual([]);
  });

  it('makes the table, in a schema of its own, also without a row', async () => {
    for (const [table, rows] of [
      ['made.full', [{ id: 1, v: 'a' }]],
      ['made.empty', []],
    ] as const) {
      const { destination, to } = await claimed(table, 'replace', { internal_schema: 'own' });
      await epoch(destination, to, schema, rows, 1, { publish: true });
      expect(await rowsIn(table)).toEqual(rows);
      expect((await destination.peek(to)).table?.fields.map(({ name }) => name)).toEqual(['id', 'v']);
    }
  });

  it('that another run has claimed leaves the old rows', async () => {
    await db.client.query(`create table defended (id int, v text); insert into defended values (7, 'old')`);
    const { destination, to } = await claimed('defended', 'replace');
    await destination.prepare(to, schema, 1);
    const writer = await destination.openWriter(to, schema, 1);
    await writer.write(batchFromRows([{ id: 1, v: 'a' }], schema));
    await openDestination({ url: db.url }).destination.claim(to, 'run 2');
    const error = await failure(writer.commit(commitOf(1, { publish: true })));
    expect(['CONFLICT', 'CONNECTION']).toContain(error.code);
    await writer.close();
    expect(await rowsIn('defended')).toEqual([{ id: 7, v: 'old' }]);
  });
});

describe('the digest of a target', () => {
  it('is that of the rows that were written', async () => {
    const { destination, to } = await claimed('digested', 'replace');
    const rows = Array.from({ length: 200 }, (_, id) => ({ id, v: id % 3 === 0 ? null : `~ ${id}` }));
    await epoch(destination, to, schema, rows, 1, { publish: true });
    const digest = new RowDigest(schema.fields, ['id'], undefined);
    digest.add(batchFromRows(rows, schema));
    const entries: DigestEntry[] = [];
    for await (const entry of destination.digest!('digested', schema.fields, ['id'])) entries.push(entry);
    const sorted = (all: typeof entries) => all.sort((a, b) => (a.bucket < b.bucket ? -1 : 1));
    expect(sorted(entries)).toEqual(sorted([...digest.entries()]));
  });

  it('of a table that there is not is an error', async () => {
    const { destination } = openDestination({ url: db.url });
    const digest = async () => {
      for await (const entry of destination.digest!('never_made', schema.fields, ['id'])) return entry;
      return undefined;
    };
    expect(await failure(digest())).toMatchObject({ code: 'NOT_FOUND' });
  });
});
