import { compareContents } from '@datacook/testkit';
import { describe, expect, test } from 'vitest';
import { PostgresPlace } from './postgres-place.js';
import { KEYED, type OrdersTable, UNKEYED } from './postgres-workload.js';
import type { WriterKind } from './postgres-writer.js';

const KINDS: readonly (readonly [WriterKind, OrdersTable])[] = [
  ['serial', KEYED],
  ['serial-without-key', UNKEYED],
  ['overlapping', KEYED],
];

describe.each(KINDS)('the writer (%s)', (kind, table) => {
  test('changes the table, and history knows every version of every row', async () => {
    const place = await PostgresPlace.open(table, kind, 1);
    try {
      const before = await place.rows();
      expect(compareContents(before, await place.history()).isEqual).toBe(true);
      await place.writer.step(200);
      await place.writer.finish();
      const [rows, history] = [await place.rows(), await place.history()];
      expect(compareContents(before, rows).lost).toBeGreaterThan(10);
      expect(rows.length).toBeGreaterThan(before.length + 10);
      expect(compareContents(history, rows)).toMatchObject({ added: 0, lost: history.length - rows.length });
      expect(new Set(history).size < history.length).toBe(table.key === undefined);
    } finally {
      await place.close();
    }
  });

  test('repeats its steps when what was put aside is laid out again', async () => {
    const place = await PostgresPlace.open(table, kind, 2);
    try {
      await place.writer.step(30);
      await place.putAside('here');
      const here = await place.rows();
      const goOn = async () => {
        await place.writer.step(40);
        await place.writer.finish();
        return place.rows();
      };
      await goOn();
      await place.layOut('here');
      expect(compareContents(here, await place.rows()).isEqual).toBe(true);
      const once = await goOn();
      await place.layOut('here');
      const again = await goOn();
      // Times of the clock differ.
      const untimed = (rows: readonly string[]) => rows.map((row) => row.replace(/\|17\d{14}\|/, '|'));
      expect(compareContents(untimed(once), untimed(again)).complaints).toEqual([]);
    } finally {
      await place.close();
    }
  });
});
