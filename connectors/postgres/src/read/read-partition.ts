import {
  type Batch,
  DatacookError,
  isDatacookError,
  type Json,
  type ReadItem,
  type Schema,
} from '@datacook/core';
import { CursorSteps, sliceBatch, WindowReader } from '@datacook/toolkit';
import type { Stream } from '../catalog/describe.js';
import type { Session } from '../connection/session.js';
import { readCopy } from '../copy/read-copy.js';
import type { PartitionSpec, ReadSpec } from '../plan/read-spec.js';
import { type Selection, select } from './selection.js';
import type { Snapshot } from './snapshot.js';

export interface PartitionReading {
  readonly snapshot: Snapshot;
  readonly stream: Stream;
  readonly spec: ReadSpec;
  readonly partition: PartitionSpec;
  readonly id: string;
  /** The schema of the batches. */
  readonly schema: Schema;
  readonly signal: AbortSignal;
}

/** Reads a partition, from its start or from a position that an earlier reading of it yielded. */
export async function* readPartition(reading: PartitionReading, from?: Json): AsyncGenerator<ReadItem> {
  const { snapshot, stream, spec, partition } = reading;
  const window = spec.planned?.window;
  const reader = window && new WindowReader(window, partition.part, from);
  if (reader?.isDone === true) return;
  const start = pointOf(reader === undefined ? from : reader.from);
  const selection = select(stream, spec, partition, start);

  const turn = snapshot.request();
  let session: Session | undefined;
  let isClean = false;
  try {
    session = await turn.next();
    while (session === undefined) {
      yield {};
      session = await turn.next();
    }
    snapshot.pause(session, false);
    for await (const item of readRows(reading, selection, reader, session)) {
      snapshot.pause(session, true);
      yield item;
      snapshot.pause(session, false);
    }
    isClean = true;
  } finally {
    session ??= turn.leave();
    if (session !== undefined) await snapshot.release(session, isClean);
  }
  if (reader !== undefined) yield { position: reader.end() };
}

async function* readRows(
  { stream, spec, id, schema, signal }: PartitionReading,
  selection: Selection,
  reader: WindowReader | undefined,
  session: Session,
): AsyncGenerator<ReadItem> {
  const { batchRows, batchBytes } = spec;
  const steps = selection.steps && new CursorSteps();
  const hand = (batch: Batch) => handOn(batch, schema, selection, reader);
  const position = (at: Json) => (reader === undefined ? at : reader.position(at));
  const options = { schema: selection.schema, batchRows, batchBytes, signal };
  const end = session.begin();
  try {
    for await (const batch of readCopy(session.client, selection.sql, selection.columns, options)) {
      if (batch.length === 0) continue;
      if (selection.steps !== undefined && steps !== undefined) {
        const text = selection.steps(batch);
        const { before, rows, at } = steps.next(batch.length, text);
        if (before !== undefined) yield { position: position([before]) };
        if (at !== undefined) yield { ...hand(sliceBatch(batch, 0, rows)), position: position([at]) };
        yield hand(sliceBatch(batch, rows, batch.length));
      } else if (selection.hasPoints) {
        const item = hand(batch);
        yield { ...item, position: position(selection.point(batch)(batch.length - 1)) };
      } else {
        yield hand(batch);
      }
    }
  } catch (error) {
    if (isDatacookError(error)) throw error;
    const action = `read the partition ${id} of ${shown(stream)}`;
    throw session.explain(error, { action, statement: selection.sql, parts: stream.parts });
  } finally {
    end();
  }
}

/** Takes off what only served us, and leaves out what earlier loads have read. */
function handOn(
  all: Batch,
  schema: Schema,
  { atLow, atHigh }: Selection,
  reader: WindowReader | undefined,
): ReadItem {
  const batch = { length: all.length, schema, columns: all.columns.slice(0, schema.fields.length) };
  if (reader === undefined) return { batch };
  const taken = reader.take(batch, {
    ...(atLow === undefined ? {} : { atLow: all.columns[atLow]! }),
    ...(atHigh === undefined ? {} : { atHigh: all.columns[atHigh]! }),
  });
  return {
    ...(taken.batch.length === 0 ? {} : { batch: taken.batch }),
    ...(taken.skipped === 0 ? {} : { skipped: taken.skipped }),
  };
}

function shown({ relation }: Stream): string {
  return relation === undefined ? 'the query' : `${relation.schema}.${relation.name}`;
}

function pointOf(json: Json | undefined): readonly string[] | undefined {
  if (json === undefined) return undefined;
  if (Array.isArray(json) && json.length > 0 && json.every((part) => typeof part === 'string'))
    return json as readonly string[];
  throw new DatacookError('DATA', 'The position of a partition is damaged.', {
    hint: 'Load everything anew with --full-refresh.',
  });
}
