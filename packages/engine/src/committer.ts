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
import { addCounts, isBalanced, type RowCounts } from './counts.js';
import type { Epoch } from './epoch.js';
import type { Emit } from './events.js';
import type { HeadState } from './head-state.js';
import type { Identity } from './identity.js';
import type { Lease } from './lease.js';
import type { Load } from './load.js';
import type { Mirror } from './mirror.js';
import { fitTable, liesWithin, preparedColumns, withoutUnknownColumns } from './schema-policy.js';
import type { SerialQueue } from './serial-queue.js';
import type { Stop } from './stop.js';
import type { Tally } from './tally.js';

/** A batch doesn't fit the prepared table: writers are given up, and reading goes on from the head with this schema. */
export class SchemaChanged extends Error {
  readonly schema: Schema;

  constructor(schema: Schema) {
    super('the schema of the stream has changed');
    this.schema = schema;
  }
}

/** A commit whose answer hasn't come: it may have taken effect. */
export interface Doubt {
  readonly commit: string;
  readonly epoch: { readonly rows: RowCounts; readonly bytes: number; readonly batches: number };
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
  readonly tableExists: boolean;
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
  #widening: Widening | undefined;
  doubt: Doubt | undefined;

  constructor(parts: CommitterParts) {
    this.#parts = parts;
    this.#version = parts.claimed;
    this.#state = parts.before;
  }

  get version(): number {
    return this.#version;
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
    if (!liesWithin(schema, prepared)) {
      const fitted = fitTable(prepared, schema, this.#policy, this.#parts.target.table);
      this.#noteChanges(fitted.changes);
      if (!liesWithin(fitted.schema, prepared)) throw new SchemaChanged(fitted.schema);
    }
    this.#fitting = schema;
  }

  /** The batch as it is handed to a writer: without columns that are discarded, with types as prepared. */
  fit(batch: Batch): Batch {
    const prepared = this.#prepared as Schema;
    const known = this.#policy === 'discard_column' ? withoutUnknownColumns(batch, prepared) : batch;
    // A writer takes batches with fewer columns, but not with narrower types.
    if (this.#widening?.from !== known.schema) this.#widening = wideningOf(known.schema, prepared);
    return this.#widening.to ? fitBatch(known, this.#widening.to) : known;
  }

  openWriter(): Promise<Writer> {
    return this.#parts.destination.openWriter(this.#parts.target, this.#prepared as Schema, this.#version);
  }

  /** Commits an epoch. `isLast` is asked when its turn has come: with the last one the load is done. */
  commit(epoch: Epoch, isLast: () => boolean): Promise<void> {
    const { queue, tally } = this.#parts;
    return queue.run(() => tally.time('commit', () => this.#commit(epoch, isLast())));
  }

  async #prepare(schema: Schema): Promise<void> {
    const { table, target, destination, stop } = this.#parts;
    stop.throwIfAborted();
    const fitted = fitTable(table, schema, this.#policy, target.table);
    this.#noteChanges(fitted.changes);
    await destination.prepare(target, fitted.schema, this.#version);
    this.#prepared = fitted.schema;
  }

  async #commit(epoch: Epoch, last: boolean): Promise<void> {
    const { load, target, destination, mirror, lease, stop, tally, emit } = this.#parts;
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
    await epoch.close();
  }

  // Append has nothing to publish. A merge or replace publishes what it staged; without a single row `on_empty` decides.
  async #mayPublish(rows: RowCounts): Promise<boolean> {
    const { load, target, recipe, tableExists, warn } = this.#parts;
    if (load.mode === 'append') return false;
    const isEmpty = rows.written === 0;
    if (load.mode === 'replace' && isEmpty && tableExists && recipe.destination.onEmpty !== 'publish') {
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
    const schema = await this.#parts.emptySchema();
    if (!schema) return false;
    await this.#prepare(schema);
    return true;
  }

  #nextState(epoch: Epoch, last: boolean, publish: boolean, commitId: string): HeadState {
    const { recipe, load, source, identity, before, runId } = this.#parts;
    const next = last ? nextPosition(source, load, epoch) : undefined;
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

interface Widening {
  readonly from: Schema;
  /** Undefined: the types are as prepared. */
  readonly to?: Schema;
}

function wideningOf(from: Schema, prepared: Schema): Widening {
  const types = new Map(prepared.fields.map((field) => [field.name, field.type]));
  const fields = from.fields.map((field) => ({ ...field, type: types.get(field.name) ?? field.type }));
  const isSame = fields.every((field, index) => sameType(field.type, from.fields[index]!.type));
  return isSame ? { from } : { from, to: { fields } };
}
