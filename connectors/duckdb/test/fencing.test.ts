import { join } from 'node:path';
import { openDuckDB } from '@datacook/duckdb-engine';
import { batchFromRows } from '@datacook/toolkit';
import { expect, test } from 'vitest';
import { epoch, folder, load, open, ourTables, schemaOf, sql, target } from './support.js';

const schema = schemaOf({ id: 'int64' });
const count = async (path: string) => (await sql(path, 'SELECT count(*)::VARCHAR AS n FROM t'))[0]?.['n'];

for (const mode of ['append', 'merge', 'replace'] as const)
  test(`${mode}: an older holder gets CONFLICT wherever it wakes, and changes nothing`, async () => {
    const path = join(folder(), 'a.duckdb');
    const old = open(path);
    const to = target({ mode, mergeKeys: ['id'] });
    await load(old, to, schema, [{ id: 1n }]);
    const { version } = await old.claim(to, 'old');
    await old.prepare(to, schema, version);
    const before = await old.openWriter(to, schema, version);
    await before.write(batchFromRows([{ id: 99n }], schema));

    const young = open(path);
    const head = await young.claim(to, 'young');
    expect(head.version).toBe(version + 1);
    const conflict = { code: 'CONFLICT', retry: false, message: expect.stringContaining('taken over') };
    const commit = { id: 'c', expected: version, state: 'zombie', publish: true };
    const writes = async () => {
      await expect(before.commit(commit)).rejects.toMatchObject(conflict);
      await before.close();
    };
    await writes();
    await expect(
      old.prepare({ ...to, load: 'zombie' }, schemaOf({ id: 'int64', z: 'utf8' }), version),
    ).rejects.toMatchObject(conflict);
    await old.claim({ ...to, key: 'unrelated' }, 'x');
    await expect(old.commit(to, [], commit)).rejects.toMatchObject(conflict);
    await expect(old.commit(to, [], { ...commit, publish: false })).rejects.toMatchObject(conflict);
    await young.prepare(to, schema, head.version);
    await expect(old.openWriter(to, schema, version)).rejects.toMatchObject(conflict);
    await epoch(young, to, schema, [{ id: 2n }], head.version, {
      publish: true,
      state: 'young',
      prepare: false,
    });
    expect(await count(path)).toBe(mode === 'replace' ? '1' : '2');
    expect(await young.peek(to)).toMatchObject({ version: version + 2, state: 'young' });
    expect(await ourTables(path)).toEqual([]);
  });

test('a claim between the last batch and the commit wins', async () => {
  const path = join(folder(), 'a.duckdb');
  const old = open(path);
  const young = open(path);
  const { version } = await old.claim(target(), 'old');
  await old.prepare(target(), schema, version);
  const writer = await old.openWriter(target(), schema, version);
  await writer.write(batchFromRows([{ id: 1n }], schema));
  await young.claim(target(), 'young');
  await young.prepare(target(), schemaOf({ id: 'int64', more: 'utf8' }), version + 1);
  await expect(writer.commit({ id: 'c', expected: version, state: 1, publish: false })).rejects.toMatchObject(
    { code: 'CONFLICT' },
  );
  await writer.close();
  expect(await count(path)).toBe('0');
});

