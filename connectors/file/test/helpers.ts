import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type {
  Batch,
  Context,
  Json,
  JsonObject,
  ReadItem,
  ReadPlan,
  ReadRequest,
  Source,
} from '@datacook/core';
import { isDatacookError } from '@datacook/core';
import { createCsvFormat } from '@datacook/format-csv';
import { columnTextReader } from '@datacook/toolkit';
import { onTestFinished } from 'vitest';
import fileConfig from '../src/config.js';
import { FileSource } from '../src/file-source.js';

export type Row = (string | null)[];

/** A folder with files, gone when the test is. Contents by path; a path that ends with a slash is a folder. */
export function folder(files: { readonly [path: string]: string | Uint8Array } = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'datacook-file-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, contents] of Object.entries(files)) write(join(root, path), contents);
  return root;
}

export function write(path: string, contents: string | Uint8Array): void {
  if (path.endsWith('/')) {
    mkdirSync(path, { recursive: true });
    return;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, contents);
}

/** Sets the time of modification. */
export function touch(path: string, time: Date): void {
  utimesSync(path, time, time);
}

export interface Opened {
  readonly source: Source;
  readonly log: string[];
  readonly abort: AbortController;
}

/** The source as the engine opens it, with the real CSV format. */
export function open(config: JsonObject): Opened {
  const abort = new AbortController();
  const log: string[] = [];
  const context: Context = {
    signal: abort.signal,
    log: (level, text) => log.push(`${level}: ${text}`),
    format: async (spec) => {
      const { type, ...options } = typeof spec === 'string' ? { type: spec } : (spec as JsonObject);
      if (type !== 'csv') throw new Error(`No format ${JSON.stringify(type)}.`);
      return createCsvFormat(options);
    },
    run: { id: 'run', startedAt: '2026-01-01T00:00:00.000Z' },
  };
  return { source: new FileSource(fileConfig.parse(config), context), log, abort };
}

export function request(more: Partial<ReadRequest> = {}): ReadRequest {
  return { stream: 'files', parallelism: 1, batchRows: 1000, batchBytes: 1 << 20, ...more };
}

/** Through JSON, as what is kept in a head goes. */
export function stored<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

export async function readItems(
  source: Source,
  plan: ReadPlan,
  partition = 0,
  from?: Json,
): Promise<ReadItem[]> {
  const items: ReadItem[] = [];
  for await (const item of source.read(plan, plan.partitions[partition]!, from)) items.push(item);
  return items;
}

export function rowsOf(items: readonly ReadItem[]): Row[] {
  return items.flatMap(({ batch }) => (batch === undefined ? [] : rowsOfBatch(batch)));
}

function rowsOfBatch(batch: Batch): Row[] {
  const readers = batch.schema.fields.map(({ type }, index) => columnTextReader(type, batch.columns[index]!));
  return Array.from({ length: batch.length }, (_, row) => readers.map((read) => read(row)));
}

/** All partitions of one load in plan order, and what the next one starts from. */
export async function load(config: JsonObject, more: Partial<ReadRequest> = {}) {
  const { source, log } = open(config);
  try {
    const plan = stored(await source.plan(request(more)));
    const rows: Row[] = [];
    for (const index of plan.partitions.keys()) rows.push(...rowsOf(await readItems(source, plan, index)));
    return { rows, plan, next: plan.next!, log };
  } finally {
    await source.close();
  }
}

/** What is thrown, as facts. */
export async function failure(action: Promise<unknown>): Promise<{ readonly [fact: string]: unknown }> {
  try {
    await action;
  } catch (error) {
    if (!isDatacookError(error)) throw error;
    const { code, message, hint, retry, details } = error;
    return { code, message, hint, retry, ...details };
  }
  throw new Error('Nothing was thrown.');
}

/** How many descriptors of this process lead into a folder. */
export function openFilesIn(root: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(root);
    } catch {
      return false;
    }
  }).length;
}

/** Runs the action as a user who has no rights by being root. */
export async function asNobody<T>(action: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return action();
  process.seteuid!(65534);
  try {
    return await action();
  } finally {
    process.seteuid!(0);
  }
}
