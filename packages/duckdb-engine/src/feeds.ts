import type { Batch } from '@datacook/core';
import { isDatacookError } from '@datacook/core';
import type { Bindings, Database, LogicalType, Vector } from './bindings.js';
import { VECTOR_ROWS, type WriteColumn } from './vectors.js';

/** Rows that a statement reads by `FROM FEED(id)`, in the order in which they lie here. */
export interface Feed {
  readonly columns: readonly FeedColumn[];
  /** What is still to be read, the first from its row `at` on. */
  readonly slices: FeedSlice[];
  /** Why no row can be read any more. The statement fails. */
  failure: unknown;
}

export interface FeedColumn {
  readonly name: string;
  readonly type: LogicalType;
  readonly write: WriteColumn;
}

/** Rows of a batch, from `at` up to `end`. */
export interface FeedSlice {
  readonly batch: Batch;
  /** Where the feed's columns lie in the batch; -1: nowhere, so that they are NULL. */
  readonly places: readonly number[];
  at: number;
  readonly end: number;
}

/** The table function that reads feeds. One argument: the feed's number. */
export const FEED = '_datacook_feed';

/** The feeds of this process that are being read, by number. */
const feeds = new Map<number, Feed>();
let next = 1;

/** Runs a statement that reads `FROM _datacook_feed(?)`. Throws what kept rows from being read, if something did. */
export async function withFeed<T>(feed: Feed, action: (id: number) => Promise<T>): Promise<T> {
  const id = next++;
  feeds.set(id, feed);
  try {
    return await action(id);
  } catch (error) {
    throw feed.failure ?? error;
  } finally {
    feeds.delete(id);
  }
}

/**
 * Makes the function known to a database that was just opened: a transaction that had begun before would not see it.
 * DuckDB calls on one of its threads and waits for this one, where the callbacks run: so whoever waits for the statement
 * must not hold the thread.
 */
export async function registerFeeds(bindings: Bindings, database: Database): Promise<void> {
  const fillNull = nullWriter(bindings);
  const tableFunction = bindings.create_table_function();
  bindings.table_function_set_name(tableFunction, FEED);
  bindings.table_function_add_parameter(tableFunction, bindings.create_logical_type(bindings.Type.BIGINT));
  bindings.table_function_set_bind(tableFunction, (info) => {
    const feed = feeds.get(Number(bindings.get_int64(bindings.bind_get_parameter(info, 0))));
    if (feed === undefined) {
      bindings.bind_set_error(info, 'there is no such feed');
      return;
    }
    for (const { name, type } of feed.columns) bindings.bind_add_result_column(info, name, type);
    bindings.bind_set_bind_data(info, feed);
  });
  // One reader: the rows keep their order.
  bindings.table_function_set_init(tableFunction, (info) => bindings.init_set_max_threads(info, 1));
  bindings.table_function_set_function(tableFunction, (info, chunk) => {
    const feed = bindings.function_get_bind_data(info) as Feed;
    try {
      if (feed.failure !== undefined) throw feed.failure;
      bindings.data_chunk_set_size(
        chunk,
        fill(feed, (at) => bindings.data_chunk_get_vector(chunk, at), fillNull),
      );
    } catch (error) {
      feed.failure ??= error;
      bindings.function_set_error(info, isDatacookError(error) ? error.code : 'failed');
    }
  });
  const handle = await bindings.connect(database);
  bindings.register_table_function(handle, tableFunction);
  bindings.disconnect_sync(handle);
}

type FillNull = (vector: Vector, type: LogicalType, count: number) => void;

/** Writes the next rows, at most as many as a vector has. Returns how many; 0 at the end. */
function fill(feed: Feed, vectorOf: (at: number) => Vector, fillNull: FillNull): number {
  const { slices, columns } = feed;
  while (slices[0] !== undefined && slices[0].at >= slices[0].end) slices.shift();
  const [slice] = slices;
  if (slice === undefined) return 0;
  const count = Math.min(VECTOR_ROWS, slice.end - slice.at);
  columns.forEach(({ type, write }, at) => {
    const column = slice.batch.columns[slice.places[at] as number];
    if (column === undefined) fillNull(vectorOf(at), type, count);
    else write(vectorOf(at), column, slice.at, count);
  });
  slice.at += count;
  return count;
}

/** Makes values NULL, and those inside of structs too, whose memory DuckDB would read. */
function nullWriter(bindings: Bindings): FillNull {
  const none = new Uint8Array(VECTOR_ROWS / 8);
  return function fillNull(vector, type, count) {
    bindings.vector_ensure_validity_writable(vector);
    bindings.copy_data_to_vector_validity(vector, 0, none.buffer, 0, Math.ceil(count / 64) * 8);
    if (bindings.get_type_id(type) !== bindings.Type.STRUCT) return;
    for (let at = 0; at < bindings.struct_type_child_count(type); at++)
      fillNull(
        bindings.struct_vector_get_child(vector, at),
        bindings.struct_type_child_type(type, at),
        count,
      );
  };
}
