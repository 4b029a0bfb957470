import { randomUUID } from 'node:crypto';
import {
  type Batch,
  DatacookError,
  type Destination,
  type Json,
  type Merged,
  type ResolvedRecipe,
  type Schema,
  type Source,
  type Target,
  type Writer,
} from '@datacook/core';
import { fitBatch, sameType } from '@datacook/toolkit';
import { closeQuietly } from './closing.js';
import { addCounts, isBalanced, type RowCounts } from './counts.js';
import { Epoch } from './epoch.js';
import type { Emit } from './events.js';
import type { HeadState, LoadState } from './head-state.js';
import type { Identity } from './identity.js';
import type { Lease } from './lease.js';
import type { Load } from './load.js';
import type { Mirror } from './mirror.js';
import { fitTable, liesWithin, preparedColumns, withoutUnknownColumns } from './schema-policy.js';
import type { SerialQueue } from './serial-queue.js';
import type { Stop } from './stop.js';
import type { Epochs, Tally } from './tally.js';

/** A batch doesn't fit the prepared table: writers are given up, and reading goes on from the head with this schema. */
export class SchemaChanged extends Error {
  readonly schema: Schema;
  /** In words, for the report, once they are made. */
  readonly changes: readonly string[];

  constructor(schema: Schema, changes: readonly string[]) {
    super('the schema of the stream has changed');
    this.schema = schema;
    this.changes = changes;
  }
}

/** A commit whose answer hasn't come: it may have taken effect. */
export interface Doubt {
  readonly commit: string;
  /** Absent: it brings no rows. */
  readonly epoch?: Epochs;
}

export interface CommitterParts {
  readonly recipe: ResolvedRecipe;
  readonly runId: string;
  readonly identity: Identity;
  readonly source: Source;
  readonly destination: Destination;
  readonly target: Target;
  readonly load: Load;
  /** The head's version that this attempt has claimed, and its state. */
  readonly claimed: number;
  readonly before: HeadState | undefined;
  /** The table's columns as they are; undefined: they begin with this load. */
  readonly table: Schema | undefined;
  /** The target as it was found; undefined: it doesn't exist. */
  readonly headTable: Schema | undefined;
  /** What ended the attempt before. */
  readonly wanted?: SchemaChanged;
  readonly queue: SerialQueue;
  readonly lease: Lease;
  readonly mirror: Mirror;
  readonly stop: Stop;
  readonly tally: Tally;
  readonly emit: Emit;
  readonly warn: (text: string) => void;
  /** What the load yields, where not a single batch has said it. */
  readonly emptySchema: () => Promise<Schema | undefined>;
}

/** Prepares the target and commits epochs, one after another, always against the version that this run holds. */
export class Committer {
  readonly #parts: CommitterParts;
  #version: number;
  #state: HeadState | undefined;
  #prepared: Schema | undefined;
  #preparing: Promise<void> | undefined;
  #fitting: Schema | undefined;
  #fit: Fit | undefined;
  #failure: { readonly error: unknown } | undefined;
  #isDone = false;
  doubt: Doubt | undefined;

  constructor(parts: CommitterParts) {
    this.#parts = parts;
    this.#version = parts.claimed;
    this.#state = parts.before;
  }

  get version(): number {
    return this.#version;
  }

  /** Whether the last commit of the load is durable: what fails after that changes nothing of the rows. */
  get isDone(): boolean {
    return this.#isDone;
  }

  get state(): HeadState | undefined {
    return this.#state;
  }

