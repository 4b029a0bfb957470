import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Loading, PostgresToDuckDB } from './postgres-to-duckdb.js';

let place: PostgresToDuckDB;
beforeEach(async () => {
  place = await PostgresToDuckDB.open();
});
afterEach(() => place.close());

async function load(loading: Loading): Promise<number> {
  const { status, error, streams } = await place.run(loading);
  expect({ status, error }).toEqual({ status: 'succeeded', error: null });
  return streams[0]!.rows.written;
}

describe.each(['append', 'merge'] as const)('%s from Postgres to DuckDB', (mode) => {
  test('trap 2, a greatest cursor taken after the snapshot: rows that come while a load runs come with the next', async () => {
    await place.insert(1, 2);
    const afterPlan = () => place.insert(3, 4);
    expect(await load({ mode, afterPlan })).toBe(2);
    expect(await place.ids()).toEqual([1, 2]);
    expect(await load({ mode, afterPlan: () => place.insert(5) })).toBe(2);
    expect(await load({ mode })).toBe(1);
    expect(await place.ids()).toEqual([1, 2, 3, 4, 5]);
  });

  test('trap 4, a cursor rounded to milliseconds: rows a microsecond apart are told apart', async () => {
    await place.insert(1);
    expect(await load({ mode })).toBe(1);
    expect(await place.position()).toMatchObject({ value: '2024-02-29 23:59:59.999991+00' });
    for (const id of [2, 3, 4]) {
      await place.insert(id);
      expect(await load({ mode })).toBe(1);
    }
    expect(await place.ids()).toEqual([1, 2, 3, 4]);
    expect(await place.target('SELECT epoch_us(changed_at) % 1000000 FROM orders ORDER BY id')).toEqual([
      '999991',
      '999992',
      '999993',
      '999994',
    ]);
  });

  test('trap 5, late commits: a transaction that began before a watermark and commits after it loses nothing', async () => {
    const loading: Loading = { mode, strategy: 'watermark' };
    const late = await place.session();
    await late.query('BEGIN');
    await late.query(`INSERT INTO orders VALUES (1, 'late', now())`);
    await place.sql(`INSERT INTO orders VALUES (2, 'early', now())`);
    expect(await load(loading)).toBe(0);
    await late.query('COMMIT');
    expect(await load(loading)).toBe(2);

    // One that has only read so far still writes with the time at which it began.
    await late.query('BEGIN');
    await late.query('SELECT count(*) FROM orders');
    await place.sql(`INSERT INTO orders VALUES (3, 'early', now())`);
    expect(await load(loading)).toBe(0);
    await late.query(`INSERT INTO orders VALUES (4, 'late', now())`);
    await late.query('COMMIT');
    expect(await load(loading)).toBe(2);
    expect(await place.ids()).toEqual([1, 2, 3, 4]);
  });
});
