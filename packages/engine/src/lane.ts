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

/** Batches that are read ahead of the writer. */
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
  /** Whether this lane is the last one; asked once, when its last commit's turn has come. */
  readonly isLast: () => boolean;
  /** Counts what was written so far, committed or not, over all lanes. */
  readonly progress: { rows: number; bytes: number };
  /** Aborted when another lane has failed: this one ends too. */
  readonly failed: AbortSignal;
  readonly warn: (text: string) => void;
}

/** Reads partitions one after another, transforms, writes and commits, epoch by epoch. */
export class Lane {
  readonly #parts: LaneParts;
  #epoch = new Epoch();
  /** The epoch's rows end at a position that another process could go on from. */
  #atPosition = true;

  constructor(parts: LaneParts) {
    this.#parts = parts;
  }

  async run(): Promise<void> {
    const { take, stop, committer, isLast } = this.#parts;
    try {
      for (let partition = take(); partition && !stop.isStopping; partition = take()) {
        await this.#readPartition(partition);
      }
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

  async #readPartition(partition: Partition): Promise<void> {
    const { source, load, stop, tally, failed } = this.#parts;
    const iterator = prefetch(source.read(load.plan, partition, load.positionOf(partition)), READ_AHEAD);
    let last: ReadItem['position'] = load.positionOf(partition);
    let ended = false;
    try {
      while (true) {
        const next = await tally.time('read', () => raceSignal(stop.orStop(iterator.next()), failed));
        if (next === undefined) return;
        if (next.done) break;
        await this.#take(partition, next.value);
        last = next.value.position ?? last;
        await this.#commitIfDue();
      }
      ended = true;
    } finally {
      // While it waits for a server it may not answer: what it holds is freed when the source is closed.
      if (!ended) iterator.return().catch(() => undefined);
    }
    this.#epoch.progress.set(partition.id, { ...(last === undefined ? {} : { at: last }), done: true });
    this.#atPosition = load.plan.restart !== 'never';
    await this.#commitIfDue();
  }

  async #take(partition: Partition, item: ReadItem): Promise<void> {
    const { load, stop } = this.#parts;
    stop.throwIfAborted();
    if (item.skipped) this.#epoch.add({ ...NO_ROWS, read: item.skipped, skipped: item.skipped }, 0);
    if (item.batch) await this.#write(item.batch, item.position);
    if (load.plan.restart === 'position') {
      if (item.position !== undefined) {
        this.#epoch.progress.set(partition.id, { at: item.position, done: false });
        this.#atPosition = true;
      } else if (item.batch || item.skipped) {
        this.#atPosition = false;
      }
    } else {
      this.#atPosition = false;
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
    const { load } = this.#parts;
    if (load.plan.restart === 'never') return false;
    return this.#atPosition;
  }
}
