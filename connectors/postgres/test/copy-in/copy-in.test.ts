import { type Batch, DatacookError } from '@datacook/core';
import type { Client } from 'pg';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Session } from '../../src/connection/session.js';
import { CopyIn } from '../../src/copy-in/copy-in.js';
import { connect, textQuery, useDatabase } from '../copy/support.js';
import { proxy } from '../support/proxy.js';
import { batchOf, copy, createTable, describe as describeTable, INT32, sessionOf, UTF8 } from './support.js';

const db = useDatabase();

const INT64 = { kind: 'int', bits: 64, signed: true } as const;

function numbers(from: number, to: number): Batch {
  const texts = Array.from({ length: to - from }, (_, index) => String(from + index));
  return batchOf([['n', INT32, texts]]);
}

/** Rows of 4 KB, so that a few hundred fill the sockets' buffers. */
function wide(rows: number): Batch {
  const texts = Array.from({ length: rows }, (_, index) => `${index} ${'x'.repeat(4096)}`);
  return batchOf([['v', UTF8, texts]]);
}

/** A client of its own, whose session ends with the signal. */
async function own(signal = new AbortController().signal, url = db.url) {
  const client = await connect(url);
  onTestFinished(async () => {
    await session.close();
  });
  const session = new Session(client, signal, 'write');
  return { client, session };
}

async function begun(into: string, session: Session) {
  await session.run('begin', { action: 'begin' });
  return CopyIn.begin(session, { into, columns: await describeTable(db.client, into) });
}

/** Ends a client's session on the server, and waits until it is gone. */
async function terminate(client: Client): Promise<void> {
  const { processID } = client as unknown as { readonly processID: number };
  await db.client.query('select pg_terminate_backend($1, 30000)', [processID]);
}

/** Writes until it fails. */
async function writeOn(copying: CopyIn, batch: Batch): Promise<unknown> {
  try {
    for (;;) await copying.write(batch);
  } catch (error) {
    return error;
  }
}

