import { setTimeout as delay } from 'node:timers/promises';
import { type Batch, isDatacookError, type Schema } from '@datacook/core';
import { type Client, DatabaseError } from 'pg';
import type { PgColumn } from '../types/pg-column.js';
import { BatchDecoder } from './batch-decoder.js';
import { requestCancel } from './cancel-request.js';
import { cancelled, connectionLost, incomplete, notSent, ProtocolError } from './copy-errors.js';
import { CopyParser } from './copy-parser.js';
import { CopyQuery } from './copy-query.js';

const NOTHING = new Uint8Array(0);
/** A request to cancel is lost if it arrives before the statement does: it is made again after so long. */
const CANCEL_PAUSES_MS = [100, 300, 600, 1000, 2000];
const CANCEL_TIMEOUT_MS = 5000;

export interface CopyOptions {
  /** The schema object that every batch bears; one field a column, in their order. */
  readonly schema: Schema;
  /** Rows of a batch, at most. */
  readonly batchRows: number;
  /** Bytes of a batch, about, as the server sends them, 256 MiB at most; a single greater row still travels. */
  readonly batchBytes: number;
  /** Cancels the statement on the server. */
  readonly signal: AbortSignal;
}

/**
 * One COPY, from the first call of `next` to the moment that the client is free again, or lost. `reading` goes over to
 * `leaving` when the rest of the rows is of no use: the statement is cancelled, and what still comes is thrown away.
 */
export class CopyReader implements AsyncIterator<Batch, undefined> {
  private readonly client: Client;
  private readonly signal: AbortSignal;
  private readonly query: CopyQuery;
  private readonly parser: CopyParser;
  private state: 'idle' | 'reading' | 'leaving' | 'settled' = 'idle';
  private batches: Batch[] = [];
  private failure: Error | undefined;
  private tag = '';
  /** Calls of `next` that wait. */
  private waiting = 0;
  private changed = new Deferred();
  private readonly settled = new Deferred();
  private isCancelling = false;
  /** ReadyForQuery and what follows it, held back while a request to cancel is under way, which might hit what comes next. */
  private heldBack: Buffer | undefined;

  constructor(client: Client, sql: string, columns: readonly PgColumn[], options: CopyOptions) {
    this.client = client;
    this.signal = options.signal;
    this.query = new CopyQuery(sql, {
      onData: (chunk) => this.push(chunk),
      onError: (error) => this.refused(error),
      onComplete: (tag) => {
        this.tag = tag;
      },
      onClose: (cause) => this.lost(cause),
    });
    this.parser = new CopyParser({
      columns: columns.length,
      batchRows: options.batchRows,
      batchBytes: options.batchBytes,
      decoder: new BatchDecoder(columns, options.schema),
      onBatch: (batch) => this.deliver(batch),
      onMessage: (message) => this.query.pass(message),
      onReady: (rest) => this.ready(rest),
    });
  }

  async next(): Promise<IteratorResult<Batch, undefined>> {
    if (this.state === 'idle') this.begin();
    for (;;) {
      const batch = this.batches.shift();
      if (batch !== undefined) {
        if (this.batches.length === 0) this.query.resume();
        return { done: false, value: batch };
      }
      if (this.state === 'settled') {
        if (this.failure !== undefined) throw this.failure;
        return { done: true, value: undefined };
      }
      this.waiting++;
      await this.changed.promise;
      this.waiting--;
    }
  }

  /** The consumer leaves. Resolves when the client is free, or its connection is ended. */
  async return(): Promise<IteratorResult<Batch, undefined>> {
    if (this.state === 'idle') this.settle();
    this.batches = [];
    this.leave();
    await this.settled.promise;
    this.failure = undefined;
    return { done: true, value: undefined };
  }

  private begin(): void {
    if (this.signal.aborted) {
      this.abort();
      return;
    }
    this.state = 'reading';
    this.signal.addEventListener('abort', this.abort);
    this.client.query(this.query);
  }

