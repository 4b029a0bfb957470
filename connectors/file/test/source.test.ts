import { appendFileSync, chmodSync, cpSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Json, JsonObject } from '@datacook/core';
import { typeToString } from '@datacook/toolkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import definition from '../src/source.js';
import {
  asNobody,
  failure,
  folder,
  load,
  open,
  openFilesIn,
  type Row,
  readItems,
  request,
  rowsOf,
  stored,
  touch,
  write,
} from './helpers.js';

const NEW = { incremental: { strategy: 'new_files' } };

async function schemaOf(config: JsonObject): Promise<string[] | undefined> {
  const { source } = open(config);
  const [stream] = await source.streams();
  return stream!.schema?.fields.map(({ name, type }) => `${name} ${typeToString(type)}`);
}

describe('reading', () => {
  it('brings every row of every file, exactly', async () => {
    const root = folder({
      'b.csv': 'id,at,text\n9007199254740993,2024-01-01T00:00:00.000001Z,"a\nb"\n',
      'a.csv': 'id,at,text\n-1,1969-12-31T23:59:59.999999Z,\n2,,""\n',
      'c.csv': '',
      'd.csv': 'id,at,text\n',
      'e.csv.gz': gzipSync('id,at,text\r\n3,2024-01-01 00:00:00Z,x'),
    });
    expect((await load({ path: join(root, '*.csv*') })).rows).toEqual([
      ['-1', '1969-12-31T23:59:59.999999Z', null],
      ['2', null, ''],
      ['9007199254740993', '2024-01-01T00:00:00.000001Z', 'a\nb'],
      ['3', '2024-01-01T00:00:00.000000Z', 'x'],
    ]);
  });

  it('knows csv and tsv by their names, packed or not, and asks where names differ', async () => {
    const root = folder({
      'a.tsv': 'x\ty\n1\t2\n',
      'b.TSV.gz': gzipSync('x\ty\n3\t4\n'),
      'c.csv': 'x\n',
      'd.dat': 'x\n',
    });
    expect((await load({ path: join(root, '*.{tsv,TSV.gz}') })).rows).toEqual([
      ['1', '2'],
      ['3', '4'],
    ]);
    expect(await failure(load({ path: join(root, '*.?sv') }))).toMatchObject({ code: 'CONFIG' });
    expect(await failure(load({ path: join(root, 'd.dat') }))).toMatchObject({
      code: 'CONFIG',
      hint: expect.stringContaining('format: csv') as string,
    });
    expect((await load({ path: join(root, 'd.dat'), format: 'csv' })).rows).toEqual([]);
  });

  it('brings only the columns that are asked for, in this order; what the others hold does not matter', async () => {
    const root = folder({ 'a.csv': 'a,b,c\n1,2,3\n', 'b.csv': 'b,c\n5,x\n' });
    const path = join(root, '*.csv');
    const config = { path, sample_files: 1 };
    expect((await load(config, { columns: ['b', 'a'] })).rows).toEqual([
      ['2', '1'],
      ['5', null],
    ]);
    expect(await failure(load(config, { columns: ['c'] }))).toMatchObject({ code: 'DATA', column: 'c' });
    expect(await failure(load({ path }, { columns: ['aa'] }))).toMatchObject({
      code: 'SCHEMA',
      hint: 'Is "a" meant?',
    });
  });

  it('names file and line of what is wrong, at the beginning of the message', async () => {
    const root = folder({ 'a.csv': `a,b\n${'1,2\n'.repeat(30_000)}1,x\n`, 'b.csv': 'a,b\n1\n' });
    const a = join(root, 'a.csv');
    expect(await failure(load({ path: a }))).toEqual({
      code: 'DATA',
      message: `${a}:30002: Column "b" is int64, which can't hold "x".`,
      hint: 'Declare `types: { b: utf8 }` in `format`. Or correct the line; if the file was loaded in part by then, everything must be loaded anew with --full-refresh.',
      retry: false,
      file: a,
      line: 30_002,
      column: 'b',
      type: 'int64',
      value: 'x',
    });
    const b = join(root, 'b.csv');
    expect(await failure(load({ path: b }))).toMatchObject({
      code: 'DATA',
      file: b,
      line: 2,
      expected: 2,
      found: 1,
    });
    expect((await failure(load({ path: b }))).message).toMatch(`${b}:2: `);
  });

  it('refuses a file that may not be read, before anything is read', async () => {
    const root = folder({ 'a.csv': 'a\n1\n', 'b.csv': 'a\n1\n' });
    chmodSync(root, 0o755);
    chmodSync(join(root, 'b.csv'), 0);
    const { source } = open({ path: join(root, '*.csv') });
    const wanted = { code: 'AUTH', file: join(root, 'b.csv') };
    expect(await failure(asNobody(() => source.plan(request())))).toMatchObject(wanted);
    expect(await failure(asNobody(() => source.streams()))).toMatchObject(wanted);
    expect(await failure(asNobody(() => source.check!()))).toMatchObject(wanted);
  });

  it('closes its files when it is stopped', async () => {
    const root = folder({ 'a.csv': `a\n${'1\n'.repeat(200_000)}` });
    for (const stop of ['return', 'abort', 'close'] as const) {
      const { source, abort } = open({ path: join(root, 'a.csv') });
      const plan = await source.plan(request());
      const reading = source.read(plan, plan.partitions[0]!)[Symbol.asyncIterator]();
      await reading.next();
      if (stop === 'return') await reading.return!();
      else {
        if (stop === 'abort') abort.abort();
        else await source.close();
        const rest = async () => {
          while (!(await reading.next()).done);
        };
        expect(await failure(rest())).toMatchObject({ code: 'CANCELLED' });
      }
      expect(openFilesIn(root)).toBe(0);
    }
  });

  it('reads two hundred files', async () => {
    const root = folder(
      Object.fromEntries(Array.from({ length: 200 }, (_, n) => [`${n}.csv`, `n,x${n % 3}\n${n},1\n`])),
    );
    const { rows, plan } = await load({ path: join(root, '*.csv') }, { parallelism: 4 });
    expect(plan.partitions).toHaveLength(4);
    expect(rows.map(([n]) => Number(n)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 200 }, (_, n) => n),
    );
    expect(await schemaOf({ path: join(root, '*.csv') })).toContain('n int64');
  });
});