describe.each([
  ['binary', ''],
  ['text', ', x inet'],
])('rows in the %s format', (_format, extra) => {
  test('may have their columns in another order, lack some, and come with several schemas', async () => {
    const { into, columns } = await createTable(db.client, `a int, b text, c int${extra}`);
    const one = batchOf([
      ['b', UTF8, ['one', null]],
      ['a', INT32, ['1', '2']],
    ]);
    const two = batchOf([['c', INT32, ['3']]]);
    expect(await copy(db.client, { into, columns }, one, two, { ...one, length: 1 }, two)).toBe(5);
    const rows = await textQuery(db.client)(`select a, b, c from ${into} order by c, a, b`);
    expect(rows).toEqual([
      [null, null, '3'],
      [null, null, '3'],
      ['1', 'one', null],
      ['1', 'one', null],
      ['2', null, null],
    ]);
  });

  test('are numbered where an order is asked for, across 32 bits', async () => {
    const { into, columns } = await createTable(db.client, `n int${extra}, "or""der" bigint`);
    const first = 7n * 2n ** 32n - 2n;
    const options = { into, columns: columns.slice(0, -1), order: { column: 'or"der', first } };
    await copy(db.client, options, numbers(0, 3), numbers(3, 5));
    const rows = await textQuery(db.client)(`select n, "or""der" from ${into} order by n`);
    expect(rows.map(([, order]) => order)).toEqual([0n, 1n, 2n, 3n, 4n].map((n) => String(first + n)));
  });

  test('may have an order below zero', async () => {
    const { into, columns } = await createTable(db.client, `n int${extra}, o bigint`);
    await copy(
      db.client,
      { into, columns: columns.slice(0, -1), order: { column: 'o', first: -2n } },
      numbers(0, 3),
    );
    const rows = await textQuery(db.client)(`select o from ${into} order by n`);
    expect(rows.flat()).toEqual(['-2', '-1', '0']);
  });

  test('with NULL in a key are refused', async () => {
    const { into, columns } = await createTable(db.client, `id bigint, n int${extra}`);
    const nulls = batchOf([['id', INT64, ['1', null, null]]]);
    for (const [batch, rows] of [
      [nulls, 2],
      [numbers(0, 3), 3],
    ] as const)
      await expect(copy(db.client, { into, columns, keys: ['id'] }, batch)).rejects.toMatchObject({
        code: 'DATA',
        message: `The merge key "id" is NULL in ${rows} of 3 rows.`,
        details: { column: 'id', rows },
      });
    expect(await copy(db.client, { into, columns, keys: ['n'] }, numbers(0, 3))).toBe(3);
  });

  test('may be none at all', async () => {
    const { into, columns } = await createTable(db.client, `n int${extra}`);
    expect(await copy(db.client, { into, columns })).toBe(0);
    expect(await copy(db.client, { into, columns }, numbers(0, 0))).toBe(0);
  });

  test('may be long, and many', async () => {
    const { into, columns } = await createTable(db.client, `v text${extra}`);
    const long = batchOf([['v', UTF8, ['é'.repeat(3_000_000), 'x', '', 'y'.repeat(200_000)]]]);
    expect(await copy(db.client, { into, columns }, long, wide(2000), long)).toBe(2008);
    const rows = await textQuery(db.client)(
      `select count(*), sum(length(v)), count(distinct v) from ${into}`,
    );
    const chars = 2 * (3_000_000 + 1 + 200_000) + 2000 * 4097 + 10 + 90 * 2 + 900 * 3 + 1000 * 4;
    expect(rows).toEqual([['2008', String(chars), '2004']]);
  });

  test('with a column that is not filled are refused', async () => {
    const { into, columns } = await createTable(db.client, `n int, m int${extra}`);
    const options = { into, columns: columns.filter(({ name }) => name !== 'n') };
    await expect(copy(db.client, options, numbers(0, 1))).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});

test('without a column to fill there is no COPY', async () => {
  await expect(copy(db.client, { into: 't', columns: [] })).rejects.toMatchObject({ code: 'SCHEMA' });
});

test('a value that can be sent no more leaves the session free, and its transaction undone', async () => {
  const { into, columns } = await createTable(db.client, 'v text');
  const bad = batchOf([['v', UTF8, ['fine', 'a\0b']]]);
  await expect(copy(db.client, { into, columns }, wide(300), bad)).rejects.toMatchObject({ code: 'DATA' });
  expect(await textQuery(db.client)(`select count(*) from ${into}`)).toEqual([['0']]);
  expect(sessionOf(db.client).isBusy).toBe(false);
});

test('a COPY that is given up leaves nothing, and the session can go on', async () => {
  const { into } = await createTable(db.client, 'v text');
  const { session } = await own();
  const copying = await begun(into, session);
  await copying.write(wide(10));
  expect(session.isBusy).toBe(true);
  await copying.abort();
  await copying.abort();
  expect(session.isBusy).toBe(false);
  await expect(copying.write(wide(1))).rejects.toMatchObject({ code: 'INTERNAL' });
  await session.run('rollback', { action: 'roll back' });
  const [result] = await session.run(`select count(*) from ${into}`, { action: 'count' });
  expect(result!.rows).toEqual([['0']]);
});

describe('what the server says amid a COPY', () => {
  test('of the statement itself is thrown at once', async () => {
    const { session } = await own();
    await session.run('begin', { action: 'begin' });
    const { columns } = await createTable(db.client, 'v text');
    await expect(CopyIn.begin(session, { into: 'nowhere', columns })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      details: { sqlstate: '42P01' },
    });
    expect(session.isBusy).toBe(false);
  });

  test('of a row is thrown while others are written, with its SQLSTATE', async () => {
    const { into } = await createTable(db.client, 'v text check (length(v) < 5000)');
    const { session } = await own();
    const copying = await begun(into, session);
    await copying.write(batchOf([['v', UTF8, ['x'.repeat(6000)]]]));
    const error = await writeOn(copying, wide(100));
    expect(error).toMatchObject({ details: { sqlstate: '23514' } });
    expect((error as Error).message).toMatch(new RegExp(`write into ${into}, row 1: .*check constraint`));
    expect(session.isBusy).toBe(false);
    await copying.abort();
    await session.run('rollback', { action: 'roll back' });
    await session.run('select 1', { action: 'ask' });
  });

  test('of the last rows is thrown when it ends', async () => {
    const { into } = await createTable(db.client, 'v text unique');
    const { session } = await own();
    const copying = await begun(into, session);
    await copying.write(batchOf([['v', UTF8, ['a', 'b', 'a']]]));
    const error = await copying.end().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DatacookError);
    expect(error).toMatchObject({ details: { sqlstate: '23505' } });
    expect(session.isBusy).toBe(false);
  });

  test('when it has ended the session is thrown by the next rows', async () => {
    const { into } = await createTable(db.client, 'v text');
    const { client, session } = await own();
    const copying = await begun(into, session);
    await copying.write(wide(100));
    await terminate(client);
    const error = await writeOn(copying, wide(100));
    expect(error).toMatchObject({ code: 'CONNECTION', retry: true, details: { sqlstate: '57P01' } });
    await copying.abort();
    expect(session.isBusy).toBe(false);
  });

  test('when it ends the session that waits for rows is thrown by the end', async () => {
    const { into } = await createTable(db.client, 'v text');
    const { client, session } = await own();
    const copying = await begun(into, session);
    await copying.write(wide(1));
    const gone = new Promise((resolve) => client.once('end', resolve));
    await terminate(client);
    await gone;
    await expect(copying.end()).rejects.toMatchObject({ code: 'CONNECTION', details: { sqlstate: '57P01' } });
  });

  test('of fewer rows than were sent is DATA', async () => {
    const { into } = await createTable(db.client, 'n int');
    await db.client.query(`create function skip_odd() returns trigger language plpgsql as
      $$begin if new.n % 2 = 1 then return null; end if; return new; end$$`);
    await db.client.query(
      `create trigger t before insert on ${into} for each row execute function skip_odd()`,
    );
    const columns = await describeTable(db.client, into);
    await expect(copy(db.client, { into, columns }, numbers(0, 10))).rejects.toMatchObject({
      code: 'DATA',
      message: `${into} took 5 of 10 rows.`,
    });
  });
});

