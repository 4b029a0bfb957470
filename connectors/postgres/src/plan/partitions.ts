import type { Partition } from '@datacook/core';
import { chooseCuts, keyRanges, type Window, wantedPartitions } from '@datacook/toolkit';
import type { Stream, StreamColumn } from '../catalog/describe.js';
import type { Relation } from '../catalog/relation.js';
import { columnSql, keyColumns } from '../catalog/stream-columns.js';
import type { Facts } from '../connection/server.js';
import type { Session } from '../connection/session.js';
import { conditions } from '../read/conditions.js';
import type { PartitionSpec, ReadOrder } from './read-spec.js';

/** How a load is divided, and what may be relied on. */
export interface Division {
  readonly partitions: readonly Partition[];
  readonly order: ReadOrder;
  readonly points: readonly StreamColumn[];
  readonly restart: 'position' | 'never';
  readonly keysDisjoint: boolean;
  /** Why it is so, for the plan. */
  readonly why: string;
}

export interface DivisionRequest {
  readonly session: Session;
  readonly facts: Facts;
  readonly stream: Stream;
  readonly window: Window | undefined;
  readonly parallelism: number;
}

/** Integers of 2, 4 and 8 bytes, and numeric: their range can be cut evenly without statistics. */
const COUNTABLE = new Set([20, 21, 23, 1700]);
/** Below this correlation of key and place, each range reads blocks all over the table. */
const LEAST_CORRELATION = 0.5;
/** TID range scans: https://www.postgresql.org/docs/14/release-14.html */
const BLOCKS_VERSION = 140_000;

/** Divides what a load reads into partitions. */
export async function divide(request: DivisionRequest): Promise<Division> {
  const { stream, window } = request;
  if (window !== undefined) return divideWindow(request, window);
  if (stream.keys.length === 0) return divideBlocks(request);
  return byKey(request, 'values', []);
}

async function divideWindow(request: DivisionRequest, window: Window): Promise<Division> {
  const { stream } = request;
  const nulls: Partition[] = window.nulls ? [partition('nulls', { part: 'nulls' })] : [];
  // From the least value on: the whole table, which need not be sorted by the cursor.
  if (stream.keys.length > 0 && window.values && window.low === undefined) {
    return byKey(request, 'values', nulls);
  }
  const cursor = stream.columns.find(({ name }) => name === window.column)!;
  const key = keyColumns(stream).filter(({ name }) => name !== cursor.name);
  const values: Partition[] = window.values ? [partition('window', { part: 'values' })] : [];
  const between =
    stream.keys.length === 0
      ? 'there is no key: reading can go on only between two values of the cursor'
      : 'reading can go on at any row';
  return {
    partitions: [...nulls, ...values],
    order: 'cursor',
    points: [cursor, ...key],
    restart: 'position',
    keysDisjoint: nulls.length + values.length < 2,
    why: `read in the order of ${cursor.name}; ${between}`,
  };
}

async function byKey(
  request: DivisionRequest,
  part: 'values',
  before: readonly Partition[],
): Promise<Division> {
  const { stream } = request;
  const key = keyColumns(stream);
  const ranges = keyRanges(await findCuts(request, key[0]!));
  const names = key.map(({ name }) => name).join(', ');
  return {
    partitions: [
      ...before,
      ...ranges.map(({ id, from, below }) =>
        partition(id, {
          part,
          ...(from === undefined ? {} : { from }),
          ...(below === undefined ? {} : { below }),
        }),
      ),
    ],
    order: 'key',
    points: key,
    restart: 'position',
    // A row can't change from one range to another, but a resumed load may meet it with NULL, and later without.
    keysDisjoint: stream.keys[0]!.isPrimary && before.length === 0,
    why: `${ranges.length === 1 ? 'read in one part' : `${ranges.length} ranges`}, in the order of the key (${names}); reading can go on at any row`,
  };
}

async function findCuts(request: DivisionRequest, leading: StreamColumn): Promise<readonly string[]> {
  const { parallelism, facts, session, stream } = request;
  if (parallelism <= 1) return [];
  const wanted = wantedPartitions(await estimateRows(request), parallelism);
  if (wanted === 1) return [];
  const statistics =
    facts.seesStatistics && stream.relation !== undefined
      ? await readStatistics(session, stream.relation, leading.name)
      : undefined;
  const isScattered = statistics !== undefined && Math.abs(statistics.correlation) < LEAST_CORRELATION;
  const parts = isScattered ? Math.min(wanted, parallelism) : wanted;
  if (statistics !== undefined && statistics.bounds.length > parts)
    return chooseCuts(statistics.bounds, parts);
  return COUNTABLE.has(leading.oid) ? cutEvenly(request, leading, parts) : [];
}

