import type { Batch, Field, Schema } from './data.js';
import type { WriteMode } from './destination.js';
import type { Json } from './json.js';

/** A table, file set or endpoint that a source can read, with its schema where it can be known cheaply. */
export interface StreamInfo {
  readonly name: string;
  readonly schema?: Schema;
}

/** What the engine wants to be read. */
export interface ReadRequest {
  readonly stream: string;
  /** Where the last completed load ended: what `finish` or `ReadPlan.next` said then. Absent: from the beginning. */
  readonly position?: Json;
  /** Only these columns, in this order, where the source can push that down. */
  readonly columns?: readonly string[];
  /** The recipe's `source.incremental`, as written. */
  readonly incremental?: Json;
  /** Backfill: `[from, to)` of the cursor. */
  readonly range?: { readonly from?: string; readonly to?: string };
  /** How many partitions will be read at once, at most. */
  readonly parallelism: number;
  /** Rows of a batch, at most. */
  readonly batchRows: number;
  /** Bytes of a batch, about; a single greater value still travels. */
  readonly batchBytes: number;
  /**
   * How the recipe's loads write (also of a load that is a full refresh). A merge absorbs a row that comes again; an
   * append doesn't, so that a source must remember which rows at the edge of a window it has read.
   */
  readonly writeMode?: WriteMode;
}

/** A part of a stream that is read on its own. `spec` is JSON that only the source understands. */
export interface Partition {
  readonly id: string;
  readonly spec: Json;
}

/** A load, fixed before it is read. It is kept in the head word for word until the load is done. */
export interface ReadPlan {
  readonly partitions: readonly Partition[];
  /** The source's own, for the whole plan: window, columns, boundary. */
  readonly spec?: Json;
  /** The stream's position when all partitions are done, unless `finish` says it. */
  readonly next?: Json;
  /**
   * What another process may rely on: `position`, to resume inside a partition; `partition`, to read a partition
   * again from its start; `never`, nothing (it is planned anew).
   */
  readonly restart: 'position' | 'partition' | 'never';
  /** No key occurs in two partitions. Else a merge reads them one after another. */
  readonly keysDisjoint: boolean;
  /**
   * How many partitions are worth reading at once where fewer are written at once (never more than the request's
   * `parallelism`): for a source that waits for a server. Their batches then take turns. Absent: one a writer.
   */
  readonly concurrency?: number;
}

/**
 * One step of reading. `skipped` counts rows that were read and left out, as already loaded. A position that has a
 * number `row` counts the rows before it, of the text `file` if it has one: errors then name the row of a batch.
 */
export interface ReadItem {
  readonly batch?: Batch;
  readonly position?: Json;
  readonly skipped?: number;
}

/** Made by a definition's `open`. An open instance is the session: a snapshot taken by `plan` lives until `close`. */
export interface Source {
  /** Called by `plan` and `discover`. Throws CONNECTION, AUTH or NOT_FOUND where the system can't be reached. */
  streams(): Promise<readonly StreamInfo[]>;
  /**
   * Fixes what a load reads. Called once a load, before any `read`, and never again for a load that has committed.
   * A watermark is taken before the snapshot, a greatest cursor value inside it; neither is ever taken again for
   * this plan. Throws STALE_POSITION if `request.position` can't be served any more.
   */
  plan(request: ReadRequest): Promise<ReadPlan>;
  /**
   * Reads one partition, from a position that an earlier read of it yielded, or from its start. A `position` alone,
   * or with a batch: everything up to and including that batch lies before it. The plan may be another process's.
   * The engine stops it by returning from the iterator, or by the context's signal. A line or value that can't be
   * decoded is DATA: nothing is skipped.
   */
  read(plan: ReadPlan, partition: Partition, from?: Json): AsyncIterable<ReadItem>;
  /** Pure: the next position from the plan and each partition's last one, in plan order. Absent: `plan.next`. */
  finish?(plan: ReadPlan, ends: readonly (Json | undefined)[]): Json;
  /** Tells the system that everything before the position is safe. Called after the last commit; a failure is a warning. */
  acknowledge?(stream: string, position: Json): Promise<void>;
  readonly digest?: Digest;
  /** Tries the connection. Throws the error that a run would meet. */
  check?(): Promise<void>;
  /** Called once, also after an error. */
  close(): Promise<void>;
}

/**
 * What a table or a source's stream holds, as numbers that two systems make alike; for `verify`. Made by the system's own
 * SQL: of a source in the snapshot of its last plan, whatever the position is.
 *
 * `fields` are the columns that are compared, each with the type whose canonical text is made (the column may be held in
 * another one of its family); `keys` are those of them that tell rows apart, none: all do. A row's text is its columns'
 * canonical texts in order, a comma behind each; NULL is `~`. Texts of `utf8`, `json`, `list` and `struct` are led by
 * their length in bytes and a colon. A key's text is the same of the key's columns.
 *
 * | type | canonical text |
 * | --- | --- |
 * | `bool` | `true`, `false` |
 * | `int`, `decimal`, `numeric` | decimal, without zeros at the end of a fraction; `NaN`, `Infinity`, `-Infinity` |
 * | `float` | the bits of the double as a signed decimal integer; `NaN` for all of these |
 * | `utf8`, `json` | itself |
 * | `binary` | lower hexadecimal |
 * | `uuid` | lower hexadecimal with hyphens |
 * | `date` | days since 1970-01-01; `infinity`, `-infinity` |
 * | `time`, `timestamp` | the number that a column holds, in the type's unit; timestamps also `infinity`, `-infinity` |
 * | `interval` | `months/days/nanoseconds` |
 * | `list`, `struct` | the items' or members' texts, as those of a row, in `[` `]` or `(` `)` |
 *
 * A bucket is the first 3 hexadecimal digits of the MD5 of a key's text in UTF-8. Without `bucket` there is an entry for
 * each bucket that has rows. With it (one bucket, or several with commas between) there is an entry for each key in them,
 * named by the key's text instead. `rows` counts rows; `sum` is the sum of the 15 hexadecimal digits of the MD5 of each
 * row's text that follow the first 3, in decimal, exact. Entries come in any order.
 */
export type Digest = (
  name: string,
  fields: readonly Field[],
  keys: readonly string[],
  bucket?: string,
) => AsyncIterable<{ readonly bucket: string; readonly rows: number; readonly sum: string }>;
