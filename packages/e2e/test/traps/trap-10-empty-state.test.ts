import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Loading, PostgresToDuckDB } from './postgres-to-duckdb.js';

const LOADINGS: readonly Loading[] = [
  { mode: 'append', strategy: 'cursor' },
  { mode: 'merge', strategy: 'cursor' },
  { mode: 'append', strategy: 'cursor', cursor: 'id' },
  { mode: 'append', strategy: 'watermark' },
  { mode: 'merge', strategy: 'watermark' },
];

describe.each(LOADINGS)('trap 10, an empty run wipes no state ($mode, $strategy, $cursor)', (loading) => {
  let place: PostgresToDuckDB;
  beforeEach(async () => {
    place = await PostgresToDuckDB.open();
  });
  afterEach(() => place.close());

  const load = async () => {
    const { status, error, streams } = await place.run(loading);
    expect({ status, error }).toEqual({ status: 'succeeded', error: null });
    return streams[0]!.rows.written;
  };

  test('a run with nothing new leaves the position, and the next one loads what is new alone', async () => {
    await place.insert(1, 2, 3);
    expect(await load()).toBe(3);
    const position = await place.position();
    expect(await load()).toBe(0);
    if (loading.strategy === 'cursor') expect(await place.position()).toEqual(position);
    expect(await load()).toBe(0);
    await place.sql('DELETE FROM orders WHERE id < 3');
    if (loading.strategy === 'cursor') await place.insert(4);
    else await place.sql(`INSERT INTO orders VALUES (4, 'row 4', now())`);
    expect(await load()).toBe(1);
    expect(await place.ids()).toEqual([1, 2, 3, 4]);
  });

  test('an emptied table leaves the position and the rows', async () => {
    await place.insert(1, 2, 3);
    await load();
    const position = await place.position();
    await place.sql('TRUNCATE orders');
    expect(await load()).toBe(0);
    if (loading.strategy === 'cursor') expect(await place.position()).toEqual(position);
    expect(await place.ids()).toEqual([1, 2, 3]);
  });

  test('a first run of an empty table loads nothing, and the next one everything', async () => {
    expect(await load()).toBe(0);
    await place.insert(1, 2);
    if (loading.strategy === 'watermark') await place.sql('UPDATE orders SET changed_at = now()');
    expect(await load()).toBe(2);
    expect(await place.ids()).toEqual([1, 2]);
  });

  test('a run that fails leaves the position', async () => {
    await place.insert(1, 2);
    await load();
    const position = await place.position();
    await place.sql('ALTER TABLE orders RENAME TO elsewhere');
    const { status, exit_code } = await place.run(loading);
    expect({ status, exit_code }).toEqual({ status: 'failed', exit_code: 1 });
    expect(await place.position()).toEqual(position);
    await place.sql('ALTER TABLE elsewhere RENAME TO orders');
    expect(await load()).toBe(0);
    expect(await place.ids()).toEqual([1, 2]);
  });
});