  private push(chunk: Uint8Array): void {
    try {
      this.parser.push(chunk);
    } catch (error) {
      this.fail(error as Error);
      if (error instanceof ProtocolError) this.query.destroy();
      else {
        this.leave();
        this.push(NOTHING);
      }
    }
  }

  /** One batch may wait beside those that are asked for; then the server has to. */
  private deliver(batch: Batch): void {
    this.batches.push(batch);
    if (this.batches.length > this.waiting) this.query.pause();
    this.wake();
  }

  /** What the server says, or that `pg` can't send the statement or waits for it no longer. */
  private refused(error: Error): void {
    if (this.state === 'settled') return;
    if (!this.query.hasSocket) {
      this.fail(notSent(error));
      this.settle();
    } else if (error instanceof DatabaseError) {
      this.fail(error);
      this.parser.discard();
    } else {
      this.fail(error);
      this.leave();
    }
  }

  private lost(cause?: Error): void {
    this.fail(connectionLost(this.parser.rows, cause));
    this.settle();
  }

  /** The first failure counts; what comes of leaving is none. */
  private fail(error: Error): void {
    if (this.state === 'reading') this.failure ??= error;
  }

  private readonly abort = (): void => {
    this.batches = [];
    this.failure = isDatacookError(this.signal.reason) ? this.signal.reason : cancelled();
    if (this.state === 'idle') this.settle();
    this.leave();
  };

  private leave(): void {
    if (this.state !== 'reading') return;
    this.state = 'leaving';
    this.parser.discard();
    if (this.query.hasSocket) {
      this.query.resume();
      void this.cancel();
    } else {
      this.query.withdraw();
      this.settle();
    }
  }

  /** Never throws: what can't be cancelled is ended together with its connection. */
  private async cancel(): Promise<void> {
    for (const pauseMs of CANCEL_PAUSES_MS) {
      const isHeard = await this.requestCancel();
      if (this.heldBack !== undefined) {
        if (isHeard === 'unknown') this.query.destroy();
        else this.ready(this.heldBack);
        return;
      }
      if (isHeard !== 'yes') break;
      await Promise.race([this.settled.promise, delay(pauseMs, undefined, { ref: false })]);
      if (this.state !== 'leaving') return;
    }
    this.query.destroy();
  }

  private async requestCancel(): Promise<'yes' | 'no' | 'unknown'> {
    const timeout = AbortSignal.timeout(CANCEL_TIMEOUT_MS);
    this.isCancelling = true;
    try {
      await requestCancel(this.client, timeout);
      return 'yes';
    } catch {
      return timeout.aborted ? 'unknown' : 'no';
    } finally {
      this.isCancelling = false;
    }
  }

  /** ReadyForQuery. */
  private ready(rest: Buffer): void {
    if (this.isCancelling) {
      this.heldBack = rest;
      this.query.pause();
      return;
    }
    const problem = this.state === 'reading' ? this.whatIsMissing() : undefined;
    if (problem !== undefined) this.fail(incomplete(problem));
    this.query.release(rest);
    this.settle();
  }

  private whatIsMissing(): string | undefined {
    const { parser, tag } = this;
    if (!parser.isDone) return 'the end of the rows was not sent';
    const counted = /^COPY (\d+)$/.exec(tag)?.[1];
    if (counted === String(parser.rows)) return undefined;
    return `the server says "${tag}", but ${parser.rows} rows arrived`;
  }

  private settle(): void {
    this.state = 'settled';
    this.signal.removeEventListener('abort', this.abort);
    this.settled.resolve();
    this.wake();
  }

  private wake(): void {
    this.changed.resolve();
    this.changed = new Deferred();
  }
}

class Deferred {
  resolve: () => void = () => {};
  readonly promise = new Promise<void>((resolve) => {
    this.resolve = resolve;
  });
}
