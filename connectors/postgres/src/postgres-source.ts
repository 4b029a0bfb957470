import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import {
  type Context,
  DatacookError,
  type Digest,
  type Field,
  type Json,
  type Partition,
  type ReadItem,
  type ReadPlan,
  type ReadRequest,
  type Schema,
  type Source,
  type StreamInfo,
} from '@datacook/core';
import {
  type DigestEntry,
  finishWindow,
  type PlannedWindow,
  parseDurationMs,
  planWindow,
  quoteIdentifier,
} from '@datacook/toolkit';
import { describeQuery, describeRelation, type Stream } from './catalog/describe.js';
import { findRelation, type Relation } from './catalog/relation.js';
import { chosenColumns, columnSql, findColumn } from './catalog/stream-columns.js';
import type { PostgresConfig } from './config.js';
import { Server } from './connection/server.js';
import type { Session } from './connection/session.js';
import { readingSettings } from './connection/session-settings.js';
import { postgresDigest } from './digest/postgres-digest.js';
import { PostgresCursorSystem } from './plan/cursor-system.js';
import { divide } from './plan/partitions.js';
import {
  checkStream,
  type PartitionSpec,
  parseReadSpec,
  type ReadSpec,
  specColumn,
} from './plan/read-spec.js';
import { findWatermark } from './plan/watermark.js';
import { readPartition } from './read/read-partition.js';
import { outputSchema } from './read/selection.js';
import { beginSql, checkNotRewritten, Snapshot } from './read/snapshot.js';
import { tableParts } from './table-parts.js';

/** What a load is read in: made by `plan`, or by the first `read` of a load that another process has planned. */
interface Opened {
  readonly name: string;
  readonly snapshot: Snapshot;
  readonly stream: Stream;
  readonly schema: Schema;
}

const IDLE_TIMEOUT = '1h';

function settingsOf({ statement_timeout, lock_timeout }: PostgresConfig): string {
  return readingSettings({
    lockMs: parseDurationMs(lock_timeout),
    idleMs: parseDurationMs(IDLE_TIMEOUT),
    ...(statement_timeout === undefined ? {} : { statementMs: parseDurationMs(statement_timeout) }),
  });
}

/** A table, view or query of a Postgres database as one stream. */
export class PostgresSource implements Source {
  readonly #config: PostgresConfig;
  readonly #context: Context;
  readonly #closing = new AbortController();
  readonly #signal: AbortSignal;
  readonly #server: Server;
  #session: Promise<Session> | undefined;
  #opened: Promise<Opened> | undefined;
  #schema: Schema | undefined;

