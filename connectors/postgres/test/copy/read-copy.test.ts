import { once } from 'node:events';
import { type AddressInfo, connect as connectSocket, createServer } from 'node:net';
import type { Batch } from '@datacook/core';
import { type Client, DatabaseError } from 'pg';
import { afterEach, describe, expect, test } from 'vitest';
import type { PgColumn } from '../../src/types/pg-column.js';
import { connect, type ReadOptions, readBatches, textQuery, textsOf, useDatabase } from './support.js';

const db = useDatabase();
const clients: Client[] = [];

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.end()));
});

async function newClient(url = db.url): Promise<Client> {
  const client = await connect(url);
  clients.push(client);
  return client;
}

const ID: PgColumn = {
  name: 'id',
  type: { kind: 'int', bits: 64, signed: true },
  nativeType: 'bigint',
  nullable: false,
  oid: 20,
  typmod: -1,
};
const WORD: PgColumn = {
  name: 'word',
  type: { kind: 'utf8' },
  nativeType: 'text',
  nullable: true,
  oid: 25,
  typmod: -1,
};

const copy = (select: string) => `copy (${select}) to stdout (format binary)`;
/** In the select list, a series is made row by row; in FROM, all of it comes first. */
const ENDLESS = copy('select generate_series(1, 1000000000000)');

function iterate(
  client: Client,
  sql: string,
  options: ReadOptions = {},
  columns: readonly PgColumn[] = [ID],
) {
  return readBatches(client, sql, columns, options)[Symbol.asyncIterator]();
}

async function collect(
  client: Client,
  sql: string,
  options: ReadOptions = {},
  columns = [ID],
): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of readBatches(client, sql, columns, options)) batches.push(batch);
  return batches;
}

/** Whether the client answers, and what it answers is its own. */
async function expectUsable(client: Client): Promise<void> {
  expect((await client.query('select 42 as answer')).rows).toEqual([{ answer: 42 }]);
}

/** What other sessions of the database are doing. */
async function activity(client: Client): Promise<readonly (string | null)[][]> {
  const { processID } = client as unknown as { readonly processID: number };
  return textQuery(db.client)('select state, wait_event from pg_stat_activity where pid = $1', [processID]);
}

describe('reads', () => {
  test('one COPY after another on one client', async () => {
    const client = await newClient();
    for (const rows of [0, 1, 999, 1000, 1001, 5000]) {
      const batches = await collect(client, copy(`select i from generate_series(1::int8, ${rows}) i`));
      expect(batches.map(({ length }) => length).reduce((sum, length) => sum + length, 0)).toBe(rows);
      expect(batches.length).toBe(Math.ceil(rows / 1000));
      await expectUsable(client);
    }
  });

  test('rows without columns', async () => {
    const batches = await collect(db.client, copy('select from generate_series(1, 2500)'), {}, []);
    expect(batches.map(({ length, columns }) => [length, columns.length])).toEqual([
      [1000, 0],
      [1000, 0],
      [500, 0],
    ]);
  });

  test('as many columns as a query can have', async () => {
    const columns = Array.from({ length: 1600 }, (_, index) => ({ ...ID, name: `c${index}` }));
    const list = columns.map((_, index) => `i + ${index}`).join(', ');
    const batches = await collect(
      db.client,
      copy(`select ${list} from generate_series(1::int8, 150) i`),
      {},
      columns,
    );
    const texts = textsOf(batches);
    expect(texts.length).toBe(1600);
    expect(texts[1599]).toEqual(Array.from({ length: 150 }, (_, index) => String(index + 1600)));
  });

  test('rows of a megabyte in batches of some megabytes', async () => {
    const sql = copy(
      'select i, repeat(chr(65 + i::int % 26), 1000000 + i::int) from generate_series(1::int8, 60) i',
    );
    const lengths: number[] = [];
    let row = 0;
    for await (const batch of readBatches(db.client, sql, [ID, WORD], { batchBytes: 4_000_000 })) {
      lengths.push(batch.length);
      const [words] = textsOf([batch]).slice(1);
      for (const word of words!) {
        row++;
        expect(word!.length).toBe(1_000_000 + row);
        expect(new Set(word)).toEqual(new Set([String.fromCharCode(65 + (row % 26))]));
      }
    }
    expect(row).toBe(60);
    expect(new Set(lengths)).toEqual(new Set([4]));
  });

  test('a value greater than a batch may be', async () => {
    const sql = copy("select 1::int8, repeat('x', 30000000)");
    const batches = await collect(db.client, sql, { batchBytes: 1000 }, [ID, WORD]);
    expect(batches.map(({ length, columns }) => [length, columns[1]!.values!.byteLength])).toEqual([
      [1, 30_000_000],
    ]);
  });

  test('nothing is sent before the first batch is asked for', async () => {
    const client = await newClient();
    const reader = iterate(client, copy('select 1 / 0'));
    await expectUsable(client);
    await expect(reader.next()).rejects.toMatchObject({ code: '22012' });
  });

  test('batches bear the very schema object, and are their own', async () => {
    const schema = { fields: [ID] };
    const { readCopy } = await import('../../src/copy/read-copy.js');
    const options = { schema, batchRows: 10, batchBytes: 1e6, signal: new AbortController().signal };
    const batches: Batch[] = [];
    for await (const batch of readCopy(
      db.client,
      copy('select i from generate_series(1::int8, 30) i'),
      [ID],
      options,
    )) {
      expect(batch.schema).toBe(schema);
      batches.push(batch);
    }
    expect(textsOf(batches)[0]).toEqual(Array.from({ length: 30 }, (_, index) => String(index + 1)));
  });
});

