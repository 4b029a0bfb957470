import type { Context, Json, ReadItem, ReadPlan, ReadRequest, Source } from '@datacook/core';
import { sharedPostgres } from '@datacook/testkit';
import { rowsOf } from '@datacook/toolkit';
import { Client } from 'pg';
import { afterAll, beforeAll } from 'vitest';
import postgresConfig from '../../src/config.js';
import { PostgresSource } from '../../src/postgres-source.js';

/** A database for the tests of a file, and its superuser in it. */
export interface TestDatabase {
  readonly url: string;
  readonly client: Client;
  /** Another session of the superuser; it ends with the file. */
  connect(): Promise<Client>;
}

export function useDatabase(): TestDatabase {
  const clients: Client[] = [];
  let url = '';
  let drop = async (): Promise<void> => undefined;
  const connect = async () => {
    const client = new Client({ connectionString: url });
    client.on('error', () => undefined);
    await client.connect();
    clients.push(client);
    return client;
  };
  beforeAll(async () => {
    ({ url, drop } = await sharedPostgres().database());
    await connect();
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.end()));
    await drop();
  });
  return {
    get url() {
      return url;
    },
    get client() {
      return clients[0]!;
    },
    connect,
  };
}

/** A source with what it has said. */
export interface OpenedSource {
  readonly source: Source;
  readonly log: string[];
  readonly stop: AbortController;
}

export function openSource(config: unknown): OpenedSource {
  const log: string[] = [];
  const stop = new AbortController();
  const context: Context = {
    signal: stop.signal,
    log: (level, text) => void log.push(`${level}: ${text}`),
    format: () => Promise.reject(new Error('no format')),
    run: { id: 'test', startedAt: '2026-01-01T00:00:00.000Z' },
  };
  return { source: new PostgresSource(postgresConfig.parse(config), context), log, stop };
}

/** Does something with a source, and closes it. */
export async function withSource<T>(
  config: unknown,
  action: (source: Source, opened: OpenedSource) => Promise<T>,
): Promise<T> {
  const opened = openSource(config);
  try {
    return await action(opened.source, opened);
  } finally {
    await opened.source.close();
  }
}

export function request(wanted: Partial<ReadRequest> = {}): ReadRequest {
  return {
    stream: 's',
    parallelism: 1,
    batchRows: 65_536,
    batchBytes: 1 << 24,
    writeMode: 'append',
    ...wanted,
  };
}

export type Values = { readonly [column: string]: unknown };

export interface Loaded {
  readonly rows: Values[];
  readonly plan: ReadPlan;
  readonly next: Json;
  readonly skipped: number;
  readonly log: readonly string[];
}

/** One load, from planning to its end. */
export async function load(config: unknown, wanted: Partial<ReadRequest> = {}): Promise<Loaded> {
  return withSource(config, async (source, { log }) => {
    // As it lies in a head.
    const plan = await source.plan(request(wanted));
    const ends: (Json | undefined)[] = [];
    const rows: Values[] = [];
    let skipped = 0;
    for (const partition of plan.partitions) {
      let last: Json | undefined;
      for await (const item of source.read(plan, partition)) {
        if (item.batch !== undefined) rows.push(...valuesOf(item));
        skipped += item.skipped ?? 0;
        last = item.position ?? last;
      }
      ends.push(last);
    }
    return { rows, plan, next: source.finish!(plan, ends), skipped, log };
  });
}

export function valuesOf({ batch }: ReadItem): Values[] {
  return batch === undefined ? [] : [...rowsOf(batch)];
}

/** Lets the server take a table for one of so many rows. It has statistics then. */
export async function pretendRows(client: Client, table: string, rows: number): Promise<void> {
  await client.query(`alter table ${table} set (autovacuum_enabled = off)`);
  await client.query(`analyze ${table}`);
  await client.query('update pg_class set reltuples = $2 where oid = $1::regclass', [table, rows]);
}

/** What another process would find: JSON. */
export function stored<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** The error that a promise ends with. */
export async function failure(
  promise: Promise<unknown>,
): Promise<Error & { code?: string; hint?: string; retry?: unknown }> {
  try {
    await promise;
  } catch (error) {
    return error as Error;
  }
  throw new Error('it did not fail');
}
