import { DatacookError, type Json, type JsonObject } from '@datacook/core';
import { type PlannedWindow, parseWindow, typeToString, type WindowPart } from '@datacook/toolkit';
import type { Stream, StreamColumn } from '../catalog/describe.js';

/** In what order a partition's rows are read, and so where reading can go on. */
export type ReadOrder = 'key' | 'cursor' | 'none';

/** A column as a plan remembers it. */
export type SpecColumn = {
  readonly name: string;
  /** In full. */
  readonly nativeType: string;
  /** What it becomes. */
  readonly type: string;
};

/** What is the same for all partitions of a plan: `ReadPlan.spec`. */
export type ReadSpec = {
  readonly version: 1;
  /** Names the snapshot of the process that made the plan. */
  readonly snapshot: string;
  readonly order: ReadOrder;
  /** The columns of restart points. */
  readonly points: readonly SpecColumn[];
  /** What is read. */
  readonly columns: readonly SpecColumn[];
  /** What tells rows apart, where restart points rest on that. */
  readonly key?: readonly string[];
  readonly planned?: PlannedWindow;
  readonly batchRows: number;
  readonly batchBytes: number;
};

/** What a partition reads: `Partition.spec`. */
export type PartitionSpec = {
  readonly part: WindowPart;
  /** Of the leading key column: `from <= value`. */
  readonly from?: string;
  /** And `value < below`. */
  readonly below?: string;
  /** Of the table, from this block on. */
  readonly firstBlock?: number;
  /** And before this one. */
  readonly endBlock?: number;
};

export function specColumn({ name, nativeType, type }: StreamColumn): SpecColumn {
  return { name, nativeType, type: typeToString(type) };
}

/** Reads a plan's `spec` back. Throws DATA for what another version has written, or what is damaged. */
export function parseReadSpec(json: Json | undefined): ReadSpec {
  const spec = json as (JsonObject & ReadSpec) | undefined;
  if (spec?.version !== 1 || !Array.isArray(spec.columns) || !Array.isArray(spec.points))
    throw new DatacookError(
      'DATA',
      'The plan of the load that was begun is damaged, or of a newer version.',
      {
        hint: 'Load everything anew with --full-refresh, or use the version that began it.',
      },
    );
  if (spec.planned?.window !== undefined) parseWindow(spec.planned.window);
  return spec;
}

/**
 * Whether what a load was begun with is still there. Throws STALE_POSITION where a column has gone or has another type;
 * columns that were added wait for the next load.
 */
export function checkStream(spec: ReadSpec, stream: Stream): void {
  const { key } = spec;
  if (key !== undefined && !stream.keys.some(({ columns }) => isSameSet(columns, key)))
    throw stale(`(${key.join(', ')}) is no key of the table any more`, key[0]!);
  const needed = new Map([...spec.points, ...spec.columns].map((column) => [column.name, column]));
  for (const name of windowColumns(spec))
    if (!needed.has(name)) needed.set(name, { name, nativeType: '', type: '' });
  for (const [name, before] of needed) {
    const now = stream.columns.find((column) => column.name === name);
    if (now === undefined) throw stale(`the column ${JSON.stringify(name)} has gone`, name);
    const { nativeType, type } = specColumn(now);
    if (before.nativeType === '' || (nativeType === before.nativeType && type === before.type)) continue;
    const was = nativeType === before.nativeType ? before.type : before.nativeType;
    const is = nativeType === before.nativeType ? type : nativeType;
    throw stale(`the column ${JSON.stringify(name)} was ${was} and is ${is}`, name);
  }
}

function windowColumns({ planned }: ReadSpec): readonly string[] {
  const window = planned?.window;
  const hashed = [window?.columns, window?.seen?.columns, window?.seenNulls?.columns];
  return hashed.flatMap((columns) => (columns ?? []).map(({ name }) => name));
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name));
}

function stale(what: string, column: string): DatacookError {
  return new DatacookError('STALE_POSITION', `The load that was begun can't be gone on with: ${what}.`, {
    hint: 'A merge or replace begins again by itself; for an append, load everything anew with --full-refresh.',
    details: { column },
  });
}