describe('the server waits while nobody asks', () => {
  test('and goes on when somebody does', async () => {
    const client = await newClient();
    const reader = iterate(client, ENDLESS);
    const paused = once(client.connection.stream, 'pause');
    expect((await reader.next()).value).toMatchObject({ length: 1000 });
    await paused;
    while ((await activity(client))[0]?.[1] !== 'ClientWrite');
    for (let batch = 0; batch < 2000; batch++) expect((await reader.next()).done).toBe(false);
    await reader.return?.();
    await expectUsable(client);
  });
});

describe('the consumer leaves', () => {
  test('amid rows: the statement is cancelled, and the client is free', async () => {
    const client = await newClient();
    for await (const batch of readBatches(client, ENDLESS, [ID]))
      if (textsOf([batch])[0]!.includes('3000')) break;
    await expectUsable(client);
    expect((await activity(client))[0]?.[0]).toBe('idle');
  });

  test('while it waits for the first row', async () => {
    const client = await newClient();
    const reader = iterate(client, copy('select 1::int8 from pg_sleep(1000)'));
    const pending = reader.next();
    expect(await reader.return?.()).toEqual({ done: true, value: undefined });
    expect(await pending).toEqual({ done: true, value: undefined });
    expect(await reader.next()).toEqual({ done: true, value: undefined });
    await expectUsable(client);
  });

  test('before it begins: nothing is sent', async () => {
    const reader = iterate(db.client, ENDLESS);
    await reader.return?.();
    expect(await reader.next()).toEqual({ done: true, value: undefined });
  });

  test('while the statement waits behind another: it is never sent', async () => {
    const client = await newClient();
    const before = client.query('select pg_sleep(0.05)');
    const reader = iterate(client, copy('select nextval(pg_get_serial_sequence($$counted$$, $$id$$))'));
    await db.client.query('create table counted (id bigserial)');
    const pending = reader.next();
    await reader.return?.();
    expect(await pending).toEqual({ done: true, value: undefined });
    await before;
    await expectUsable(client);
    expect((await db.client.query("select nextval('counted_id_seq')")).rows).toEqual([{ nextval: '1' }]);
  });

  test('within a transaction: it has failed, and can be rolled back', async () => {
    const client = await newClient();
    await client.query('begin');
    for await (const _ of readBatches(client, ENDLESS, [ID])) break;
    expect(client.getTransactionStatus()).toBe('E');
    await client.query('rollback');
    await expectUsable(client);
  });

  test('at any moment: what comes next on the client is not cancelled', async () => {
    const client = await newClient();
    for (let turn = 0; turn < 60; turn++) {
      const sql = copy(`select generate_series(1::int8, ${turn * 400})`);
      for await (const _ of readBatches(client, sql, [ID], { batchRows: 100 })) break;
      await client.query('select sum(i) from generate_series(1, 20000) i');
    }
  });

  test('where the server cannot be told: the connection is ended', async () => {
    const client = await newClient();
    const gone = new Promise<void>((resolve) => client.on('end', resolve));
    for await (const _ of readBatches(client, ENDLESS, [ID])) {
      (client as { port: number }).port = 1;
      break;
    }
    await gone;
    await expect(collect(client, ENDLESS)).rejects.toMatchObject({ code: 'CONNECTION', retry: true });
  });
});

describe('the signal', () => {
  test('ends a read that waits, and cancels the statement', async () => {
    const client = await newClient();
    const stop = new AbortController();
    const reader = iterate(client, copy('select 1::int8 from pg_sleep(1000)'), { signal: stop.signal });
    const pending = reader.next();
    stop.abort();
    await expect(pending).rejects.toMatchObject({ code: 'CANCELLED' });
    await expectUsable(client);
  });

  test('ends a read between two batches', async () => {
    const client = await newClient();
    const stop = new AbortController();
    const read = async () => {
      for await (const _ of readBatches(client, ENDLESS, [ID], { signal: stop.signal })) stop.abort();
    };
    await expect(read()).rejects.toMatchObject({ code: 'CANCELLED' });
    await expectUsable(client);
  });

  test('aborted before: nothing is sent', async () => {
    const signal = AbortSignal.abort();
    await expect(collect(db.client, ENDLESS, { signal })).rejects.toMatchObject({ code: 'CANCELLED' });
    await expectUsable(db.client);
  });
});

