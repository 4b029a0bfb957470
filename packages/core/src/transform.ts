import type { Batch, Schema } from './data.js';

/** A row that a step refuses. */
export interface Reject {
  /** Its index in the batch that was handed in. */
  readonly row: number;
  readonly reason: string;
}

/**
 * What a step made of a batch. `input rows + generated = output rows + filtered + rejects`; the engine checks it.
 */
export interface Applied {
  readonly batch: Batch;
  readonly filtered?: number;
  readonly generated?: number;
  readonly rejects?: readonly Reject[];
}

/** A transform, bound to the schema of its input. */
export interface BoundTransform {
  /** What comes out. The batches that `apply` returns carry this very object. */
  readonly schema: Schema;
  /** Pure but for `now` and random values; keeps nothing between batches. A row it can't convert is a reject. */
  apply(batch: Batch): Applied | Promise<Applied>;
}

/**
 * A step of a recipe. Called once a schema, at plan time and whenever the input's schema changes. Throws SCHEMA
 * where a column that it names isn't there.
 */
export type Transform = (input: Schema) => BoundTransform;
