import {
  type Batch,
  type Definition,
  defineSource,
  type Json,
  type Partition,
  type ReadItem,
  type ReadPlan,
  type ReadRequest,
  type Schema,
  type Source,
} from '@datacook/core';
import { batchFromRows } from '@datacook/toolkit';
import type { Row } from './memory-destination.js';

/** What happens when a row is about to be read; throws to make reading fail. */
export type ReadFault = (partition: string, row: number) => void | Promise<void>;

/** Partitions of rows that can grow; reads what was there when it was planned. */
export class MemoryFeed {
  readonly partitions: Row[][];
  restart: ReadPlan['restart'] = 'position';
  keysDisjoint = true;
  batchRows = 2;
  concurrency: number | undefined;
  fault: ReadFault = () => undefined;
  /** Called before a plan is made; throws to refuse it. */
  planFault: (request: ReadRequest) => void = () => undefined;
  /** Positions only with every n-th batch. */
  positionEvery = 1;
  planned = 0;
  readonly acknowledged: Json[] = [];
  readonly requests: ReadRequest[] = [];
  /** The batches that were asked for, by partition and first row. */
  readonly reads: string[] = [];
  closed = 0;
  opened = 0;

  /** What `streams` says; undefined where the source doesn't know. */
  schema: Schema | undefined;
  /** Rows that the first partition says it has skipped, before anything else. */
  skip = 0;

  constructor(partitions: Row[][]) {
    this.partitions = partitions;
    this.schema = batchFromRows(partitions.flat().slice(0, 1)).schema;
  }

  definition(): Definition<'source'> {
    return defineSource<object>({
      type: 'memory',
      config: { parse: (value) => value as object },
      identity: () => ({ feed: 'memory' }),
      open: () => {
        this.opened += 1;
        return this.#open();
      },
    });
  }

  #open(): Source {
    return {
      streams: async () => [{ name: 'rows', ...(this.schema ? { schema: this.schema } : {}) }],
      plan: async (request) => this.#plan(request),
      read: (plan, partition, from) => this.#read(plan, partition, from),
      acknowledge: async (_stream, position) => {
        this.acknowledged.push(position);
      },
      close: async () => {
        this.closed += 1;
      },
    };
  }

  #plan(request: ReadRequest): ReadPlan {
    this.planned += 1;
    this.requests.push(request);
    this.planFault(request);
    const { range } = request;
    const from = (request.position as { counts: number[] } | undefined)?.counts ?? [];
    const before = (rows: readonly Row[], id: string | undefined) =>
      id === undefined ? undefined : rows.filter((row) => Number(row.id) < Number(id)).length;
    const partitions = this.partitions.map((rows, index) => ({
      id: `p${index}`,
      spec: {
        index,
        from: before(rows, range?.from) ?? from[index] ?? 0,
        to: before(rows, range?.to) ?? rows.length,
      },
    }));
    return {
      partitions: partitions.filter(({ spec }) => spec.from < spec.to),
      next: range ? null : { counts: this.partitions.map((rows) => rows.length) },
      ...(this.concurrency === undefined ? {} : { concurrency: this.concurrency }),
      restart: this.restart,
      keysDisjoint: this.keysDisjoint,
    };
  }

  async *#read(_plan: ReadPlan, partition: Partition, position?: Json): AsyncIterable<ReadItem> {
    const { index, from, to } = partition.spec as { index: number; from: number; to: number };
    let row = (position as { row: number } | undefined)?.row ?? from;
    let batches = 0;
    if (index === 0 && position === undefined && this.skip > 0) yield { skipped: this.skip };
    while (row < to) {
      const end = Math.min(row + this.batchRows, to);
      this.reads.push(`${partition.id}:${row}`);
      for (let next = row; next < end; next += 1) await this.fault(partition.id, next);
      const batch: Batch = batchFromRows(this.partitions[index]!.slice(row, end));
      row = end;
      batches += 1;
      yield this.restart === 'position' && (batches % this.positionEvery === 0 || row === to)
        ? { batch, position: { row } }
        : { batch };
    }
  }
}