describe('what goes wrong', () => {
  test('a statement that the server refuses', async () => {
    const client = await newClient();
    const error = await collect(client, copy('select * from not_there')).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DatabaseError);
    expect(error).toMatchObject({ code: '42P01' });
    await expectUsable(client);
  });

  test('an error amid rows: the batches before it come, then the error', async () => {
    const client = await newClient();
    const lengths: number[] = [];
    const read = async () => {
      const sql = copy('select 1 / (2500 - i) from generate_series(1::int8, 10000) i');
      for await (const { length } of readBatches(client, sql, [ID])) lengths.push(length);
    };
    await expect(read()).rejects.toMatchObject({ code: '22012' });
    expect(lengths).toEqual([1000, 1000]);
    await expectUsable(client);
  });

  test('a statement timeout', async () => {
    const client = await newClient();
    await client.query('set statement_timeout = 100');
    await expect(collect(client, ENDLESS)).rejects.toMatchObject({ code: '57014' });
    await client.query('set statement_timeout = 0');
    await expectUsable(client);
  });

  test('a session that is ended by the server', async () => {
    const client = await newClient();
    const { processID } = client as unknown as { readonly processID: number };
    const reader = iterate(client, ENDLESS);
    await reader.next();
    await db.client.query('select pg_terminate_backend($1)', [processID]);
    const rest = async () => {
      while (!(await reader.next()).done);
    };
    await expect(rest()).rejects.toMatchObject({ code: '57P01' });
  });

  test('a connection that is cut amid a message', async () => {
    const target = new URL(db.url);
    const proxy = createServer((socket) => {
      const upstream = connectSocket(Number(target.port), target.hostname);
      let left = 500_000;
      socket.pipe(upstream);
      upstream.on('data', (chunk) => {
        socket.write(chunk.subarray(0, left));
        left -= chunk.length;
        if (left <= 0) socket.end();
      });
      for (const end of [socket, upstream]) end.on('error', () => {}).on('close', () => upstream.destroy());
    });
    await once(proxy.listen(0, '127.0.0.1'), 'listening');
    const url = new URL(db.url);
    url.hostname = '127.0.0.1';
    url.port = String((proxy.address() as AddressInfo).port);
    const client = await connect(url.href);
    const lengths: number[] = [];
    const read = async () => {
      for await (const { length } of readBatches(client, ENDLESS, [ID])) lengths.push(length);
    };
    await expect(read()).rejects.toMatchObject({
      code: 'CONNECTION',
      retry: true,
      message: expect.stringMatching(/^The connection was lost in the middle of a COPY, after \d+ rows\.$/),
    });
    expect(new Set(lengths)).toEqual(new Set([1000]));
    proxy.close();
  });

  test('a connection that is destroyed here', async () => {
    const client = await newClient();
    const reader = iterate(client, ENDLESS);
    await reader.next();
    client.connection.stream.destroy();
    const rest = async () => {
      while (!(await reader.next()).done);
    };
    await expect(rest()).rejects.toMatchObject({ code: 'CONNECTION', retry: true });
  });

  test('a client that was ended before', async () => {
    const client = await connect(db.url);
    await client.end();
    await expect(collect(client, ENDLESS)).rejects.toMatchObject({
      code: 'CONNECTION',
      message: expect.stringContaining('could not be sent'),
    });
  });

  test.each([
    ['is not binary', 'copy (select 1) to stdout', 'the COPY is not binary'],
    ['has other columns', copy('select 1, 2'), '2 columns are sent where 1 were asked for'],
    ['is no COPY', 'select 1', 'a message of type 0x54 came'],
  ])('a statement that %s', async (_, sql, reason) => {
    const client = await newClient();
    await expect(collect(client, sql)).rejects.toMatchObject({
      code: 'CONNECTION',
      message: expect.stringContaining(reason),
    });
  });
});

test('notices and parameters that come between rows go their way', async () => {
  const client = await newClient();
  const notices: string[] = [];
  client.on('notice', ({ message }) => notices.push(message!));
  await client.query(`
    create function pg_temp.tell(i bigint) returns bigint language plpgsql as $$
    begin
      if i % 1000 = 500 then raise notice 'row %', i; perform set_config('application_name', 'at ' || i, false); end if;
      return i;
    end $$`);
  const batches = await collect(client, copy('select pg_temp.tell(i) from generate_series(1::int8, 3000) i'));
  expect(textsOf(batches)[0]!.length).toBe(3000);
  expect(notices).toEqual(['row 500', 'row 1500', 'row 2500']);
  await expectUsable(client);
});
