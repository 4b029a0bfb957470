import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Loading, PostgresToDuckDB } from './postgres-to-duckdb.js';

describe.each(['append', 'merge'] as const)(
  'trap 16, the target is another than the state speaks of (%s)',
  (mode) => {
    let place: PostgresToDuckDB;
    beforeEach(async () => {
      place = await PostgresToDuckDB.open();
      await place.insert(1, 2, 3);
      await load({});
      await place.insert(4);
    });
    afterEach(() => place.close());

    const load = async (loading: Loading) => {
      const { status, error } = await place.run({ mode, ...loading });
      expect({ status, error }).toEqual({ status: 'succeeded', error: null });
    };
    const refuse = async (loading: Loading, message: RegExp, hint = /--full-refresh/) => {
      const { exit_code, error } = await place.run({ mode, ...loading });
      expect({ exit_code, message: error?.message }).toEqual({
        exit_code: 1,
        message: expect.stringMatching(message),
      });
      expect(error?.hint).toMatch(hint);
    };

    test('its table was dropped: no load of what is new alone, but a choice', async () => {
      await place.target('DROP TABLE orders');
      await refuse({}, /has gone/);
      expect(await place.ids()).toBeUndefined();
      await load({ fullRefresh: true });
      expect(await place.ids()).toEqual([1, 2, 3, 4]);
    });

    test('its file was removed, and the state lives on', async () => {
      place.removeTarget();
      await refuse({}, /gone|no head|nothing/);
      expect((await place.ids()) ?? []).toEqual([]);
      await load({ fullRefresh: true });
      expect(await place.ids()).toEqual([1, 2, 3, 4]);
    });

    test('the recipe names another target table', async () => {
      await refuse({ target: 'main.others' }, /target|table/);
      expect(await place.ids('others')).toBeUndefined();
      expect(await place.ids()).toEqual([1, 2, 3]);
    });

    test('the recipe names another source table, whose rows would be taken for what is new', async () => {
      await place.sql('CREATE TABLE others AS SELECT * FROM orders; ALTER TABLE others ADD PRIMARY KEY (id)');
      await refuse({ table: 'public.others' }, /is also written by trap.public\.orders/, /shared/);
      expect(await place.ids()).toEqual([1, 2, 3]);
    });

    test('the recipe names another cursor', async () => {
      await refuse({ cursor: 'id' }, /cursor/);
      expect(await place.ids()).toEqual([1, 2, 3]);
    });

    test('the state was lost: the target itself knows how far it is', async () => {
      rmSync(join(place.folder, 'state'), { recursive: true });
      await load({});
      expect(await place.ids()).toEqual([1, 2, 3, 4]);
    });
  },
);
