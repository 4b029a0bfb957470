import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Destination, VerifyPlace } from './verify-place.js';

let place: VerifyPlace;

beforeEach(async () => {
  place = await VerifyPlace.open();
});

afterEach(() => place.close());

const DESTINATIONS: readonly Destination[] = ['duckdb', 'postgres'];

/** A column of each type with a value of it, and another value. */
const COLUMNS: readonly (readonly [type: string, value: string, other: string])[] = [
  ['boolean', 'true', 'false'],
  ['smallint', '-32768', '-32767'],
  ['integer', '2147483647', '2147483646'],
  ['bigint', '9223372036854775807', '9223372036854775806'],
  ['real', `'0.1'`, `'0.10000001'`],
  ['double precision', `'5e-324'`, `'1e-323'`],
  ['numeric(12,2)', '100.10', '100.11'],
  ['numeric', '12345.678900000', '12345.6789001'],
  ['text', `'ä~,1:'`, `'ä~,1'`],
  ['varchar(5)', `'a '`, `'a'`],
  ['bytea', String.raw`'\x00ff'`, String.raw`'\x00fe'`],
  ['uuid', `'00000000-0000-0000-0000-00000000000a'`, `'00000000-0000-0000-0000-00000000000b'`],
  ['jsonb', `'{"a": [1.0, null]}'`, `'{"a": [1, null]}'`],
  ['date', `'infinity'`, `'2020-01-01'`],
  ['time', `'24:00:00'`, `'00:00:00'`],
  ['timestamp', `'-infinity'`, `'1969-12-31 23:59:59.999999'`],
  ['timestamptz', `'2020-02-29 12:34:56.789012+00'`, `'2020-02-29 12:34:56.789013+00'`],
  ['interval', `'1 month'`, `'31 days'`],
  ['integer[]', `'{1,NULL,3}'`, `'{1,2,3}'`],
];

/** DuckDB spells these otherwise. */
const DUCKDB: { readonly [literal: string]: string } = {
  [String.raw`'\x00fe'`]: String.raw`'\x00\xFE'::blob`,
  [`'{1,2,3}'`]: '[1, 2, 3]',
};

