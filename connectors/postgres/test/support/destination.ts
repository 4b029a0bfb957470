import type { Commit, Context, Destination, Json, Merged, Schema, Target } from '@datacook/core';
import { batchFromRows, parseType } from '@datacook/toolkit';
import type { Client } from 'pg';
import { expect, onTestFinished } from 'vitest';
import postgresDestinationConfig from '../../src/destination-config.js';
import { PostgresDestination } from '../../src/postgres-destination.js';
import { sessionName } from '../../src/write/sessions.js';

/** A destination with what it has said; it is closed with the test. */
export interface OpenedDestination {
  readonly destination: Destination;
  readonly log: string[];
  readonly stop: AbortController;
}

export function openDestination(config: unknown): OpenedDestination {
  const log: string[] = [];
  const stop = new AbortController();
  const context: Context = {
    signal: stop.signal,
    log: (level, text) => void log.push(`${level}: ${text}`),
    format: () => Promise.reject(new Error('no format')),
    run: { id: 'test', startedAt: '2026-01-01T00:00:00.000Z' },
  };
  const destination = new PostgresDestination(postgresDestinationConfig.parse(config), context);
  onTestFinished(() => destination.close());
  return { destination, log, stop };
}

/** The URL of another user of the same database. */
export function asUser(url: string, user: string, password: string): string {
  const other = new URL(url);
  other.username = user;
  other.password = password;
  return other.href;
}

export function schemaOf(types: { readonly [name: string]: string }): Schema {
  return {
    fields: Object.entries(types).map(([name, type]) => ({ name, type: parseType(type), nullable: true })),
  };
}

export const target = (over: Partial<Target> = {}): Target => ({
  key: 'recipe/stream',
  table: 't',
  mode: 'append',
  mergeKeys: [],
  load: 'load-1',
  ...over,
});

export const commitOf = (expected: number, over: Partial<Commit> = {}): Commit => ({
  id: `commit-${expected}`,
  expected,
  state: { at: expected },
  publish: false,
  ...over,
});

export type Rows = readonly Record<string, unknown>[];

/** One epoch: prepare, write, commit. The head is at `version + 1` after it. */
export async function epoch(
  destination: Destination,
  to: Target,
  schema: Schema,
  rows: Rows,
  version: number,
  options: { readonly publish?: boolean; readonly state?: Json; readonly prepare?: boolean } = {},
): Promise<Merged | undefined> {
  if (options.prepare !== false) await destination.prepare(to, schema, version);
  const writer = await destination.openWriter(to, schema, version);
  try {
    await writer.write(batchFromRows(rows, schema));
    return await writer.commit(
      commitOf(version, {
        publish: options.publish ?? false,
        ...(options.state === undefined ? {} : { state: options.state }),
      }),
    );
  } finally {
    await writer.close();
  }
}

/** Returns when the session of a key that is at that version waits for a lock. */
export async function untilItWaits(client: Client, key: string, version: number): Promise<void> {
  const sql = `select from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'`;
  await expect
    .poll(async () => (await client.query(sql, [sessionName(key, version)])).rows.length, { timeout: 20_000 })
    .toBe(1);
}
