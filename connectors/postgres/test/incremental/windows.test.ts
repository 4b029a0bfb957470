import type { Json, ReadPlan, ReadRequest } from '@datacook/core';
import { describe, expect, test } from 'vitest';
import {
  failure,
  load,
  pretendRows,
  request,
  stored,
  useDatabase,
  type Values,
  valuesOf,
  withSource,
} from '../support/source.js';

const database = useDatabase();
const sql = (text: string) => database.client.query(text);

const cursor = (cursor_column: string, more: object = {}) => ({
  incremental: { strategy: 'cursor', cursor_column, ...more },
});
const config = (table: string, more: object) => ({ url: database.url, table, ...more });

const ids = (rows: readonly Values[]) => rows.map(({ id }) => Number(id));
const sorted = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);

/** Reads a plan's partitions, each process no more than so many items: the others find the last position. */
async function inPieces(
  source: object,
  wanted: Partial<ReadRequest>,
  items: number,
  between: () => Promise<unknown> = async () => undefined,
): Promise<{ rows: Values[]; next: Json }> {
  const rows: Values[] = [];
  const plan = stored(await withSource(source, (each) => each.plan(request(wanted))));
  const ends: (Json | undefined)[] = [];
  for (const [index] of plan.partitions.entries()) {
    for (let isDone = false; !isDone; ) {
      await between();
      isDone = await piece(plan, index);
    }
  }
  return { rows, next: await withSource(source, async (each) => each.finish!(plan, ends)) };

  // What comes behind the last position is lost with the process.
  async function piece(of: ReadPlan, index: number): Promise<boolean> {
    return withSource(source, async (each) => {
      let kept: Values[] = [];
      let count = 0;
      for await (const item of each.read(of, of.partitions[index]!, ends[index])) {
        kept.push(...valuesOf(item));
        if (item.position === undefined) continue;
        ends[index] = stored(item.position);
        rows.push(...kept);
        kept = [];
        if (++count >= items) return false;
      }
      rows.push(...kept);
      return true;
    });
  }
}

describe('trap 2: the greatest cursor value is taken in the snapshot of the rows', () => {
  test('a row that is committed in between is neither read nor passed over', async () => {
    await sql('create table between_them (id int primary key, at timestamptz)');
    await sql(`insert into between_them values (1, '2026-01-01'), (2, '2026-01-02')`);
    const source = config('between_them', cursor('at'));
    const first = await withSource(source, async (each) => {
      const plan = await each.plan(request());
      await sql(`insert into between_them values (3, '2026-01-02 12:00'), (4, '2026-01-03')`);
      const rows: Values[] = [];
      let end: Json | undefined;
      for await (const item of each.read(plan, plan.partitions[0]!)) {
        rows.push(...valuesOf(item));
        end = item.position ?? end;
      }
      return { rows, next: each.finish!(plan, [end]) };
    });
    expect(ids(first.rows)).toEqual([1, 2]);
    const second = await load(source, { position: first.next });
    expect(sorted(ids(second.rows))).toEqual([3, 4]);
  });
});