describe.each(DESTINATIONS)('into %s', (destination) => {
  test('every type is equal after a load, and any value that differs is seen', async () => {
    const names = COLUMNS.map((_, at) => `c${at}`);
    await place.sql(
      `create table origin (id int primary key, ${names.map((name, at) => `${name} ${COLUMNS[at]![0]}`).join(', ')})`,
    );
    const values = COLUMNS.map(([, value]) => value).join(', ');
    const nulls = COLUMNS.map(() => 'null').join(', ');
    await place.sql(`insert into origin select g, ${values} from generate_series(1, ${COLUMNS.length}) g`);
    await place.sql(`insert into origin values (0, ${nulls})`);
    const recipe = place.recipe(destination, `{ type: postgres, url: ${place.url}, table: public.origin }`);
    await place.run(recipe);
    expect(await place.verify(recipe)).toMatchObject({
      equal: true,
      source_by: 'sql',
      compared: { columns: ['id', ...names], keys: ['id'] },
      left_out: [],
    });
    for (const [at, [, , other]] of COLUMNS.entries()) {
      const value = destination === 'duckdb' ? (DUCKDB[other] ?? other) : other;
      await place.spoil(destination, `update TARGET set c${at} = ${value} where id = ${at + 1}`);
    }
    const report = await place.verify(recipe);
    expect(report.keys.map(({ key }) => COLUMNS[Number(key['id']) - 1]![0]).sort()).toEqual(
      COLUMNS.map(([type]) => type).sort(),
    );
    expect(report.differences).toEqual({ missing: 0, extra: 0, doubled: 0, changed: COLUMNS.length });
  });

  test('renamed and dropped columns are compared by the server, cast ones by reading', async () => {
    await place.sql(
      `create table origin as select g as id, g * 1.50 as price, 'x' as word from generate_series(1, 500) g`,
    );
    const source = `{ type: postgres, url: ${place.url}, table: public.origin }`;
    const plain = `transform: { steps: [{ type: rename_columns, mapping: { id: nr } }, { type: drop_columns, columns: [word] }, { type: add_column, name: at, value: now() }] }`;
    const recipe = place.recipe(destination, source, 'append', plain);
    await place.run(recipe);
    expect(await place.verify(recipe, { keys: ['nr'] })).toMatchObject({
      equal: true,
      source_by: 'sql',
      compared: { columns: ['nr', 'price'] },
      left_out: [{ column: 'at', why: expect.stringContaining('each run makes it anew') }],
    });
    await place.spoil(destination, 'delete from TARGET where nr = 77');
    expect((await place.verify(recipe, { keys: ['nr'] })).keys).toMatchObject([
      { kind: 'missing', key: { nr: '77' } },
    ]);
  });

  test('files are compared by reading them', async () => {
    const lines = Array.from(
      { length: 2000 },
      (_, at) => `${at},${at % 7 === 0 ? '' : `w${at}`},${at / 4},2020-01-${1 + (at % 28)}`,
    );
    place.write('rows.csv', `id,word,number,day\n${lines.join('\n')}\n`);
    const cast = `transform: { steps: [{ type: cast_columns, columns: { number: "decimal(12,4)" } }] }`;
    const recipe = place.recipe(destination, '{ type: file, path: rows.csv }', 'append', cast);
    await place.run(recipe);
    expect(await place.verify(recipe, { keys: ['id'] })).toMatchObject({
      equal: true,
      source_by: 'rows',
      left_out: [],
    });
    await place.spoil(destination, 'update TARGET set number = number + 0.0001 where id = 1234');
    await place.spoil(destination, 'delete from TARGET where id = 7');
    await place.spoil(destination, 'insert into TARGET select * from TARGET where id = 1999');
    const report = await place.verify(recipe, { keys: ['id'] });
    expect(report.keys.map(({ kind, key }) => `${kind} ${key['id']}`).sort()).toEqual([
      'changed 1234',
      'doubled 1999',
      'missing 7',
    ]);
    expect((await place.verify(recipe)).differences).toEqual({
      missing: 2,
      extra: 1,
      doubled: 1,
      changed: 0,
    });
  });

  test('rows that wait for a later load, and newer versions, are told apart from lost ones', async () => {
    await place.sql(
      'create table origin (id int primary key, word text, at timestamptz default clock_timestamp())',
    );
    await place.sql(`insert into origin (id, word) select g, 'w' || g from generate_series(1, 100) g`);
    const source = `{ type: postgres, url: ${place.url}, table: public.origin, incremental: { strategy: watermark, cursor_column: at } }`;
    const recipe = place.recipe(destination, source, 'merge');
    await place.run(recipe);
    const open = await place.session();
    try {
      // Its transaction holds the watermark back: what comes after it waits.
      await open.query('begin');
      await open.query(`insert into origin (id, word) values (999, 'open')`);
      await place.sql(`insert into origin (id, word) select g, 'new' from generate_series(101, 110) g`);
      await place.sql(`update origin set word = 'newer', at = clock_timestamp() where id = 5`);
      expect(await place.verify(recipe)).toMatchObject({
        equal: true,
        newer: 11,
        differences: { missing: 0 },
      });
      await place.spoil(destination, 'delete from TARGET where id = 50');
      expect(await place.verify(recipe)).toMatchObject({
        equal: false,
        newer: 11,
        keys: [{ kind: 'missing', key: { id: '50' } }],
      });
    } finally {
      await open.end();
    }
  });
});

test('what a table rewrites is left out, and said', async () => {
  await place.sql(`create table origin as select 1 as id, '{"b":1,"a":1}'::json as doc`);
  const recipe = place.recipe('postgres', `{ type: postgres, url: ${place.url}, table: public.origin }`);
  await place.run(recipe);
  expect(await place.verify(recipe)).toMatchObject({
    equal: true,
    left_out: [{ column: 'doc', why: expect.stringContaining('jsonb, which writes texts anew') }],
  });
});
