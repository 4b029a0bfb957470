import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FileToDuckDB, type Loading } from './file-to-duckdb.js';

let place: FileToDuckDB;
beforeEach(() => {
  place = new FileToDuckDB();
});
afterEach(() => {
  place.close();
  vi.unstubAllEnvs();
});

async function load(loading: Loading = {}): Promise<number> {
  const { status, error, streams } = await place.run(loading);
  expect({ status, error }).toEqual({ status: 'succeeded', error: null });
  return streams[0]!.rows.written;
}

const lines = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `${from + index},n${from + index}\n`).join('');
const csv = (from: number, to: number) => `id,name\n${lines(from, to)}`;
const CAST = '[{ type: cast_columns, columns: { id: int64 } }]';

describe('trap 6, a replace that empties the table first', () => {
  test('when the source fails half-way the old rows stay, whole', async () => {
    place.write('a.csv', csv(1, 50));
    await load({ mode: 'replace', steps: CAST });
    place.write('a.csv', `id,name\n${lines(101, 140)}broken,x\n`);
    const small = '{ batch_size: 10, checkpoint: { rows: 10 } }';
    const failed = await place.run({ mode: 'replace', steps: CAST, runtime: small });
    expect(failed).toMatchObject({ status: 'failed', exit_code: 1 });
    expect(failed.streams[0]!.commits).toBeGreaterThan(0);
    expect(await place.ids()).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    place.write('a.csv', csv(101, 141));
    await load({ mode: 'replace', steps: CAST, runtime: small });
    expect(await place.ids()).toEqual(Array.from({ length: 41 }, (_, index) => index + 101));
  });

  test('when the source has nothing the old rows stay, and the run says so', async () => {
    place.write('a.csv', csv(1, 3));
    await load({ mode: 'replace' });
    place.write('a.csv', 'id,name\n');
    expect(await place.run({ mode: 'replace' })).toMatchObject({
      exit_code: 1,
      error: { code: 'DATA', hint: expect.stringContaining('on_empty') },
    });
    expect(await place.ids()).toEqual([1, 2, 3]);
  });
});

describe('trap 7, bad rows that are skipped, failures that are swallowed', () => {
  test.each([
    ['a value that a step can not convert', '3,x\nfour,x\n', CAST],
    ['a line with too few fields', '3,x\n4\n', '[]'],
    ['a line with too many fields', '3,x\n4,x,y\n', '[]'],
    ['a quote that is never closed', '3,x\n4,"x\n', '[]'],
  ])('%s fails the run, names the place, and brings nothing of its epoch', async (_, text, steps) => {
    place.write('a.csv', `id,name\n1,x\n2,x\n${text}5,x\n`);
    const { exit_code, error, streams } = await place.run({ steps });
    expect({ exit_code, code: error?.code }).toEqual({ exit_code: 1, code: 'DATA' });
    expect(error?.message).toMatch(/a\.csv|row 4/);
    expect(streams[0]?.rows.written).toBe(0);
    place.write('a.csv', csv(1, 5));
    expect(await load({ steps })).toBe(5);
    expect(await place.ids()).toEqual([1, 2, 3, 4, 5]);
  });
});

describe('trap 9, the right number of rows, and every value NULL', () => {
  test('columns in another order, or more of them, are matched by name', async () => {
    place.write('a.csv', 'id,name,city\n1,Ada,London\n2,,"Paris"\n');
    await load();
    place.write('b.csv', 'city,extra,id,name\nRome,e,3,Grace\n');
    await load();
    expect(await place.target('SELECT id, name, city, extra FROM rows ORDER BY id')).toEqual([
      ['1', 'Ada', 'London', null],
      ['2', null, 'Paris', null],
      ['3', 'Grace', 'Rome', 'e'],
    ]);
  });

  test('names that differ in case alone are an error, and not columns of NULLs', async () => {
    place.write('a.csv', 'id,name\n1,Ada\n');
    await load();
    place.write('b.csv', 'ID,NAME\n2,Grace\n');
    const { status, streams } = await place.run();
    const rows = await place.target('SELECT count(*), count(id), count(name) FROM rows');
    expect([status, rows, streams[0]?.rows.written]).toEqual(['failed', [['1', '1', '1']], 0]);
  });
});

describe('trap 15, environment variables that are substituted as text', () => {
  const step = `[{ type: add_column, name: place, value: "{{ env_var('DATACOOK_TRAP_15') }}" }]`;

  test.each(['a: b # c', '"} ] , [', "it's\n- a list", '{{ recipe.name }}', '~', '0x10'])(
    '%j stays the value that it is',
    async (value) => {
      vi.stubEnv('DATACOOK_TRAP_15', value);
      place.write('a.csv', csv(1, 1));
      await load({ steps: step });
      expect(await place.target('SELECT place FROM rows')).toEqual([[value]]);
    },
  );

  test('one that is not set is an error that names it, and nothing is loaded', async () => {
    vi.stubEnv('DATACOOK_TRAP_15', undefined);
    place.write('a.csv', csv(1, 1));
    const { exit_code, error, streams } = await place.run({ steps: step });
    expect({ exit_code, streams }).toEqual({ exit_code: 2, streams: [] });
    expect(error?.message).toContain('DATACOOK_TRAP_15');
  });
});

describe.each(['append', 'merge'] as const)(
  'trap 17, a reset that a destination undoes, because it remembers (%s)',
  (mode) => {
    test('what was reset is loaded again, also when the state folder is lost meanwhile', async () => {
      place.write('a.csv', csv(1, 3));
      await load({ mode });
      expect(await load({ mode })).toBe(0);
      await place.change({ action: 'reset' }, { mode });
      place.removeState();
      expect(await load({ mode })).toBe(3);
      expect(await place.ids()).toEqual(mode === 'merge' ? [1, 2, 3] : [1, 1, 2, 2, 3, 3]);
      expect(await load({ mode })).toBe(0);
    });

    test('a load that was cut short is not gone on with', async () => {
      place.write('a.csv', `id,name\n${lines(1, 25)}broken,x\n`);
      const cut = { mode, steps: CAST, runtime: '{ batch_size: 10, checkpoint: { rows: 10 } }' };
      const failed = await place.run(cut);
      expect(failed.streams[0]?.commits).toBeGreaterThan(0);
      place.write('a.csv', csv(101, 103));
      await place.change({ action: 'reset' }, cut);
      expect(await load(cut)).toBe(3);
      expect((await place.ids()).filter((id) => id > 100)).toEqual([101, 102, 103]);
    });
  },
);

describe.each(['append', 'merge', 'replace'] as const)(
  'trap 19, state that is lost, and versions that begin again (%s)',
  (mode) => {
    test('run after run goes on, and each of them is mirrored', async () => {
      for (const round of [1, 2, 3]) {
        place.write(`${round}.csv`, csv(round, round));
        expect(await load({ mode })).toBe(mode === 'replace' ? round : 1);
        place.removeState();
      }
      place.write('4.csv', csv(4, 4));
      await load({ mode });
      await load({ mode });
      expect(await place.ids()).toEqual([1, 2, 3, 4]);
      const [[version]] = (await place.target('SELECT version FROM _datacook_heads')) as [[string]];
      expect(Number(version)).toBeGreaterThan(8);
    });
  },
);
