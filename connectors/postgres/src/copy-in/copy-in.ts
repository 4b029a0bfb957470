import { setTimeout as delay } from 'node:timers/promises';
import { type Batch, DatacookError } from '@datacook/core';
import { quoteIdentifier } from '@datacook/toolkit';
import type { Session } from '../connection/session.js';
import { requestCancel } from '../copy/cancel-request.js';
import type { TargetColumn } from '../types/target-column.js';
import { isBinary } from '../types/target-form.js';
import { BinaryRows } from './binary-rows.js';
import { CopyInQuery } from './copy-in-query.js';
import type { CopyRows } from './copy-rows.js';
import { CopySender } from './copy-sender.js';
import { placeOf } from './error-place.js';
import { checkFields, checkKeys } from './row-checks.js';
import { serverVersion } from './server-version.js';
import { TextRows } from './text-rows.js';

export interface CopyInOptions {
  /** The table, quoted. */
  readonly into: string;
  /** All that are to be filled, in order. */
  readonly columns: readonly TargetColumn[];
  /** NULL in these columns is DATA. */
  readonly keys?: readonly string[];
  /** One more column, a bigint: the first row gets `first`, each further one 1 more than the one before. */
  readonly order?: { readonly column: string; readonly first: bigint };
}

/** A server that hasn't answered CopyFail for so long is asked to cancel: it waits for a lock, or a trigger is at work. */
const PATIENCE_MS = 1_000;
const CANCEL_MS = 2_000;

/**
 * A COPY FROM STDIN on a session that is inside a transaction: binary, or in text where a column has a type that has no
 * binary form of ours. After an error only `abort` follows.
 */
export class CopyIn {
  private readonly session: Session;
  private readonly options: CopyInOptions;
  private readonly rows: CopyRows;
  private readonly query: CopyInQuery;
  private readonly leave: () => void;
  private sender: CopySender | undefined;
  private sent = 0;
  private isOver = false;

  private constructor(session: Session, options: CopyInOptions, rows: CopyRows) {
    const { into, columns, order } = options;
    this.session = session;
    this.options = options;
    this.rows = rows;
    const names = [...columns.map(({ name }) => name), ...(order === undefined ? [] : [order.column])];
    const list = names.map((name) => quoteIdentifier(name)).join(', ');
    const sql = `copy ${into} (${list}) from stdin (format ${rows.format})`;
    this.leave = once(session.begin());
    this.query = new CopyInQuery(sql, () => {
      this.leave();
      this.sender?.stop();
    });
  }

  /** Begins it. Throws what the server says. */
  static async begin(session: Session, options: CopyInOptions): Promise<CopyIn> {
    const { columns, order } = options;
    if (columns.length === 0 && order === undefined)
      throw new DatacookError('SCHEMA', `No column of ${options.into} is to be filled.`, {
        hint: 'Rows without columns have no place in a table: check what the source yields and the steps leave.',
      });
    const server = await serverVersion(session);
    const made = columns.every(({ form }) => isBinary(form))
      ? new BinaryRows({ ...options, server })
      : new TextRows({ ...options, server });
    const copy = new CopyIn(session, options, made);
    await copy.start();
    return copy;
  }

  /**
   * Takes rows; columns by name, NULL for one that the batch lacks. Resolves when they are on their way, and more may
   * come. Throws DATA for a value that its column can't hold, and what the server says.
   */
  async write(batch: Batch): Promise<void> {
    const { rows, options } = this;
    const sender = this.ready();
    checkFields(batch, options.columns);
    checkKeys(batch, options.keys ?? []);
    if (batch.length === 0) return;
    rows.bind(batch);
    for (let row = 0; row < batch.length; ) {
      row += rows.append(sender.slab, row, batch.length);
      if (!sender.slab.isFull) continue;
      await sender.send();
      this.ready();
    }
    this.sent += batch.length;
  }

  /** Ends it: all rows are in the table, within the transaction. Returns how many the server took. */
  async end(): Promise<number> {
    const sender = this.ready();
    this.rows.finish(sender.slab);
    if (!sender.slab.isEmpty) await sender.send();
    this.ready();
    sender.done();
    let tag: string;
    try {
      tag = await this.query.finished;
    } catch (error) {
      throw this.explain(error);
    } finally {
      this.isOver = true;
      this.leave();
    }
    const taken = Number(/^COPY (\d+)$/.exec(tag)?.[1]);
    if (taken === this.sent) return taken;
    throw new DatacookError('DATA', `${this.options.into} took ${taken} of ${this.sent} rows.`, {
      hint: 'A trigger of the table leaves rows out. Disable it for the load, or filter them before they are loaded.',
    });
  }

  /** Gives up: the transaction is then aborted. Resolves when the session is free again, or lost. Never fails. */
  async abort(): Promise<void> {
    const { sender, query } = this;
    if (this.isOver || sender === undefined) return;
    this.isOver = true;
    const over = query.finished.then(
      () => true,
      () => true,
    );
    if (query.failure === undefined) {
      sender.fail('the load was given up');
      const isHeard = await Promise.race([over, delay(PATIENCE_MS, false, { ref: false })]);
      if (!isHeard) {
        await requestCancel(this.session.client, AbortSignal.timeout(CANCEL_MS)).catch(() => undefined);
        const isCancelled = await Promise.race([over, delay(CANCEL_MS, false, { ref: false })]);
        if (!isCancelled) sender.destroy();
      }
    }
    await over;
    this.leave();
  }

  private async start(): Promise<void> {
    this.session.client.query(this.query);
    try {
      const stream = await this.query.started;
      this.sender = new CopySender(stream);
    } catch (error) {
      this.isOver = true;
      this.leave();
      throw this.explain(error);
    }
    this.rows.begin(this.sender.slab);
  }

  /** Throws if it isn't going on. */
  private ready(): CopySender {
    if (this.isOver || this.sender === undefined)
      throw new DatacookError('INTERNAL', `The COPY into ${this.options.into} is over.`);
    if (this.query.failure !== undefined) throw this.explain(this.query.failure);
    return this.sender;
  }

  private explain(error: unknown): DatacookError {
    const { into, columns } = this.options;
    return this.session.explain(error, { action: `write into ${into}${placeOf(error, columns)}` });
  }
}

function once(action: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) action();
    isDone = true;
  };
}