  /**
   * Sees to it that batches of a schema can be written. Throws `SchemaChanged` if the target was prepared for
   * another one that doesn't hold it.
   */
  async ensure(schema: Schema): Promise<void> {
    if (this.#fitting === schema) return;
    this.#preparing ??= this.#parts.queue.run(() => this.#prepare(schema));
    await this.#preparing;
    const prepared = this.#prepared as Schema;
    if (this.#policy === 'freeze' || !liesWithin(schema, prepared)) {
      const fitted = fitTable(prepared, schema, this.#policy, this.#parts.target.table);
      if (!liesWithin(fitted.schema, prepared)) throw new SchemaChanged(fitted.schema, fitted.changes);
      this.#noteChanges(fitted.changes);
    }
    this.#fitting = schema;
  }

  /** The batch as it is handed to a writer: without columns that are discarded, with types as prepared. */
  fit(batch: Batch): Batch {
    // A writer takes batches with fewer columns, but not with narrower types.
    if (this.#fit?.from !== batch.schema) this.#fit = fitOf(batch.schema, this.#prepared as Schema);
    const { known, to } = this.#fit;
    return to ? fitBatch(known(batch), to) : known(batch);
  }

  openWriter(): Promise<Writer> {
    const { queue, destination, target, stop } = this.#parts;
    const work = queue.run(async () => {
      // A commit of another lane may have taken effect although it failed: the head's version is not known then.
      if (this.#failure) throw this.#failure.error;
      return destination.openWriter(target, this.#prepared as Schema, this.#version);
    });
    return stop.orAbort(work);
  }

  /**
   * Commits an epoch. `isLast` is asked when its turn has come: with the last one the load is done. After a commit
   * that failed there is no other: what is left is not known.
   */
  commit(epoch: Epoch, isLast: () => boolean): Promise<void> {
    const { queue, tally, stop } = this.#parts;
    const work = queue.run(async () => {
      if (this.#failure) throw this.#failure.error;
      try {
        await tally.time('commit', () => this.#commit(epoch, isLast()));
      } catch (error) {
        this.#failure ??= { error };
        throw error;
      }
    });
    return stop.orAbort(work);
  }

  async #prepare(schema: Schema): Promise<void> {
    const { table, target, destination, stop, wanted } = this.#parts;
    stop.throwIfAborted();
    const fitted = fitTable(table, schema, this.#policy, target.table);
    await this.#supersede();
    await destination.prepare(target, fitted.schema, this.#version);
    this.#prepared = fitted.schema;
    this.#noteChanges([...(wanted?.changes ?? []), ...fitted.changes]);
  }

  /**
   * `prepare` drops what other loads of this key have staged. So the head must not speak of such a load any more: a
   * run that went on with it would publish a part of its rows.
   */
  async #supersede(): Promise<void> {
    const { destination, target } = this.#parts;
    const other = this.#state?.load;
    if (!other || other.done || other.mode === 'append' || other.id === target.load) return;
    const id = randomUUID();
    const { columns: _columns, ...state } = this.#nextState(new Epoch(), false, false, id);
    const commit = { id, expected: this.#version, state: state as unknown as Json, publish: false };
    this.doubt = { commit: id };
    await destination.commit(target, [], commit);
    this.doubt = undefined;
    this.#version += 1;
    this.#state = state;
  }

  async #commit(epoch: Epoch, last: boolean): Promise<void> {
    const { load, target, destination, mirror, lease, stop, tally, emit, warn } = this.#parts;
    stop.throwIfAborted();
    if (epoch.isEmpty && !last) return;
    if (!isBalanced(epoch.rows)) {
      throw new DatacookError('INTERNAL', `rows are not accounted for: ${JSON.stringify(epoch.rows)}`, {
        hint: 'nothing of this epoch was written; this is a defect: report it',
      });
    }
    const publish = last && (await this.#mayPublish(addCounts(load.rows, epoch.rows)));
    const commitId = randomUUID();
    const state = this.#nextState(epoch, last, publish, commitId);
    const commit = { id: commitId, expected: this.#version, state: state as unknown as Json, publish };
    this.doubt = {
      commit: commitId,
      epoch: { rows: epoch.rows, bytes: epoch.bytes, batches: epoch.batches },
    };
    let merged: Merged | undefined;
    if (epoch.writer) merged = (await epoch.writer.commit(commit)) ?? undefined;
    else merged = (await destination.commit(target, [], commit)) ?? undefined;
    this.doubt = undefined;
    this.#version += 1;
    this.#state = state;
    this.#isDone = last;
    load.committed(state.load);
    tally.committed(epoch, merged);
    tally.position = { ...tally.position, after: state.position ?? null };
    const position = [...epoch.progress.values()].at(-1)?.at;
    emit({
      type: 'commit',
      stream: this.#parts.recipe.source.stream,
      rows: epoch.rows,
      published: publish,
      ...(position === undefined ? {} : { position }),
    });
    await lease.whileHeld(() => mirror.save(this.#version, state), stop.signal);
    await lease.renew(stop.signal);
    await closeQuietly('writer', epoch, warn);
  }

  // Append has nothing to publish. A merge or replace publishes what it staged; without a single row `on_empty` decides.
  async #mayPublish(rows: RowCounts): Promise<boolean> {
    const { load, target, recipe, before, table, headTable, warn } = this.#parts;
    if (load.mode === 'append') {
      // A stream without rows makes its table all the same, where its columns are known.
      const schema = this.#prepared || headTable ? undefined : await this.#parts.emptySchema();
      if (schema && schema.fields.length > 0) await this.#prepare(schema);
      return false;
    }
    const isEmpty = rows.written === 0;
    if (load.mode === 'replace' && isEmpty && headTable && recipe.destination.onEmpty !== 'publish') {
      if (recipe.destination.onEmpty === 'fail') {
        throw new DatacookError(
          'DATA',
          `nothing to load: the source returned no rows, and ${target.table} would be emptied`,
          {
            hint: 'if that is right, set destination.on_empty: publish (or keep, to leave the table as it is)',
          },
        );
      }
      warn(`the source returned no rows: ${target.table} was kept as it is (on_empty: keep)`);
      return false;
    }
    if (this.#prepared) return true;
    // What was staged already says its columns; else the source, or the table that is to be emptied.
    const staged = before?.load?.id === load.id ? table : undefined;
    const schema = staged ?? (await this.#parts.emptySchema()) ?? headTable;
    if (!schema) return false;
    await this.#prepare(schema);
    return true;
  }

  #nextState(
    epoch: Epoch,
    last: boolean,
    publish: boolean,
    commitId: string,
  ): HeadState & { readonly load: LoadState } {
    const { recipe, load, source, identity, before, runId } = this.#parts;
    // A replace that was not published has changed nothing: the table still holds what the position says.
    const isKept = load.mode === 'replace' && !publish;
    const next = last && !isKept ? nextPosition(source, load, epoch) : undefined;
    const position = next ?? this.#state?.position;
    const columns = this.#prepared ? preparedColumns(this.#prepared) : this.#state?.columns;
    const isThere = load.mode === 'append' ? this.#prepared !== undefined : publish;
    return {
      version: 1,
      recipe: recipe.name,
      shared: recipe.destination.shared,
      identity,
      ...(position === undefined ? {} : { position }),
      published: isThere || (before?.published ?? false),
      load: load.after(epoch.progress, epoch.rows, last),
      ...(columns === undefined ? {} : { columns }),
      commit: { id: commitId, at: new Date().toISOString(), run_id: runId },
    };
  }

  get #policy(): ResolvedRecipe['destination']['schemaPolicy'] {
    return this.#parts.recipe.destination.schemaPolicy;
  }

  #noteChanges(changes: readonly string[]): void {
    const { tally, emit, recipe } = this.#parts;
    for (const change of changes) {
      if (tally.changed(change)) emit({ type: 'schema_change', stream: recipe.source.stream, change });
    }
  }
}

function nextPosition(source: Source, load: Load, epoch: Epoch): Json | undefined {
  return source.finish ? source.finish(load.plan, load.ends(epoch.progress)) : load.plan.next;
}

interface Fit {
  readonly from: Schema;
  /** The batch without the columns that the target lacks. */
  readonly known: (batch: Batch) => Batch;
  /** Undefined: the types are as prepared. */
  readonly to?: Schema;
}

function fitOf(from: Schema, prepared: Schema): Fit {
  const types = new Map(prepared.fields.map((field) => [field.name, field.type]));
  const fields = from.fields.filter((field) => types.has(field.name));
  const known =
    fields.length === from.fields.length ? (batch: Batch) => batch : withoutUnknownColumns(from, prepared);
  const wide = fields.map((field) => ({ ...field, type: types.get(field.name) ?? field.type }));
  const isSame = wide.every((field, index) => sameType(field.type, fields[index]!.type));
  return isSame ? { from, known } : { from, known, to: { fields: wide } };
}
