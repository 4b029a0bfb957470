import type { Partition, ReadItem, Source } from '@datacook/core';
import { batchByteLength } from '@datacook/toolkit';
import { closeQuietly } from './closing.js';
import type { Committer } from './committer.js';
import { NO_ROWS } from './counts.js';
import { Epoch } from './epoch.js';
import type { Emit } from './events.js';
import type { Load } from './load.js';
import { prefetch } from './prefetch.js';
import { raceSignal, type Stop } from './stop.js';
import type { Tally } from './tally.js';
import type { TransformChain } from './transforms.js';

/** Batches that are read ahead of the writer, of a partition that is read alone. */
const READ_AHEAD = 2;

export interface LaneParts {
  readonly stream: string;
  readonly source: Source;
  readonly load: Load;
  readonly chain: TransformChain;
  readonly committer: Committer;
  readonly checkpoint: { readonly rows?: number; readonly bytes?: number; readonly seconds?: number };
  readonly stop: Stop;
  readonly tally: Tally;
  readonly emit: Emit;
  /** The next partition to read; undefined when none is left. */
  readonly take: () => Partition | undefined;
  /** Partitions that are read at once, at most. */
  readonly concurrency: number;
  /** Whether this lane is the last one; asked once, when its last commit's turn has come. */
  readonly isLast: () => boolean;
  /** Counts what was written so far, committed or not, over all lanes. */
  readonly progress: { rows: number; bytes: number };
  /** Aborted when another lane has failed: this one ends too. */
  readonly failed: AbortSignal;
  readonly warn: (text: string) => void;
}

/** A partition that is being read. */
interface Reading {
  readonly partition: Partition;
  readonly items: AsyncIterator<ReadItem>;
  /** One of several is a batch ahead of its turn. */
  ahead?: Promise<IteratorResult<ReadItem>>;
  last: ReadItem['position'];
}

/** Reads partitions, some at once, transforms, writes and commits, epoch by epoch. */
export class Lane {
  readonly #parts: LaneParts;
  #epoch = new Epoch();
  /** Partitions whose rows in this epoch don't end at a position that another process could go on from. */
  readonly #adrift = new Set<string>();

  constructor(parts: LaneParts) {
    this.#parts = parts;
  }

  async run(): Promise<void> {
    const { stop, committer, isLast } = this.#parts;
    try {
      await this.#readAll();
      if (stop.isStopping) {
        if (this.#mayCommit) await committer.commit(this.#epoch, () => false);
        stop.throwIfStopping();
      }
      await committer.commit(this.#epoch, isLast);
    } finally {
      const { warn } = this.#parts;
      await closeQuietly('writer', this.#epoch, warn);
    }
  }

  /** Partitions take turns, batch by batch, in plan order: what a load does can be repeated. */
  async #readAll(): Promise<void> {
    const { take, stop, concurrency } = this.#parts;
    const readings: Reading[] = [];
    let turn = 0;
    try {
      while (!stop.isStopping) {
        while (readings.length < concurrency) {
          const partition = take();
          if (!partition) break;
          readings.push(this.#begin(partition));
        }
        if (readings.length === 0) return;
        turn = this.#turn(readings, turn);
        const reading = readings[turn] as Reading;
        const next = await this.#next(reading);
        if (next === undefined) return;
        if (next.done) {
          readings.splice(turn, 1);
          this.#end(reading);
        } else {
          await this.#take(reading.partition, next.value);
          reading.last = next.value.position ?? reading.last;
          turn += 1;
        }
        await this.#commitIfDue();
      }
    } finally {
      // While it waits for a server it may not answer: what it holds is freed when the source is closed.
      for (const { items } of readings) items.return?.().catch(() => undefined);
    }
  }

  #begin(partition: Partition): Reading {
    const { source, load, concurrency } = this.#parts;
    const last = load.positionOf(partition);
    const items = source.read(load.plan, partition, last);
    if (concurrency === 1) return { partition, items: prefetch(items, READ_AHEAD), last };
    const reading: Reading = { partition, items: items[Symbol.asyncIterator](), last };
    readAhead(reading);
    return reading;
  }

  // When a commit is due, those that stand in its way come first.
  #turn(readings: readonly Reading[], turn: number): number {
    const next = turn % readings.length;
    const { load, checkpoint } = this.#parts;
    if (load.plan.restart !== 'position' || !this.#epoch.isDue(checkpoint)) return next;
    const first = readings.findIndex(({ partition }) => this.#adrift.has(partition.id));
    return first < 0 ? next : first;
  }

  /** Undefined: the run was asked to stop. */
  async #next(reading: Reading): Promise<IteratorResult<ReadItem> | undefined> {
    const { stop, tally, failed } = this.#parts;
    const { ahead } = reading;
    const next = await tally.time('read', () =>
      raceSignal(stop.orStop(ahead ?? reading.items.next()), failed),
    );
    if (ahead && next && !next.done) readAhead(reading);
    return next;
  }

  #end({ partition, last }: Reading): void {
    this.#epoch.progress.set(partition.id, { ...(last === undefined ? {} : { at: last }), done: true });
    if (this.#parts.load.plan.restart !== 'never') this.#adrift.delete(partition.id);
  }

  async #take(partition: Partition, item: ReadItem): Promise<void> {
    const { load, stop } = this.#parts;
    stop.throwIfAborted();
    if (item.skipped) this.#epoch.add({ ...NO_ROWS, read: item.skipped, skipped: item.skipped }, 0);
    if (item.batch) await this.#write(item.batch, item.position);
    if (load.plan.restart === 'position' && item.position !== undefined) {
      this.#epoch.progress.set(partition.id, { at: item.position, done: false });
      this.#adrift.delete(partition.id);
    } else if (item.batch || item.skipped) {
      this.#adrift.add(partition.id);
    }
  }

  async #write(input: NonNullable<ReadItem['batch']>, position: ReadItem['position']): Promise<void> {
    const { chain, committer, tally, stop, progress, emit, stream } = this.#parts;
    const { batch, rows } = await tally.time('transform', () => chain.apply(input, position));
    await tally.time('write', async () => {
      await stop.orAbort(committer.ensure(batch.schema));
      if (batch.length === 0) return;
      this.#epoch.writer ??= await committer.openWriter();
      await stop.orAbort(this.#epoch.writer.write(committer.fit(batch)));
    });
    const bytes = batchByteLength(batch);
    this.#epoch.add(rows, bytes);
    progress.rows += batch.length;
    progress.bytes += bytes;
    emit({ type: 'progress', stream, rows: progress.rows, bytes: progress.bytes });
  }

  async #commitIfDue(): Promise<void> {
    if (!this.#mayCommit || !this.#epoch.isDue(this.#parts.checkpoint)) return;
    await this.#parts.committer.commit(this.#epoch, () => false);
    this.#epoch = new Epoch();
  }

  // A source that never restarts: an append is one commit at the end; what is staged is not seen, and begins again.
  get #mayCommit(): boolean {
    return this.#parts.load.plan.restart !== 'never' && this.#adrift.size === 0;
  }
}

function readAhead(reading: Reading): void {
  reading.ahead = reading.items.next();
  // Its turn will tell, if it still comes.
  reading.ahead.catch(() => undefined);
}