test('a writer that commits at another version than the head has is refused by the commit itself', async () => {
  const path = join(folder(), 'a.duckdb');
  const destination = open(path);
  await destination.claim(target(), 'o');
  const { version } = await destination.claim(target(), 'o');
  await destination.prepare(target(), schema, version);
  for (const expected of [version - 1, version + 1]) {
    const writer = await destination.openWriter(target(), schema, version);
    await writer.write(batchFromRows([{ id: 1n }], schema));
    await expect(writer.commit({ id: 'c', expected, state: 1, publish: false })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    await writer.close();
  }
  expect(await count(path)).toBe('0');
  expect((await destination.peek(target())).version).toBe(version);
});

test('a commit that fails at its very end has moved neither rows nor head', async () => {
  const path = join(folder(), 'a.duckdb');
  const destination = open(path);
  const { version } = await destination.claim(target(), 'o');
  await destination.prepare(target(), schema, version);
  const writer = await destination.openWriter(target(), schema, version);
  await writer.write(batchFromRows([{ id: 1n }], schema));
  const database = await openDuckDB(path);
  const other = await database.connect();
  let committing: Promise<unknown> | undefined;
  await database.exclusive(async () => {
    committing = writer
      .commit({ id: 'c', expected: version, state: 'never', publish: false })
      .catch((error) => error);
    await other.run('CREATE TABLE meanwhile(a INTEGER)');
    await other.run('ALTER TABLE t ADD COLUMN more INTEGER');
  });
  expect(await committing).toMatchObject({
    code: 'CONNECTION',
    retry: true,
    hint: expect.stringContaining('follow one another'),
  });
  await writer.close();
  await database.close();
  expect(await count(path)).toBe('0');
  const head = await destination.peek(target());
  expect(head.version).toBe(version);
  expect(head).not.toHaveProperty('state');
});

test('claims at the same time each get a version of their own', async () => {
  const path = join(folder(), 'a.duckdb');
  const destinations = [open(path), open(path), open(path)];
  const heads = await Promise.all(
    destinations.flatMap((each) => [each.claim(target(), 'a'), each.claim(target({ key: 'b' }), 'b')]),
  );
  expect(heads.map((head) => head.version).sort()).toEqual([1, 1, 2, 2, 3, 3]);
});

test('two recipes load two tables of one file at once', async () => {
  const path = join(folder(), 'a.duckdb');
  const [a, b] = [open(path), open(path)];
  const work = async (destination: typeof a, key: string) => {
    const to = target({ key, table: `t_${key}` });
    let { version } = await destination.claim(to, key);
    for (let at = 0; at < 5; at++)
      version = await epoch(destination, to, schema, [{ id: BigInt(at) }], version, { prepare: at === 0 });
    return version;
  };
  expect(await Promise.all([work(a, 'a'), work(b, 'b')])).toEqual([6, 6]);
  expect(
    await sql(
      path,
      'SELECT (SELECT count(*) FROM t_a)::VARCHAR AS a, (SELECT count(*) FROM t_b)::VARCHAR AS b',
    ),
  ).toEqual([{ a: '5', b: '5' }]);
});

test('another run of this process that alters the table under an open epoch is no takeover: it can be tried again', async () => {
  const path = join(folder(), 'a.duckdb');
  const [a, b] = [open(path), open(path)];
  const one = await a.claim(target(), 'a');
  await a.prepare(target(), schema, one.version);
  const writer = await a.openWriter(target(), schema, one.version);
  await writer.write(batchFromRows([{ id: 1n }], schema));
  const other = target({ key: 'other' });
  const two = await b.claim(other, 'b');
  await b.prepare(other, schemaOf({ id: 'int64', more: 'utf8' }), two.version);
  await expect(
    writer.commit({ id: 'c', expected: one.version, state: 1, publish: false }),
  ).rejects.toMatchObject({ code: 'CONNECTION', retry: true });
  await writer.close();
  await epoch(a, target(), schemaOf({ id: 'int64', more: 'utf8' }), [{ id: 1n }], one.version);
  expect(await count(path)).toBe('1');
});

for (const [held, first] of [
  [0, 'by the session'],
  [0, 'by a writer'],
  [50, 'by the session'],
  [50, 'by a writer'],
] as const)
  test(`two heads merge into one table of ${held} rows: who began before the other published ${first} tries again`, async () => {
    const path = join(folder(), 'a.duckdb');
    await sql(path, `CREATE TABLE t AS SELECT CAST(100 + i AS BIGINT) AS id FROM range(${held}) r(i)`);
    const [a, b] = [open(path), open(path)];
    const merging = (key: string) =>
      target({ key, mode: 'merge', mergeKeys: ['id'], load: `load of ${key}` });
    const one = await a.claim(merging('a'), 'a');
    let two = (await b.claim(merging('b'), 'b')).version;
    await a.prepare(merging('a'), schema, one.version);
    await b.prepare(merging('b'), schema, two);
    const commit = { id: 'c', state: 1, publish: true };
    if (first === 'by the session') two = await epoch(b, merging('b'), schema, [{ id: 7n }], two);
    const late = await a.openWriter(merging('a'), schema, one.version);
    await late.write(batchFromRows([{ id: 7n }, { id: 8n }], schema));
    if (first === 'by the session')
      expect(await b.commit(merging('b'), [], { ...commit, expected: two })).toMatchObject({ inserted: 1 });
    else await epoch(b, merging('b'), schema, [{ id: 7n }], two, { publish: true, prepare: false });
    await expect(late.commit({ ...commit, expected: one.version })).rejects.toMatchObject({
      code: 'CONNECTION',
      retry: true,
    });
    await late.close();
    const again = await a.openWriter(merging('a'), schema, one.version);
    await again.write(batchFromRows([{ id: 7n }, { id: 8n }], schema));
    expect(await again.commit({ ...commit, expected: one.version })).toEqual({
      inserted: 1,
      updated: 0,
      unchanged: 1,
    });
    await again.close();
    expect(await count(path)).toBe(String(held + 2));
    expect(await ourTables(path)).toEqual([]);
  });

test('other heads on the same table are named, however its name is written', async () => {
  const path = join(folder(), 'a.duckdb');
  const destination = open(path);
  await load(destination, target({ key: 'a', table: 'T' }), schema, [{ id: 1n }], { state: 'of a' });
  await load(destination, target({ key: 'c', table: 'elsewhere' }), schema, [{ id: 1n }]);
  const others = [{ key: 'a', state: 'of a' }];
  expect((await destination.peek(target({ key: 'b', table: 'main."t"' }))).others).toEqual(others);
  expect((await destination.claim(target({ key: 'b', table: 'a.MAIN.t' }), 'b')).others).toEqual(others);
  expect((await destination.peek(target({ key: 'a' }))).others).toEqual([{ key: 'b' }]);
});

test('heads of a newer datacook are left alone', async () => {
  const path = join(folder(), 'a.duckdb');
  const destination = open(path);
  await load(destination, target(), schema, [{ id: 1n }]);
  await sql(path, 'UPDATE _datacook_heads SET format = 2');
  const newer = {
    code: 'DATA',
    message: expect.stringContaining('newer datacook'),
    hint: expect.stringContaining('Upgrade'),
  };
  await expect(destination.peek(target())).rejects.toMatchObject(newer);
  await expect(destination.claim(target({ key: 'x' }), 'o')).rejects.toMatchObject(newer);
  expect(await sql(path, 'SELECT count(*)::VARCHAR AS n FROM _datacook_heads')).toEqual([{ n: '1' }]);
});

test('a head whose table of heads was dropped is CONFLICT, and the claim begins anew', async () => {
  const path = join(folder(), 'a.duckdb');
  const destination = open(path);
  const { version } = await destination.claim(target(), 'o');
  await sql(path, 'DROP TABLE _datacook_heads');
  await expect(destination.prepare(target(), schema, version)).rejects.toMatchObject({ code: 'CONFLICT' });
  expect(await destination.claim(target(), 'o')).toEqual({ version: 1 });
});

test('a state that was spoilt by hand is DATA', async () => {
  const path = join(folder(), 'a.duckdb');
  const destination = open(path);
  await destination.claim(target(), 'o');
  await sql(path, "UPDATE _datacook_heads SET state = '{'");
  await expect(destination.peek(target())).rejects.toMatchObject({ code: 'DATA' });
});

test('an abort between statements does no harm', async () => {
  const path = join(folder(), 'a.duckdb');
  const controller = new AbortController();
  const destination = open(path, controller.signal);
  await destination.claim(target(), 'o');
  controller.abort();
  await destination.close();
  await destination.close();
  expect(await sql(path, 'SELECT count(*)::VARCHAR AS n FROM _datacook_heads')).toEqual([{ n: '1' }]);
});
