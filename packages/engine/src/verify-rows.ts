import type { Batch, Json, ReadRequest, Schema, Source } from '@datacook/core';
import {
  comparableType,
  type DigestEntry,
  fitBatch,
  RowDigest,
  rowTextReader,
  waitingRange,
} from '@datacook/toolkit';
import type { OpenedStep } from './transforms.js';
import { TransformChain } from './transforms.js';
import type { ComparedColumn } from './verify-columns.js';

/** Everything that a plan reads, through the recipe's steps. Gives back each partition's last position, in plan order. */
async function* readPlanned(
  source: Source,
  request: ReadRequest,
  steps: readonly OpenedStep[],
): AsyncGenerator<Batch, Json | undefined> {
  const plan = await source.plan(request);
  return yield* readAgain(source, plan, steps);
}

type Plan = Awaited<ReturnType<Source['plan']>>;

/** The same of a plan that is there: it can be read more than once. */
export async function* readAgain(
  source: Source,
  plan: Plan,
  steps: readonly OpenedStep[],
): AsyncGenerator<Batch, Json | undefined> {
  const chain = new TransformChain(steps);
  const ends: (Json | undefined)[] = [];
  for (const partition of plan.partitions) {
    let last: Json | undefined;
    for await (const { batch, position } of source.read(plan, partition)) {
      last = position ?? last;
      if (batch) yield (await chain.apply(batch, position)).batch;
    }
    ends.push(last);
  }
  return source.finish ? source.finish(plan, ends) : plan.next;
}

/**
 * Rows that a run would load now, and those that wait for a later one: what the table can't have yet. `position` is
 * where the last load ended.
 */
export async function* newRows(
  source: Source,
  request: ReadRequest,
  position: Json,
  steps: readonly OpenedStep[],
): AsyncGenerator<Batch> {
  const next = yield* readPlanned(source, { ...request, position }, steps);
  const range = waitingRange(next);
  if (range) yield* readPlanned(source, { ...request, range }, steps);
}

/** The digest of rows that are read. */
export async function digestRows(
  batches: AsyncIterable<Batch>,
  columns: readonly ComparedColumn[],
  keys: readonly string[],
  bucket: string | undefined,
): Promise<readonly DigestEntry[]> {
  const fields = columns.map(({ name, type }) => ({ name, type, nullable: true }));
  const digest = new RowDigest(fields, keys, bucket);
  const fit = fitter(columns);
  for await (const batch of batches) digest.add(fit(batch));
  return [...digest.entries()];
}

/** The keys of rows that are read, as a digest tells them. */
export async function* keysOfRows(
  batches: AsyncIterable<Batch>,
  columns: readonly ComparedColumn[],
  keys: readonly ComparedColumn[],
): AsyncGenerator<string> {
  const fields = keys.map(({ name, type }) => ({ name, type, nullable: true }));
  const fit = fitter(columns);
  for await (const batch of batches) {
    const fitted = fit(batch);
    const text = rowTextReader(fields, fitted);
    for (let row = 0; row < fitted.length; row++) yield text(row);
  }
}

/** Lays batches on the columns that are compared: widened as a load does it, where that is needed. */
function fitter(columns: readonly ComparedColumn[]): (batch: Batch) => Batch {
  return (batch) => {
    const fields: Schema['fields'][number][] = [];
    const picked: Batch['columns'][number][] = [];
    for (const { name, type, widened } of columns) {
      const index = batch.schema.fields.findIndex((field) => field.name === name);
      const field = batch.schema.fields[index];
      if (!field) continue;
      let column = batch.columns[index]!;
      const isFit = widened === undefined && comparableType(field.type, type) !== undefined;
      const to = isFit ? field : { name, type: widened ?? type, nullable: true };
      if (!isFit)
        column = fitBatch(
          { length: batch.length, schema: { fields: [field] }, columns: [column] },
          { fields: [to] },
        ).columns[0]!;
      fields.push(to);
      picked.push(column);
    }
    return { length: batch.length, schema: { fields }, columns: picked };
  };
}