describe('types', () => {
  it('hold what all sampled files show', async () => {
    const root = folder({
      'a.csv': 'i,f,big,mix,day,none,only_a\n1,1,1,1,2024-01-01,,x\n',
      'b.csv': 'i,f,big,mix,day,none\n,0.5,0.5,x,,\n',
      'c.csv': 'f,big,i,none,late\n1e3,9007199254740993,-2,,true\n',
    });
    expect(await schemaOf({ path: join(root, '*.csv') })).toEqual([
      'i int64',
      'f float64',
      'big numeric',
      'mix utf8',
      'day date',
      'none utf8',
      'only_a utf8',
      'late bool',
    ]);
  });

  it('are the declared ones first, which must be those of some file', async () => {
    const root = folder({ 'a.csv': 'a,b\n1,2\n', 'b.csv': 'a,c\n1,2\n' });
    const path = join(root, '*.csv');
    expect(
      await schemaOf({ path, format: { type: 'csv', types: { a: 'utf8', c: 'decimal(4,1)' } } }),
    ).toEqual(['a utf8', 'b int64', 'c decimal(4,1)']);
    expect(await failure(load({ path, format: { type: 'csv', types: { bb: 'utf8' } } }))).toMatchObject({
      code: 'SCHEMA',
      column: 'bb',
    });
  });

  it('of numbers beyond the range of doubles must be declared, which is said before anything is read', async () => {
    const root = folder({ 'a.csv': 'a,b\n0.5,1\n1e400,2\n' });
    const path = join(root, 'a.csv');
    const wanted = { code: 'DATA', file: path, line: 3, column: 'a', value: '1e400' };
    expect(await failure(open({ path }).source.plan(request()))).toMatchObject(wanted);
    expect(await failure(open({ path }).source.streams())).toMatchObject(wanted);
    const declared = { path, format: { type: 'csv', types: { a: 'utf8', b: 'int8' } } };
    expect((await load(declared)).rows).toEqual([
      ['0.5', '1'],
      ['1e400', '2'],
    ]);
  });

  it('come from a few files, and columns from all', async () => {
    const root = folder({ 'a.csv': 'a\n1\n', 'b.csv': 'a,x\n2,3\n', 'c.csv': 'a\n4\n' });
    const { rows } = await load({ path: join(root, '*.csv'), sample_files: 2 });
    expect(rows).toEqual([
      ['1', null],
      ['2', '3'],
      ['4', null],
    ]);
  });

  it('are unknown of files without a header', async () => {
    const root = folder({ 'a.csv': '', 'b.csv': '' });
    expect(await schemaOf({ path: join(root, '*.csv') })).toBeUndefined();
    expect((await load({ path: join(root, '*.csv') })).rows).toEqual([]);
  });
});