describe('a server that takes no rows', () => {
  /** A table whose first row waits for a lock. */
  async function stuck() {
    const { into } = await createTable(db.client, 'v text');
    await db.client.query(`create table if not exists gate (n int);
      create or replace function pass() returns trigger language plpgsql as
        $$begin lock table gate; return new; end$$`);
    await db.client.query(`create trigger t before insert on ${into} for each row execute function pass()`);
    const holder = await connect(db.url);
    await holder.query('begin; lock table gate');
    onTestFinished(() => holder.end());
    return { into, holder };
  }

  test('makes the writer wait, until it goes on', async () => {
    const { into, holder } = await stuck();
    const { session } = await own();
    const copying = await begun(into, session);
    const written = copying.write(wide(5000));
    const first = await Promise.race([
      written.then(() => 'written'),
      holder.query('select 1').then(() => 'asked'),
    ]);
    expect(first).toBe('asked');
    await holder.query('rollback');
    await written;
    expect(await copying.end()).toBe(5000);
  });

  test('and whose session is ended makes nobody wait', async () => {
    const { into } = await stuck();
    const { client, session } = await own();
    const copying = await begun(into, session);
    const written = copying.write(wide(5000));
    const waits = `select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
    await expect.poll(() => textQuery(db.client)(waits)).toEqual([['1']]);
    const [error] = await Promise.all([written.catch((thrown: unknown) => thrown), terminate(client)]);
    expect(error).toMatchObject({ code: 'CONNECTION', details: { sqlstate: '57P01' } });
    await copying.abort();
    expect(session.isBusy).toBe(false);
  });

  test('is asked to cancel when the COPY is given up', async () => {
    const { into } = await stuck();
    const { session } = await own();
    const copying = await begun(into, session);
    await copying.write(wide(1));
    await copying.abort();
    await session.run('rollback', { action: 'roll back' });
    await session.run('select 1', { action: 'ask' });
  });

  test('holds nobody up whose signal is aborted', async () => {
    const { into } = await stuck();
    const controller = new AbortController();
    const { session } = await own(controller.signal);
    const copying = await begun(into, session);
    const written = copying.write(wide(5000));
    controller.abort();
    await expect(written).rejects.toMatchObject({ code: 'CANCELLED' });
    await copying.abort();
    await session.close();
    const left = `select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`;
    await expect.poll(() => textQuery(db.client)(left)).toEqual([['0']]);
  });
});

test('a connection that is cut is CONNECTION, to be tried again', async () => {
  const { into } = await createTable(db.client, 'v text');
  const between = await proxy(db.url);
  const url = new URL(db.url);
  url.port = String(between.port);
  const { session } = await own(undefined, url.href);
  const copying = await begun(into, session);
  await copying.write(wide(100));
  between.cut();
  expect(await writeOn(copying, wide(100))).toMatchObject({ code: 'CONNECTION', retry: true });
  await copying.abort();
  expect(session.isBusy).toBe(false);
});