  constructor(config: PostgresConfig, context: Context) {
    this.#config = config;
    this.#context = context;
    this.#signal = AbortSignal.any([context.signal, this.#closing.signal]);
    // Every connection listens.
    setMaxListeners(0, this.#signal);
    this.#server = new Server({
      connection: config,
      settings: settingsOf(config),
      use: 'read',
      warn: (text) => context.log('warn', text),
      signal: this.#signal,
    });
  }

  /** The one stream. After a plan, with the columns that the plan reads. */
  async streams(): Promise<readonly StreamInfo[]> {
    if (this.#schema === undefined) {
      const session = await this.#connected();
      const stream = await this.#describe(session, await this.#relation(session));
      this.#schema = outputSchema(stream, stream.columns);
    }
    return [{ name: this.#name, schema: this.#schema }];
  }

  async plan(request: ReadRequest): Promise<ReadPlan> {
    await this.#forget();
    const { incremental } = this.#config;
    if (request.range !== undefined && incremental === undefined)
      throw new DatacookError('CONFIG', 'A backfill needs a cursor: --from and --to are values of it.', {
        hint: 'Say source.incremental with strategy and cursor_column.',
      });
    const session = await this.#connected();
    const relation = await this.#relation(session);
    let stream: Stream | undefined;
    const begin = async () => {
      stream = await this.#begin(session, relation);
      return stream;
    };
    const planned = incremental && (await this.#planWindow(request, session, relation, begin));
    if (planned !== undefined && planned.window === undefined) {
      if (stream !== undefined) this.#schema = outputSchema(stream, chosenColumns(stream, request.columns));
      return { partitions: [], next: planned.next, restart: 'position', keysDisjoint: true };
    }
    stream ??= await begin();
    return this.#divide(request, session, stream, planned);
  }

  async *read(plan: ReadPlan, partition: Partition, from?: Json): AsyncGenerator<ReadItem> {
    const spec = parseReadSpec(plan.spec);
    const { snapshot, stream, schema } = await this.#openedFor(spec, plan);
    yield* readPartition(
      {
        snapshot,
        stream,
        spec,
        partition: partition.spec as PartitionSpec,
        id: partition.id,
        schema,
        signal: this.#signal,
      },
      from,
    );
  }

  finish(plan: ReadPlan, ends: readonly (Json | undefined)[]): Json {
    if (plan.spec === undefined) return plan.next ?? null;
    const { planned } = parseReadSpec(plan.spec);
    return planned === undefined ? (plan.next ?? null) : finishWindow(planned, ends);
  }

  /**
   * Of the rows that the configuration lets through, whatever the cursor's position is, in the snapshot of the last plan.
   * Rows that have NULL as cursor are left out where loads leave them out.
   */
  readonly digest: Digest = (_name, fields, keys, bucket) => this.#digest(fields, keys, bucket);

  /** Connects, and reads no row. */
  async check(): Promise<void> {
    const session = await this.#connected();
    const stream = await this.#describe(session, await this.#relation(session));
    const { incremental } = this.#config;
    if (incremental !== undefined) findColumn(stream, incremental.cursor_column, 'cursor_column');
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const opened = await this.#opened?.catch(() => undefined);
    const session = await this.#session?.catch(() => undefined);
    await Promise.all([opened?.snapshot.close(), session?.close()]);
  }

  get #name(): string {
    const { table, name } = this.#config;
    if (table === undefined) return name ?? 'query';
    if (typeof table === 'string') return table;
    const quoted = (part: string) => (/^[^".]+$/.test(part) ? part : quoteIdentifier(part));
    return tableParts(table).map(quoted).join('.');
  }

  /** The session that plans; it then holds the snapshot. */
  #connected(): Promise<Session> {
    this.#session ??= this.#server.connect().catch((error: unknown) => {
      this.#session = undefined;
      throw error;
    });
    return this.#session;
  }

  async #forget(): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined);
    this.#opened = undefined;
    this.#schema = undefined;
    if (opened === undefined) return;
    await opened.snapshot.close();
    this.#session = undefined;
  }

  async #relation(session: Session): Promise<Relation | undefined> {
    const { table } = this.#config;
    return table === undefined ? undefined : findRelation(session, tableParts(table));
  }

  #describe(session: Session, relation: Relation | undefined): Promise<Stream> {
    const { where, query, column_types = {} } = this.#config;
    return relation === undefined
      ? describeQuery(session, query!, where, column_types)
      : describeRelation(session, relation, where, column_types);
  }

  /** Opens the transaction, and describes the stream as it is in its snapshot. */
  async #begin(session: Session, relation: Relation | undefined): Promise<Stream> {
    await session.run(beginSql(relation), { action: 'begin to read' });
    const stream = await this.#describe(session, relation);
    if (relation !== undefined) await checkNotRewritten(session, relation);
    return stream;
  }

  async #planWindow(
    request: ReadRequest,
    session: Session,
    relation: Relation | undefined,
    begin: () => Promise<Stream>,
  ): Promise<PlannedWindow> {
    const { timezone } = this.#config;
    const incremental = this.#config.incremental!;
    const system = new PostgresCursorSystem({
      session,
      columnName: incremental.cursor_column,
      watermark: async (lagMs) => {
        const stream = await this.#describe(session, relation);
        const { name, castType } = findColumn(stream, incremental.cursor_column, 'cursor_column');
        const column = { name, type: castType };
        return findWatermark({ session, facts: this.#server.facts, relation, column, timezone, lagMs });
      },
      begin,
      read: (stream) => chosenColumns(stream, request.columns),
    });
    const log = this.#context.log.bind(this.#context);
    return planWindow({ request, incremental, system, log });
  }

  async #divide(
    request: ReadRequest,
    session: Session,
    stream: Stream,
    planned: PlannedWindow | undefined,
  ): Promise<ReadPlan> {
    const { parallelism, batchRows, batchBytes } = request;
    const columns = chosenColumns(stream, request.columns);
    const { facts } = this.#server;
    const division = await divide({ session, facts, stream, window: planned?.window, parallelism });
    this.#tell(stream, columns, division.why);
    const name = randomUUID();
    const key = division.points.length > 0 ? stream.keys[0]?.columns : undefined;
    const spec: ReadSpec = {
      version: 1,
      snapshot: name,
      order: division.order,
      points: division.points.map(specColumn),
      columns: columns.map(specColumn),
      ...(key === undefined ? {} : { key }),
      ...(planned === undefined ? {} : { planned }),
      batchRows,
      batchBytes,
    };
    const schema = outputSchema(stream, columns);
    this.#schema = schema;
    this.#opened = Promise.resolve({ name, snapshot: this.#snapshot(session, stream), stream, schema });
    return {
      partitions: division.partitions,
      spec,
      ...(planned === undefined ? { next: null } : {}),
      restart: division.restart,
      keysDisjoint: division.keysDisjoint,
      concurrency: Math.min(parallelism, this.#config.max_connections, availableParallelism()),
    };
  }

  #tell({ relation }: Stream, columns: Stream['columns'], why: string): void {
    const log = this.#context.log.bind(this.#context);
    log('info', `${this.#name}: ${why}`);
    if (relation?.hidesRows === true)
      log('warn', `${this.#name}: policies of row security hide rows from this user, which are not read`);
    const texts = columns.filter(({ cast, nativeType }) => cast === 'text' && nativeType !== 'text');
    if (texts.length > 0) {
      const list = texts.map(({ name, nativeType }) => `${name} (${nativeType})`).join(', ');
      log('info', `${this.#name}: read as text: ${list}`);
    }
  }

  async *#digest(
    fields: readonly Field[],
    keys: readonly string[],
    bucket: string | undefined,
  ): AsyncGenerator<DigestEntry> {
    const session = await this.#connected();
    const { stream } = await this.#openedNow(session);
    const { incremental } = this.#config;
    const conditions = stream.where === undefined ? [] : [stream.where];
    if (incremental?.on_null === 'exclude') {
      const cursor = findColumn(stream, incremental.cursor_column, 'cursor_column');
      conditions.push(`${columnSql(cursor.name)} is not null`);
    }
    const parts = { session, name: this.#name, from: stream.from, conditions, columns: stream.columns };
    yield* postgresDigest(parts, fields, keys, bucket);
  }

  #openedNow(session: Session): Promise<Opened> {
    this.#opened ??= (async () => {
      const stream = await this.#begin(session, await this.#relation(session));
      const schema = outputSchema(stream, stream.columns);
      return { name: randomUUID(), snapshot: this.#snapshot(session, stream), stream, schema };
    })();
    return this.#opened;
  }

  #openedFor(spec: ReadSpec, { restart }: ReadPlan): Promise<Opened> {
    const before = this.#opened;
    this.#opened = (async () => {
      const opened = await before?.catch(() => undefined);
      if (opened?.name === spec.snapshot) return opened;
      if (restart === 'never')
        throw new DatacookError('STALE_POSITION', `The load of ${this.#name} can't be gone on with.`, {
          hint: 'What was planned is of use only to the process that planned it: it is planned anew.',
        });
      if (opened !== undefined) await this.#forget();
      return this.#resume(spec);
    })();
    return this.#opened;
  }

  async #resume(spec: ReadSpec): Promise<Opened> {
    const session = await this.#connected();
    const stream = await this.#begin(session, await this.#relation(session));
    checkStream(spec, stream);
    const columns = spec.columns.map(({ name }) => findColumn(stream, name, 'columns'));
    const schema = outputSchema(stream, columns);
    this.#schema = schema;
    return { name: spec.snapshot, snapshot: this.#snapshot(session, stream), stream, schema };
  }

  #snapshot(coordinator: Session, { relation }: Stream): Snapshot {
    return new Snapshot({
      coordinator,
      begin: beginSql(relation),
      maxConnections: this.#config.max_connections,
      connect: () => this.#server.connect(),
      warn: (text) => this.#context.log('warn', text),
    });
  }
}
