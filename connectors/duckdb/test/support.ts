import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Batch, Destination, Head, Json, Merged, Schema, Target } from '@datacook/core';
import { type DuckDBConnection, openDuckDB, type TextRow } from '@datacook/duckdb-engine';
import { batchFromRows, parseType } from '@datacook/toolkit';
import { onTestFinished } from 'vitest';
import duckdbConfig from '../src/config.js';
import { openDestination } from '../src/duckdb-destination.js';

/** A folder that is gone after the test. */
export function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'datacook-duckdb-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

export function open(
  path: string,
  signal = new AbortController().signal,
  memoryLimit = '256mb',
): Destination {
  const config = duckdbConfig.parse({ path, memory_limit: memoryLimit });
  const destination = openDestination(config, { signal });
  onTestFinished(() => destination.close());
  return destination;
}

/** Runs SQL in the file beside the destinations that are open, and returns the last statement's rows. */
export async function sql(path: string, ...statements: string[]): Promise<TextRow[]> {
  const database = await openDuckDB(path);
  try {
    const connection: DuckDBConnection = await database.connect();
    for (const each of statements.slice(0, -1)) await connection.run(each);
    const last = statements.at(-1) ?? '';
    if (/^\s*(select|from|show|describe)/i.test(last)) return await connection.rows(last);
    await connection.run(last);
    return [];
  } finally {
    await database.close();
  }
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

export type Rows = readonly Record<string, unknown>[];

/** One epoch: prepare, write, commit. Returns the head's next version. */
export async function epoch(
  destination: Destination,
  to: Target,
  schema: Schema,
  rows: Rows,
  version: number,
  options: { publish?: boolean; state?: Json; prepare?: boolean; batches?: readonly Batch[] } = {},
): Promise<number> {
  if (options.prepare !== false) await destination.prepare(to, schema, version);
  const writer = await destination.openWriter(to, schema, version);
  try {
    for (const batch of options.batches ?? [batchFromRows(rows, schema)]) await writer.write(batch);
    await writer.commit({
      id: `commit-${version}`,
      expected: version,
      state: options.state ?? { rows: rows.length },
      publish: options.publish ?? false,
    });
  } finally {
    await writer.close();
  }
  return version + 1;
}

/** Claims, and loads all in one epoch. */
export async function load(
  destination: Destination,
  to: Target,
  schema: Schema,
  rows: Rows,
  options: { publish?: boolean; state?: Json } = {},
): Promise<Head> {
  const head = await destination.claim(to, 'test');
  await epoch(destination, to, schema, rows, head.version, { publish: true, ...options });
  return destination.peek(to);
}

/** Claims, and merges all in one epoch. Returns what the merge did. */
export async function merge(
  destination: Destination,
  to: Target,
  schema: Schema,
  rows: Rows,
): Promise<Merged | undefined> {
  const { version } = await destination.claim(to, 'test');
  await destination.prepare(to, schema, version);
  const writer = await destination.openWriter(to, schema, version);
  try {
    await writer.write(batchFromRows(rows, schema));
    return await writer.commit({ id: to.load, expected: version, state: to.load, publish: true });
  } finally {
    await writer.close();
  }
}

/** The names of all tables that are ours, but the heads. */
export async function ourTables(path: string): Promise<string[]> {
  const rows = await sql(
    path,
    "SELECT table_name AS name FROM duckdb_tables() WHERE starts_with(table_name, '_datacook_') AND table_name <> '_datacook_heads'",
  );
  return rows.map((row) => row['name'] ?? '');
}