describe('trap 3: no restart point lies in the middle of a tie', () => {
  test.each([1, 2, 3, 7])(
    'rows without a key in batches of %i, in process after process',
    async (batchRows) => {
      const table = `ties_${batchRows}`;
      await sql(`create table ${table} (id int, at int)`);
      await sql(`insert into ${table} select i, i / 5 from generate_series(0, 39) i`);
      const source = config(table, cursor('at'));
      // Updates change the order of rows within a tie.
      const { rows, next } = await inPieces(source, { batchRows }, 1, () =>
        sql(`update ${table} set id = id where id % 3 = 0`),
      );
      expect(sorted(ids(rows))).toEqual(Array.from({ length: 40 }, (_, index) => index));
      expect((await load(source, { position: next })).rows).toEqual([]);
    },
  );

  test.each([1, 3, 100])('rows with a key in batches of %i', async (batchRows) => {
    const table = `keyed_${batchRows}`;
    await sql(`create table ${table} (id int primary key, at timestamptz)`);
    await sql(
      `insert into ${table} select i, timestamptz '2026-01-01' + (i % 3) * interval '1 us' from generate_series(0, 39) i`,
    );
    const source = config(table, cursor('at'));
    const before = await load(source);
    await sql(
      `insert into ${table} select i, timestamptz '2026-01-01' + (2 + i % 2) * interval '1 us' from generate_series(40, 79) i`,
    );
    const { rows, next } = await inPieces(source, { batchRows, position: before.next }, 2);
    expect(sorted(ids(rows))).toEqual(Array.from({ length: 40 }, (_, index) => index + 40));
    expect((await load(source, { position: next })).rows).toEqual([]);
  });

  test.each([1, 2, 3])(
    'values that are equal and written differently are one tie, in batches of %i',
    async (batchRows) => {
      const table = `written_${batchRows}`;
      await sql(`create table ${table} (id int, at numeric)`);
      await sql(
        `insert into ${table} values (1, 1.0), (2, 1.00), (3, 1), (4, 2.0), (5, 2), (6, 2.000), (7, 2.0), (8, 3)`,
      );
      const { rows } = await inPieces(config(table, cursor('at')), { batchRows }, 1);
      expect(sorted(ids(rows))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    },
  );

  test('all rows have one cursor value', async () => {
    await sql(
      `create table same (id int, at timestamptz); insert into same select i, '2026-01-01' from generate_series(1, 500) i`,
    );
    const source = config('same', cursor('at'));
    const { rows, next } = await inPieces(source, { batchRows: 50 }, 1);
    expect(sorted(ids(rows))).toEqual(Array.from({ length: 500 }, (_, index) => index + 1));
    await sql(`insert into same values (1, '2026-01-01'), (501, '2026-01-01')`);
    // A row that is equal to one that was read is another row all the same.
    expect(sorted(ids((await load(source, { position: next })).rows))).toEqual([1, 501]);
  });

  test('order is that of the column, not of its text', async () => {
    await sql(
      'create table ordered (id int, at int); insert into ordered select i, i from generate_series(1, 120) i',
    );
    const { rows } = await inPieces(config('ordered', cursor('at')), { batchRows: 7 }, 1);
    expect(ids(rows)).toEqual(Array.from({ length: 120 }, (_, index) => index + 1));
  });
});

describe('trap 4: a cursor keeps all of its digits', () => {
  test.each<[string, string[]]>([
    [
      'timestamptz',
      ['2026-01-01 00:00:00.000001+00', '2026-01-01 00:00:00.000002+00', '2026-01-01 00:00:00.000003+00'],
    ],
    ['timestamp', ['2026-01-01 00:00:00.123456', '2026-01-01 00:00:00.123457', '2026-01-01 00:00:00.123458']],
    ['bigint', ['9007199254740992', '9007199254740993', '9007199254740994']],
    ['numeric(20,0)', ['10000000000000000001', '10000000000000000002', '10000000000000000003']],
    ['numeric', ['0.1', '0.10000000000000000001', '0.10000000000000000002']],
    ['text', ['a', 'b', 'z']],
    [
      'uuid',
      [
        '00000000-0000-0000-0000-00000000000a',
        '00000000-0000-0000-0000-00000000000b',
        'f0000000-0000-0000-0000-000000000000',
      ],
    ],
    ['date', ['2026-01-01', '2026-01-02', '5874897-12-31']],
    ['float8', ['0.1', '0.10000000000000002', '1e300']],
  ])('%s', async (type, [first, second, third]) => {
    await sql(`drop table if exists digits; create table digits (id int primary key, at ${type})`);
    await sql(`insert into digits values (1, '${first}'), (2, '${second}')`);
    const source = config('digits', cursor('at'));
    const one = await load(source, { parallelism: 4 });
    expect(sorted(ids(one.rows))).toEqual([1, 2]);
    expect(one.next).toMatchObject({ value: second });
    await sql(`insert into digits values (3, '${second}'), (4, '${third}')`);
    const two = await load(source, { position: stored(one.next) });
    expect(sorted(ids(two.rows))).toEqual([3, 4]);
    expect((await load(source, { position: stored(two.next) })).rows).toEqual([]);
  });

  test('a unique cursor of 20 digits needs no memory', async () => {
    await sql(
      'create table twenty (id numeric(20,0) primary key); insert into twenty values (12345678901234567890), (99999999999999999998)',
    );
    const one = await load(config('twenty', cursor('id')));
    await sql('insert into twenty values (99999999999999999999)');
    const two = await load(config('twenty', cursor('id')), { position: one.next });
    expect(JSON.stringify(two.next)).not.toContain('rows');
    expect(two.rows).toHaveLength(1);
    expect(two.next).toMatchObject({ value: '99999999999999999999' });
  });
});

describe('a first load by key ranges', () => {
  test('keeps to the upper bound, remembers what lies there, and is not sorted by the cursor', async () => {
    await sql('create table first (id int primary key, at timestamptz, a text)');
    await sql(
      `insert into first select i, timestamptz '2026-01-01' + least(i, 900) * interval '1 s', 'a' from generate_series(1, 1000) i`,
    );
    await pretendRows(database.client, 'first', 10_000_000);
    const source = config('first', cursor('at'));
    const wanted = { parallelism: 4, batchRows: 50 };
    const { rows, next } = await inPieces(source, wanted, 1, async () => {
      await sql(`insert into first select max(id) + 1, '2026-01-02', 'later' from first`);
      await sql(
        `update first set at = '2026-01-02', a = 'changed' where id = (select max(id) from first where a = 'a')`,
      );
    });
    // Every version that was at hand, once: those that changed meanwhile come next time.
    const again = await load(source, { position: next });
    const seen = [...rows, ...again.rows];
    expect(new Set(seen.map(({ id, at }) => `${id} ${at}`)).size).toBe(seen.length);
    const last = new Map(seen.map(({ id, a }) => [id, a]));
    const table = (await sql('select id, a from first')).rows;
    expect(last).toEqual(new Map(table.map(({ id, a }) => [id, a])));
  });

  test('is made of ranges that a merge may read at once', async () => {
    await pretendRows(database.client, 'first', 10_000_000);
    const { plan } = await load(config('first', cursor('at')), { parallelism: 4 });
    expect(plan.partitions.length).toBeGreaterThan(4);
    expect(plan).toMatchObject({ restart: 'position', keysDisjoint: true });
  });
});

describe('NULL as cursor', () => {
  const make = async (table: string, key: string) => {
    await sql(`create table ${table} (id int ${key}, at timestamptz)`);
    await sql(
      `insert into ${table} select i, case when i % 4 > 0 then timestamptz '2026-01-01' + i * interval '1 s' end from generate_series(1, 40) i`,
    );
  };

  test('is an error with the count, unless it is said what becomes of it', async () => {
    await make('nulls_error', 'primary key');
    expect(await failure(load(config('nulls_error', cursor('at'))))).toMatchObject({
      code: 'DATA',
      message: expect.stringContaining('10'),
    });
    const { rows } = await load(config('nulls_error', cursor('at', { on_null: 'exclude' })));
    expect(rows).toHaveLength(30);
  });

  test.each(['primary key', ''])('is read too, each row once, by process after process (%s)', async (key) => {
    const table = key === '' ? 'nulls_bare' : 'nulls_keyed';
    await make(table, key);
    const source = config(table, cursor('at', { on_null: 'include' }));
    const one = await inPieces(source, { batchRows: 3 }, 1);
    expect(sorted(ids(one.rows))).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    await sql(`insert into ${table} values (100, null), (101, '2026-02-01')`);
    const two = await inPieces(source, { batchRows: 3, position: one.next }, 1);
    expect(sorted(ids(two.rows))).toEqual([100, 101]);
    const { plan } = await load(source, { position: two.next });
    expect(plan.keysDisjoint).toBe(plan.partitions.length < 2);
  });
});

describe('what is compared', () => {
  test('columns that are not read: neither the key nor the cursor is handed on', async () => {
    await sql(
      `create table unread (id int primary key, at timestamptz, a text); insert into unread select i, timestamptz '2026-01-01' + i * interval '1 s', 'a' || i from generate_series(1, 20) i`,
    );
    const one = await inPieces(config('unread', cursor('at')), { columns: ['a'], batchRows: 3 }, 1);
    expect(one.rows).toHaveLength(20);
    expect(one.rows[0]).toEqual({ a: 'a1' });
    await sql(`insert into unread values (21, timestamptz '2026-01-01' + interval '20 s', 'a21')`);
    expect((await load(config('unread', cursor('at')), { columns: ['a'], position: one.next })).rows).toEqual(
      [{ a: 'a21' }],
    );
  });

  test('a query, with a cursor of its own', async () => {
    await sql(
      'create table orders (id int, at int); insert into orders select i, i / 3 from generate_series(1, 30) i',
    );
    const source = { url: database.url, query: 'select id * 10 as id, at from orders', ...cursor('at') };
    const one = await inPieces(source, { batchRows: 4 }, 1);
    expect(sorted(ids(one.rows))).toEqual(Array.from({ length: 30 }, (_, index) => (index + 1) * 10));
    await sql('insert into orders values (31, 10), (32, 11)');
    expect(sorted(ids((await load(source, { position: one.next })).rows))).toEqual([310, 320]);
  });

  test('a condition narrows the window as well', async () => {
    await sql(
      'create table narrow (id int primary key, at int); insert into narrow select i, i from generate_series(1, 30) i',
    );
    const source = config('narrow', { ...cursor('at'), where: 'id % 2 = 0 or id < 0' });
    const one = await load(source);
    expect(one.rows).toHaveLength(15);
    expect(one.next).toMatchObject({ value: '30' });
  });

  test('a cursor that has run out, as infinity, is an error and not the end of all loads', async () => {
    await sql(
      `create table forever (id int primary key, at timestamptz); insert into forever values (1, 'infinity'), (2, '2026-01-01')`,
    );
    expect(await failure(load(config('forever', cursor('at'))))).toMatchObject({
      code: 'DATA',
      hint: expect.stringContaining('where'),
    });
    const { rows } = await load(config('forever', { ...cursor('at'), where: `at < 'infinity'` }));
    expect(ids(rows)).toEqual([2]);
  });

  test('UPDATE of every row between two runs brings every row again, once', async () => {
    await sql(
      'create table all_new (id int primary key, at timestamptz default clock_timestamp()); insert into all_new select generate_series(1, 300)',
    );
    const source = config('all_new', cursor('at'));
    const one = await load(source);
    await sql('update all_new set at = clock_timestamp()');
    const two = await load(source, { position: one.next });
    expect(sorted(ids(two.rows))).toEqual(sorted(ids(one.rows)));
    expect(two.skipped).toBe(0);
  });
});

describe('a backfill', () => {
  test('reads from --from to before --to, whatever was loaded', async () => {
    await sql(
      `create table back (id int primary key, at timestamptz); insert into back select i, timestamptz '2026-01-01' + i * interval '1 day' from generate_series(0, 30) i`,
    );
    const source = config('back', cursor('at'));
    const { rows, next, plan } = await load(source, { range: { from: '2026-01-05', to: '2026-01-08' } });
    expect(ids(rows)).toEqual([4, 5, 6]);
    expect(next).toBeNull();
    expect(plan.restart).toBe('position');
    expect(
      ids(
        (
          await inPieces(
            source,
            { range: { from: '2026-01-05 00:00:00+00', to: '2026-01-08' }, batchRows: 1 },
            1,
          )
        ).rows,
      ),
    ).toEqual([4, 5, 6]);
  });

  test('says which bound is no value of the cursor', async () => {
    await sql('create table backint (id int primary key)');
    expect(await failure(load(config('backint', cursor('id')), { range: { from: 'June' } }))).toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining('"June" is no integer'),
    });
    expect(await failure(load(config('backint', {}), { range: { from: '1' } }))).toMatchObject({
      code: 'CONFIG',
    });
  });
});