/** The planner's estimate, which knows the size of the table as it is now. */
async function estimateRows({ session, stream, window }: DivisionRequest): Promise<number> {
  const where = conditions(stream, window, { part: 'values' });
  const statement = `explain (format json) select 1 from ${stream.from}${where}`;
  const place = { action: 'estimate the rows', statement, parts: stream.parts };
  const [result] = await session.run(statement, place);
  const [{ Plan }] = JSON.parse(result!.rows[0]![0]!) as [{ Plan: { 'Plan Rows': number } }];
  return Plan['Plan Rows'];
}

async function readStatistics(session: Session, { schema, name }: Relation, column: string) {
  const { rows } = await session.query(
    `select pg_catalog.array_to_json(s.histogram_bounds::text::text[])::text, s.correlation::text
     from pg_catalog.pg_stats s
     where s.schemaname = $1 and s.tablename = $2 and s.attname = $3 and s.histogram_bounds is not null
     order by s.inherited desc limit 1`,
    [schema, name, column],
    { action: 'read the statistics of the key' },
  );
  const [bounds, correlation] = rows[0] ?? [];
  if (bounds === null || bounds === undefined) return undefined;
  return { bounds: JSON.parse(bounds) as string[], correlation: Number(correlation ?? 1) };
}

async function cutEvenly(
  { session, stream }: DivisionRequest,
  leading: StreamColumn,
  parts: number,
): Promise<readonly string[]> {
  const column = columnSql(leading.name);
  const statement = `select min(${column})::text, max(${column})::text from ${stream.from}`;
  const [result] = await session.run(statement, { action: 'find the ends of the key' });
  const [least, most] = result!.rows[0]!.map((text) => /^(-?\d+)(?:\.\d+)?$/.exec(text ?? '')?.[1]);
  if (least === undefined || most === undefined) return [];
  const from = BigInt(least);
  const span = BigInt(most) - from;
  const cuts = Array.from({ length: parts - 1 }, (_, at) =>
    String(from + (span * BigInt(at + 1)) / BigInt(parts)),
  );
  return [...new Set(cuts)].filter((cut) => cut !== least);
}

async function divideBlocks(request: DivisionRequest): Promise<Division> {
  const { facts, stream } = request;
  const whole = (why: string): Division => ({
    partitions: [partition('all', { part: 'values' })],
    order: 'none',
    points: [],
    restart: 'never',
    keysDisjoint: true,
    why: `${why}: read in one part, from the start each time`,
  });
  const { relation } = stream;
  if (relation === undefined) return whole('a query has no key');
  if (!/^(?:partitioned )?table$/.test(relation.kind)) return whole(`a ${relation.kind} has no key`);
  if (facts.version < BLOCKS_VERSION || !relation.isReadable) return whole('there is no key');
  const blocks = await countBlocks(request, relation);
  const wanted =
    request.parallelism <= 1 ? 1 : wantedPartitions(await estimateRows(request), request.parallelism);
  if (blocks === undefined || wanted === 1 || blocks < wanted) return whole('there is no key');
  const size = Math.ceil(blocks / wanted);
  const partitions = Array.from({ length: Math.ceil(blocks / size) }, (_, at) => {
    const isLast = (at + 1) * size >= blocks;
    return partition(`blocks-${at + 1}`, {
      part: 'values',
      firstBlock: at * size,
      ...(isLast ? {} : { endBlock: (at + 1) * size }),
    });
  });
  return {
    partitions,
    order: 'none',
    points: [],
    restart: 'never',
    // Without a primary key it isn't known what a merge tells rows apart by.
    keysDisjoint: false,
    why: `there is no key: ${partitions.length} ranges of blocks, read from the start each time`,
  };
}

/** Blocks of the largest of the tables that are read; undefined where one is none of the server's own heaps. */
async function countBlocks({ session }: DivisionRequest, { oid }: Relation): Promise<number | undefined> {
  const [result] = await session.run(
    `with recursive tree (oid) as (select ${oid}::oid
       union select i.inhrelid from pg_catalog.pg_inherits i join tree on i.inhparent = tree.oid)
     select max(pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::int)::text,
       bool_and(c.relkind = 'p' or (c.relkind = 'r' and m.amname = 'heap'))::text
     from tree join pg_catalog.pg_class c on c.oid = tree.oid left join pg_catalog.pg_am m on m.oid = c.relam`,
    { action: 'measure the table' },
  );
  const [blocks, areHeaps] = result!.rows[0]!;
  return areHeaps === 'true' ? Number(blocks) : undefined;
}

function partition(id: string, spec: PartitionSpec): Partition {
  return { id, spec };
}
