import { join } from 'node:path';
import type { Destination, Json, WriteMode } from '@datacook/core';
import { batchFromRows } from '@datacook/toolkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { folder, open, ourTables, schemaOf, sql, target } from './support.js';

const schema = schemaOf({ id: 'int64' });

type Action =
  | { readonly do: 'epoch' | 'abandon'; readonly rows: number }
  | { readonly do: 'publish' | 'state' | 'takeover' | 'crash' | 'zombie' | 'load' };

const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constantFrom('epoch' as const, 'abandon' as const), rows: fc.nat(3000) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('publish', 'state', 'takeover', 'crash', 'zombie', 'load') }),
  },
);

/** What must be true, kept beside the destination. */
class Model {
  version = 0;
  state: Json | undefined;
  load = 0;
  next = 0;
  staged: number[] = [];
  table: number[] | undefined;
}

async function play(mode: WriteMode, actions: readonly Action[]): Promise<void> {
  const path = join(folder(), 'a.duckdb');
  const model = new Model();
  let destination: Destination = open(path);
  const to = (load = `load ${model.load}`) => target({ mode, load, mergeKeys: ['id'] });
  const claim = async () => {
    expect((await destination.claim(to(), 'o')).version).toBe(++model.version);
    await destination.prepare(to(), schema, model.version);
    if (mode !== 'replace') model.table ??= [];
  };
  const take = (count: number) => Array.from({ length: count }, () => model.next++);
  await claim();

  for (const each of actions) {
    const commit = { id: 'c', expected: model.version, state: model.next, publish: each.do === 'publish' };
    if (each.do === 'epoch' || each.do === 'abandon') {
      const ids = take(each.rows);
      const writer = await destination.openWriter(to(), schema, model.version);
      await writer.write(
        batchFromRows(
          ids.map((id) => ({ id })),
          schema,
        ),
      );
      if (each.do === 'epoch') {
        await writer.commit({ ...commit, state: model.next });
        model.version++;
        model.state = model.next;
        if (mode === 'append') model.table?.push(...ids);
        else model.staged.push(...ids);
      }
      await writer.close();
    } else if (each.do === 'publish' || each.do === 'state') {
      await destination.commit(to(), [], commit);
      model.version++;
      model.state = commit.state;
      if (each.do === 'publish' && mode !== 'append') {
        model.table = [...(mode === 'merge' ? (model.table ?? []) : []), ...model.staged];
        model.staged = [];
        model.load++;
        await destination.prepare(to(), schema, model.version);
      }
    } else if (each.do === 'load') {
      model.load++;
      model.staged = [];
      await destination.prepare(to(), schema, model.version);
    } else if (each.do === 'zombie') {
      const zombie = destination;
      const writer = await zombie.openWriter(to(), schema, model.version);
      await writer.write(batchFromRows([{ id: -1n }], schema));
      destination = open(path);
      await claim();
      await expect(writer.commit(commit)).rejects.toMatchObject({ code: 'CONFLICT' });
      await writer.close();
      await expect(zombie.prepare(to('z'), schema, commit.expected)).rejects.toMatchObject({
        code: 'CONFLICT',
      });
      await zombie.close();
    } else {
      if (each.do === 'crash') {
        const writer = await destination.openWriter(to(), schema, model.version);
        await writer.write(batchFromRows([{ id: -2n }], schema));
        await destination.close();
        destination = open(path);
      }
      await claim();
    }
  }

  const head = await destination.peek(to());
  expect(head.version).toBe(model.version);
  expect(head.state).toEqual(model.state);
  expect(head.table === undefined).toBe(model.table === undefined);
  if (model.table !== undefined) {
    const rows = await sql(path, 'SELECT id::VARCHAR AS id FROM t ORDER BY t.id');
    expect(rows.map((row) => Number(row['id']))).toEqual(model.table);
  }
  expect(await ourTables(path)).toHaveLength(mode === 'append' ? 0 : 1);
  await destination.close();
}

for (const mode of ['append', 'merge', 'replace'] as const)
  test(`${mode}: whatever epochs, crashes and takeovers follow each other, table and head are as they must be`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 10 }), (actions) => play(mode, actions)),
      { seed: 5, numRuns: 20 },
    );
  });