describe('new files only', () => {
  it('reads each file once', async () => {
    const root = folder({ 'a.csv': 'a\n1\n', 'b.csv': 'a\n2\n' });
    const config = { path: join(root, '*.csv'), ...NEW };
    const first = await load(config);
    expect(first.rows).toEqual([['1'], ['2']]);
    const second = await load(config, { position: first.next });
    expect(second.rows).toEqual([]);
    expect(second.plan.partitions).toEqual([]);
    expect(second.next).toEqual(first.next);
    write(join(root, '0.csv'), 'a\n0\n');
    const third = await load(config, { position: second.next });
    expect(third.rows).toEqual([['0']]);
    expect(await load(config, { position: third.next })).toMatchObject({ rows: [] });
    expect((await load(config)).rows).toEqual([['0'], ['1'], ['2']]);
  });

  it('reads everything every time without it', async () => {
    const root = folder({ 'a.csv': 'a\n1\n' });
    const config = { path: join(root, '*.csv') };
    const first = await load(config);
    const second = await load(config, { position: first.next });
    expect(second.rows).toEqual([['1']]);
    const later = await load({ ...config, ...NEW }, { position: second.next });
    expect(later.rows).toEqual([['1']]);
  });

  it('refuses a file that has changed, by size or by time', async () => {
    const root = folder({ 'a.csv': 'a\n1\n' });
    const path = join(root, 'a.csv');
    const config = { path: join(root, '*.csv'), ...NEW };
    const { next } = await load(config);
    appendFileSync(path, '2\n');
    expect(await failure(load(config, { position: next }))).toMatchObject({
      code: 'DATA',
      message: `${path} has changed since it was loaded: it has 6 bytes, and had 4.`,
      hint: expect.stringContaining('--full-refresh') as string,
      file: path,
    });
    writeFileSync(path, 'a\n3\n');
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    expect((await failure(load(config, { position: next }))).message).toMatch(
      'modified at 2023-11-14T22:13:20.000000000Z, not ',
    );
  });

  it('needs no file any more once they are loaded, and does not take one for new that comes back', async () => {
    const root = folder({ 'a.csv': 'a\n1\n', 'x.csv': 'a\n2\n' });
    const config = { path: [join(root, '?.csv'), join(root, 'x.csv')], ...NEW };
    const { next } = await load(config);
    renameSync(join(root, 'a.csv'), join(root, 'away'));
    renameSync(join(root, 'x.csv'), join(root, 'away2'));
    // `x.csv` was found by the first pattern, so that the second one never brought it.
    expect(await failure(load(config, { position: next }))).toMatchObject({ code: 'NOT_FOUND' });
    const glob = { path: join(root, '?.csv'), ...NEW };
    const first = await load({ ...glob }, { position: next });
    expect(first.rows).toEqual([]);
    renameSync(join(root, 'away'), join(root, 'a.csv'));
    expect((await load(glob, { position: first.next })).rows).toEqual([]);
    expect(await open(glob).source.streams()).toHaveLength(1);
    expect(await failure(load({ path: join(root, 'z*.csv'), ...NEW }))).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('allows a named file that was loaded to be gone', async () => {
    const root = folder({ 'a.csv': 'a\n1\n' });
    const config = { path: join(root, 'a.csv'), ...NEW };
    const { next } = await load(config);
    rmSync(join(root, 'a.csv'));
    expect((await load(config, { position: next })).rows).toEqual([]);
  });

  it('lets a young file wait, and says so', async () => {
    const root = folder({ 'old.csv': 'a\n1\n', 'young.csv': 'a\n2\n' });
    touch(join(root, 'old.csv'), new Date(Date.now() - 7_200_000));
    const config = { path: join(root, '*.csv'), incremental: { strategy: 'new_files', settle: '1h' } };
    const first = await load(config);
    expect(first.rows).toEqual([['1']]);
    expect(first.log.join()).toContain(join(root, 'young.csv'));
    touch(join(root, 'young.csv'), new Date(Date.now() - 7_200_000));
    expect((await load(config, { position: first.next })).rows).toEqual([['2']]);
  });

  it('keeps the types of the first load, adds new columns, and makes NULL of those that are gone', async () => {
    const root = folder({ 'a.csv': 'id,code\n1,x\n' });
    const config = { path: join(root, '*.csv'), ...NEW };
    const first = await load(config);
    write(join(root, 'b.csv'), 'extra,code\n5,007\n');
    const second = await load(config, { position: first.next });
    expect(second.rows).toEqual([[null, '007', '5']]);
    write(join(root, 'c.csv'), 'code,id\n8,2\n');
    const third = await load(config, { position: second.next });
    expect(third.rows).toEqual([['2', '8', null]]);
    write(join(root, 'd.csv'), 'id,code\noops,x\n');
    const wrong = await failure(load(config, { position: third.next }));
    expect(wrong).toMatchObject({
      code: 'DATA',
      column: 'id',
      type: 'int64',
      line: 2,
      file: join(root, 'd.csv'),
    });
    const declared = { ...config, format: { type: 'csv', types: { id: 'utf8' } } };
    expect((await load(declared, { position: third.next })).rows).toEqual([['oops', 'x', null]]);
  });

  it('widens remembered types by what new files show, in the plan, in the stream and in memory', async () => {
    const root = folder({ 'a.csv': 'id,t\n1,x\n' });
    const config = { path: join(root, '*.csv'), ...NEW };
    const { next } = await load(config);
    write(join(root, 'b.csv'), 'id,t,more\n99999999999999999999,7,1\n');
    write(join(root, 'c.csv'), 'id,t,more\n2,8,0.5\n');
    const { source, log } = open(config);
    const plan = stored(await source.plan(request({ position: next })));
    const wanted = [
      ['id', 'decimal(38,0)'],
      ['t', 'utf8'],
      ['more', 'float64'],
    ];
    expect(plan.spec).toMatchObject({ schema: wanted });
    expect(plan.next).toMatchObject({ schema: wanted });
    const [stream] = await source.streams();
    expect(stream!.schema!.fields.map(({ name, type }) => [name, typeToString(type)])).toEqual(wanted);
    expect(rowsOf(await readItems(source, plan))).toEqual([
      ['99999999999999999999', '7', '1'],
      ['2', '8', '0.5'],
    ]);
    expect(log.filter((line) => line.startsWith('warn'))).toEqual([]);
    // Nothing is new: by all files alone the stream would be without what was remembered.
    for (const name of ['b.csv', 'c.csv']) rmSync(join(root, name));
    const later = open(config).source;
    expect((await later.plan(request({ position: plan.next! }))).partitions).toEqual([]);
    expect((await later.streams())[0]!.schema!.fields.map(({ name }) => name)).toEqual(['id', 't', 'more']);
    write(join(root, 'd.csv'), 'id\n3\n');
    expect((await load(config, { position: plan.next! })).plan.spec).toMatchObject({ schema: wanted });
  });

  it('widens nothing that holds the values as it is, nor what is declared', async () => {
    const types = { small: 'int16', money: 'decimal(12,2)', ratio: 'float64', none: 'int64' };
    const root = folder({ 'a.csv': 'small,money,ratio,none\n1,1,1,\n' });
    const path = join(root, '*.csv');
    const { next } = await load({ path, ...NEW, format: { type: 'csv', types } });
    write(join(root, 'b.csv'), 'small,money,ratio,none\n-32768,9999999999,7,\n');
    const kept = await load({ path, ...NEW }, { position: next });
    expect(kept.next).toMatchObject({ schema: Object.entries(types) });
    write(join(root, 'b.csv'), 'small,money,ratio,none\n32768,10000000000,7,\n');
    expect((await load({ path, ...NEW }, { position: next })).next).toMatchObject({
      schema: Object.entries({ ...types, small: 'int64', money: 'decimal(21,2)' }),
    });
    const declared = { path, ...NEW, format: { type: 'csv', types: { small: 'int32', money: 'utf8' } } };
    expect((await load(declared, { position: next })).next).toMatchObject({
      schema: Object.entries({ ...types, small: 'int32', money: 'utf8' }),
    });
  });

  it('warns of new files that do not fit, and refuses them by line with the rows before in place', async () => {
    const root = folder({ 'a.csv': 'id\n1\n' });
    const config = { path: join(root, '*.csv'), ...NEW };
    const { next } = await load(config);
    for (const [text, line] of [
      ['id\n2\noops\n', 3],
      ['id\n2\n0.5\n', 3],
      ['id\n2,3\n', 2],
    ] as const) {
      write(join(root, 'b.csv'), 'id\n5\n');
      write(join(root, 'c.csv'), text);
      const { source, log } = open(config);
      const plan = await source.plan(request({ position: next }));
      expect(plan.spec).toMatchObject({ schema: [['id', 'int64']] });
      expect(log.filter((entry) => entry.startsWith(`warn: ${join(root, 'c.csv')}`))).toHaveLength(1);
      const seen: Row[] = [];
      const reading = async () => {
        for await (const item of source.read(plan, plan.partitions[0]!)) seen.push(...rowsOf([item]));
      };
      expect(await failure(reading())).toMatchObject({ code: 'DATA', line, file: join(root, 'c.csv') });
      expect(seen[0]).toEqual(['5']);
    }
  });

  it('goes on in a project that was moved with its times', async () => {
    const root = folder({ 'one/data/x [1]/a.csv': 'a\n1\n' });
    const before = await load({ path: join(root, 'one/data/x [1]/*.csv'), ...NEW });
    cpSync(join(root, 'one'), join(root, 'two'), { recursive: true, preserveTimestamps: true });
    renameSync(join(root, 'one'), join(root, 'three'));
    write(join(root, 'three/data/x [1]/b.csv'), 'a\n2\n');
    const moved = await load(
      { path: join(root, 'three/data/x [1]/*.csv'), ...NEW },
      { position: before.next },
    );
    expect(moved.rows).toEqual([['2']]);
  });

  it('refuses a position that is not its own', async () => {
    const root = folder({ 'a.csv': 'a\n1\n' });
    const config = { path: join(root, '*.csv'), ...NEW };
    for (const position of [
      5,
      [],
      { version: 1 },
      { version: 1, files: { a: 1 } },
      { version: 1, files: {}, schema: [['a', 'int7']] },
    ] as Json[]) {
      await failure(load(config, { position }));
    }
    expect(await failure(load(config, { position: { version: 2, files: {} } }))).toMatchObject({
      code: 'DATA',
      hint: expect.stringContaining('Upgrade') as string,
    });
  });
});

describe('resuming', () => {
  it('in another process, at every position and at every row, brings exactly the rest', async () => {
    const files: Record<string, string | Uint8Array> = {
      '1.csv': `id,t\n${[1, 2, 3, 4, 5].map((id) => `${id},"x\n${id}"`).join('\n')}\n`,
      '2.csv': '',
      '3.csv.gz': gzipSync('t,id\r\na,6\r\nb,7\r\n\r\nc,8\r\n'),
      '4.csv': 'id,t\n',
      '5.csv': 'id\n9\n10',
    };
    const root = folder(files);
    const config = { path: join(root, '*'), format: 'csv', sample_files: 2 };
    const whole = open(config).source;
    for (const batchRows of [1, 2, 3, 100]) {
      const plan = stored(await whole.plan(request({ batchRows })));
      const items = await readItems(whole, plan);
      const all = rowsOf(items);
      expect(all).toHaveLength(10);
      for (const [count, { position }] of items.entries()) {
        const before = rowsOf(items.slice(0, count + 1));
        const rest = await readItems(open(config).source, stored(plan), 0, stored(position!));
        expect([...before, ...rowsOf(rest)], JSON.stringify(position)).toEqual(all);
      }
    }
  });

  it('holds for any files, cut in any way', async () => {
    const row = fc.tuple(
      fc.option(fc.integer()),
      fc.option(fc.constantFrom('', 'x', 'a"b', 'l\nm', 'é', ',')),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.array(row, { maxLength: 8 }), fc.boolean()), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 4 }),
        fc.nat(),
        async (tables, batchRows, parallelism, seed) => {
          const text = (rows: [number | null, string | null][]) =>
            `n,s\n${rows.map(([n, s]) => `${n ?? ''},${s === null ? '' : `"${s.replaceAll('"', '""')}"`}\n`).join('')}`;
          const root = folder(
            Object.fromEntries(
              tables.map(([rows, packed], n) => [`${n}.csv`, packed ? gzipSync(text(rows)) : text(rows)]),
            ),
          );
          const config = {
            path: join(root, '*.csv'),
            format: { type: 'csv', types: { n: 'int64', s: 'utf8' } },
          };
          const plan = stored(await open(config).source.plan(request({ batchRows, parallelism })));
          const wanted = tables.flatMap(([rows]) => rows.map(([n, s]) => [n === null ? null : String(n), s]));
          const found = [];
          for (const [index] of plan.partitions.entries()) {
            const items = await readItems(open(config).source, plan, index);
            const cut = seed % items.length;
            const rest = await readItems(open(config).source, plan, index, stored(items[cut]!.position!));
            found.push(...rowsOf(items.slice(0, cut + 1)), ...rowsOf(rest));
          }
          expect(found).toEqual(wanted);
          rmSync(root, { recursive: true });
        },
      ),
      { seed: 8, numRuns: 100 },
    );
  });

  it('refuses a file that has changed or gone since the plan', async () => {
    const root = folder({ 'a.csv': 'a\n1\n', 'b.csv': 'a\n2\n' });
    const { source } = open({ path: join(root, '*.csv') });
    const plan = await source.plan(request());
    appendFileSync(join(root, 'b.csv'), '3\n');
    expect(await failure(readItems(source, plan))).toMatchObject({
      code: 'STALE_POSITION',
      file: join(root, 'b.csv'),
    });
    rmSync(join(root, 'b.csv'));
    expect(await failure(readItems(source, plan))).toMatchObject({
      code: 'STALE_POSITION',
      file: join(root, 'b.csv'),
    });
  });

  it('says of a file that has changed how much of it is in already, and what can be done', async () => {
    const root = folder({ 'a.csv': 'a\n1\n2\n3\n' });
    const path = join(root, 'a.csv');
    const { source } = open({ path });
    const plan = await source.plan(request({ batchRows: 2 }));
    const [first] = await readItems(source, plan);
    appendFileSync(path, '3\n');
    const hint = expect.stringMatching(
      /^Put the file back .* or load everything anew.*--full-refresh/,
    ) as string;
    expect(await failure(readItems(source, plan))).toMatchObject({
      message: `${path} has changed since this load was planned.`,
      hint,
    });
    expect(await failure(readItems(source, plan, 0, first!.position))).toMatchObject({
      code: 'STALE_POSITION',
      message: `${path} has changed since this load was planned, and 2 rows of it are in already.`,
      hint,
    });
  });

  it('hands out no last batch of a file that changes while it is read', async () => {
    const root = folder({ 'a.csv': `a\n${'1\n'.repeat(1000)}` });
    const { source } = open({ path: join(root, 'a.csv') });
    const plan = await source.plan(request({ batchRows: 400 }));
    let rows = 0;
    const reading = async () => {
      for await (const { batch } of source.read(plan, plan.partitions[0]!)) {
        if (rows === 0) appendFileSync(join(root, 'a.csv'), '2\n');
        rows += batch?.length ?? 0;
      }
    };
    expect(await failure(reading())).toMatchObject({ code: 'DATA', file: join(root, 'a.csv') });
    expect(rows).toBe(400);
  });

  it('takes types that were declared after the load was begun', async () => {
    const root = folder({ 'a.csv': 'a,b\n1,1\n', 'b.csv': 'a,b\n2,x\n' });
    const config = { path: join(root, '*.csv'), sample_files: 1 };
    const plan = stored(await open(config).source.plan(request()));
    expect(await failure(readItems(open(config).source, plan))).toMatchObject({ column: 'b' });
    const mended = open({ ...config, format: { type: 'csv', types: { b: 'utf8' } } }).source;
    expect(rowsOf(await readItems(mended, plan))).toEqual([
      ['1', '1'],
      ['2', 'x'],
    ]);
  });
});

