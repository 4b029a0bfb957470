import {
  type Batch,
  type Commit,
  DatacookError,
  type Merged,
  type Schema,
  type Writer,
} from '@datacook/core';
import { requireMergeKeysIn } from '@datacook/toolkit';
import type { Session } from '../connection/session.js';
import { CopyIn } from '../copy-in/copy-in.js';
import { publish } from '../publish/publish.js';
import { ORDER_COLUMN } from '../publish/staging.js';
import type { TargetColumn } from '../types/target-column.js';
import { findTarget } from './find-target.js';
import { columnsFor } from './fit-table.js';
import { advanceHead, requireVersion } from './heads.js';
import { loadedColumns, noteLoaded } from './loaded-columns.js';
import { withHolders } from './lock-errors.js';
import type { TableName } from './names.js';
import type { Prepared } from './prepared.js';
import { beginTransaction, commitTransaction, rollBack } from './transaction.js';

/** Room for the rows of one epoch, between those of its head's version and the next. */
const ROWS_OF_VERSION = 2n ** 32n;

export interface WriterOptions {
  /** Of its own. */
  readonly session: Session;
  readonly heads: TableName;
  readonly prepared: Prepared;
  readonly expected: number;
  /** Ends the session. */
  readonly release: () => Promise<void>;
}

/** One epoch: a transaction on a session of its own, in which rows come by COPY. */
export class PostgresWriter implements Writer {
  readonly #options: WriterOptions;
  /** Where rows go: the table, or staging. */
  readonly #into: TableName;
  readonly #brought = new Set<string>();
  #columns: readonly TargetColumn[] | undefined;
  #copy: CopyIn | undefined;
  #schema: Schema | undefined;
  #names: string | undefined;
  #rows = 0;

  constructor(options: WriterOptions) {
    const { target, table, staging } = options.prepared;
    this.#options = options;
    this.#into = target.mode === 'append' ? table : staging;
  }

  async write(batch: Batch): Promise<void> {
    await this.#explained(async () => {
      const columns = await this.#begin();
      if (this.#schema !== batch.schema) await this.#take(batch.schema, columns);
      await this.#copy?.write(batch);
      this.#rows += batch.length;
    });
  }

  async commit({ expected, state, publish: publishes }: Commit): Promise<Merged | undefined> {
    const { session, heads, prepared } = this.#options;
    const { target } = prepared;
    const head = { key: target.key, expected };
    let merged: Merged | undefined;
    await this.#explained(async () => {
      await this.#begin();
      await this.#end();
      if (target.mode !== 'append') {
        const loaded = await noteLoaded(session, prepared.staging, this.#brought);
        if (publishes) {
          await requireVersion(session, heads, head);
          merged = await publish(session, withLoaded(prepared, loaded));
        }
      }
      await advanceHead(session, heads, head, state);
    });
    // What fails from here on is in doubt: nothing is undone, and the head tells.
    await commitTransaction(session, `commit rows to ${prepared.table.sql}`);
    return merged;
  }

  /** Ends the session: the server undoes what was never committed. */
  async close(): Promise<void> {
    const copy = this.#copy;
    this.#copy = undefined;
    await copy?.abort();
    await this.#options.release();
  }

  /** Begins the transaction, under a lock that keeps the columns as they are. */
  async #begin(): Promise<readonly TargetColumn[]> {
    if (this.#columns !== undefined) return this.#columns;
    const { session } = this.#options;
    const { sql } = this.#into;
    await beginTransaction(session, `begin to write to ${sql}`);
    await session.run(`lock table ${sql} in row exclusive mode`, { action: `write to ${sql}` });
    const found = await findTarget(session, this.#into);
    if (found === undefined)
      throw new DatacookError('NOT_FOUND', `The table ${sql} is gone.`, {
        hint: 'Somebody has dropped or renamed it since the run began.',
      });
    this.#columns = found.columns;
    return found.columns;
  }

  /** Makes ready for batches of a schema: another COPY where its columns are others, so that the rest get their defaults. */
  async #take(schema: Schema, columns: readonly TargetColumn[]): Promise<void> {
    const { session, prepared, expected } = this.#options;
    const { target } = prepared;
    const isMerge = target.mode === 'merge';
    if (isMerge) requireMergeKeysIn(target, schema);
    const filled = columnsFor(this.#into, columns, schema.fields);
    const names = JSON.stringify(filled.map(({ name }) => name));
    if (names !== this.#names) {
      await this.#end();
      this.#copy = await CopyIn.begin(session, {
        into: this.#into.sql,
        columns: filled,
        ...(isMerge && {
          keys: target.mergeKeys,
          order: { column: ORDER_COLUMN, first: BigInt(expected) * ROWS_OF_VERSION + BigInt(this.#rows) },
        }),
      });
      this.#names = names;
      for (const { name } of filled) this.#brought.add(name);
    }
    this.#schema = schema;
  }

  async #end(): Promise<void> {
    const copy = this.#copy;
    this.#copy = undefined;
    this.#names = undefined;
    await copy?.end();
  }

  /** What fails undoes the transaction at once, with its locks. */
  async #explained(action: () => Promise<void>): Promise<void> {
    const { session, heads } = this.#options;
    try {
      await action();
    } catch (error) {
      const copy = this.#copy;
      this.#copy = undefined;
      await copy?.abort();
      await rollBack(session);
      throw await withHolders(error, session, [this.#into, this.#options.prepared.table, heads]);
    }
  }
}

/** What is published: the columns that the load has brought; all that it might have, where it brought no row. */
function withLoaded(prepared: Prepared, loaded: ReadonlySet<string>): Prepared {
  if (loaded.size === 0) return prepared;
  return { ...prepared, columns: prepared.columns.filter((name) => loaded.has(name)) };
}

/** A commit without rows: what was staged before is published, if that is due, and the head moves on. */
export async function commitWithoutRows(
  session: Session,
  heads: TableName,
  prepared: Prepared | undefined,
  key: string,
  { expected, state, publish: publishes }: Commit,
): Promise<Merged | undefined> {
  const head = { key, expected };
  let merged: Merged | undefined;
  try {
    await beginTransaction(session, `commit ${key}`);
    if (publishes && prepared !== undefined && prepared.target.mode !== 'append') {
      await requireVersion(session, heads, head);
      merged = await publish(session, withLoaded(prepared, await loadedColumns(session, prepared.staging)));
    }
    await advanceHead(session, heads, head, state);
  } catch (error) {
    await rollBack(session);
    throw await withHolders(error, session, prepared === undefined ? [heads] : [prepared.table, heads]);
  }
  await commitTransaction(session, `commit ${key}`);
  return merged;
}