describe('partitions', () => {
  it('are runs of whole files, about as many bytes each, never more than asked for', async () => {
    const { partitionFiles } = await import('../src/partitions.js');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 5_000_000 }), { maxLength: 30 }),
        fc.integer({ min: 1, max: 8 }),
        async (sizes, count) => {
          const files = sizes.map((size, index) => ({ name: `0/${index}`, size, mtimeNs: '0' }));
          const partitions = partitionFiles(files, count);
          expect(partitions).toHaveLength(Math.min(count, sizes.length));
          const specs = partitions.map(({ spec }) => spec as { path: string; size: number }[]);
          expect(specs.flat().map(({ path }) => path)).toEqual(files.map(({ name }) => name));
          for (const spec of specs) expect(spec.length).toBeGreaterThan(0);
          expect(new Set(partitions.map(({ id }) => id)).size).toBe(partitions.length);
        },
      ),
      { seed: 8 },
    );
    const even = partitionFiles(
      Array.from({ length: 8 }, (_, n) => ({ name: `0/${n}`, size: 1_000_000, mtimeNs: '0' })),
      4,
    );
    expect(even.map(({ spec }) => (spec as Json[]).length)).toEqual([2, 2, 2, 2]);
  });
});

describe('the definition', () => {
  it('has the paths as the recipe has them for its identity, or the connection, and nothing else', () => {
    const identity = (config: JsonObject) => definition.identity!(definition.config.parse(config));
    expect(identity({ path: './data/*.csv' })).toEqual({ path: ['data/*.csv'] });
    expect(identity({ path: ['a', 'b'], format: { type: 'csv', delimiter: ';' } })).toEqual({
      path: ['a', 'b'],
    });
    expect(identity({ conn_id: 'exports', format: 'csv' })).toEqual({ conn_id: 'exports' });
  });

  it('refuses what it does not know', () => {
    const problems = (config: JsonObject) => {
      try {
        definition.config.parse(config);
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    };
    expect(problems({})).toContain('say a path');
    expect(problems({ path: 'a', incremental: { strategy: 'watermark' } })).toContain('it has new_files');
    expect(problems({ path: 'a', incremental: { strategy: 'new_files', settle: 'soon' } })).not.toBe('');
    expect(problems({ path: 'a', compression: 'zstd' })).not.toBe('');
    expect(problems({ path: 'a', pth: 'b' })).not.toBe('');
    expect(
      problems({
        path: 'a',
        format: { type: 'csv', delimiter: ';' },
        incremental: { strategy: 'new_files', settle: '5s' },
      }),
    ).toBe('');
  });

  it('marks its paths and its format in the JSON Schema', () => {
    const config = definition.config as unknown as {
      toJSONSchema(options: object): { properties: Record<string, object>; required?: string[] };
    };
    const { properties, required } = config.toJSONSchema({ io: 'input' });
    expect(properties['path']).toMatchObject({ datacook: 'path', address: true });
    expect(properties['format']).toMatchObject({ datacook: 'format' });
    expect(required ?? []).toEqual([]);
  });
});
