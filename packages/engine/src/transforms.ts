import {
  type Batch,
  type BoundTransform,
  DatacookError,
  type Json,
  type RecipeStep,
  type Reject,
  type Schema,
  type Transform,
} from '@datacook/core';
import type { RowCounts } from './counts.js';

/** A step of the recipe with its opened transform. */
export interface OpenedStep {
  readonly step: RecipeStep;
  /** Its place in the recipe, from 1. */
  readonly number: number;
  readonly transform: Transform;
}

/** What the steps made of a batch. */
export interface Transformed {
  readonly batch: Batch;
  readonly rows: RowCounts;
}

/** The steps of a recipe, bound to the schema of the batches; bound anew when that changes. */
export class TransformChain {
  readonly #steps: readonly OpenedStep[];
  #input: Schema | undefined;
  #bound: readonly BoundTransform[] = [];

  constructor(steps: readonly OpenedStep[]) {
    this.#steps = steps;
  }

  /** What comes out for a schema. Throws SCHEMA, naming the step, where a step can't take it. */
  outputSchema(input: Schema): Schema {
    return this.#bind(input).at(-1)?.schema ?? input;
  }

  /**
   * Sends a batch through the steps. Every row is accounted for; a refused row is an error that names the step and,
   * as far as it is known, the row.
   */
  async apply(input: Batch, position: Json | undefined): Promise<Transformed> {
    const bound = this.#bind(input.schema);
    let batch = input;
    let generated = 0;
    let filtered = 0;
    for (const [index, transform] of bound.entries()) {
      const step = this.#steps[index] as OpenedStep;
      const before = batch.length;
      const applied = await transform.apply(batch);
      const rejects = applied.rejects ?? [];
      if (
        before + (applied.generated ?? 0) !==
        applied.batch.length + (applied.filtered ?? 0) + rejects.length
      ) {
        throw new DatacookError(
          'INTERNAL',
          `${nameOf(step)} doesn't account for its rows: ${before} in, ${applied.batch.length} out, ` +
            `${applied.generated ?? 0} generated, ${applied.filtered ?? 0} filtered, ${rejects.length} rejected`,
          { hint: 'this is a defect of that transform: report it to its authors' },
        );
      }
      if (rejects[0]) throw rejected(step, rejects[0], rejects.length, before, input.length, position);
      generated += applied.generated ?? 0;
      filtered += applied.filtered ?? 0;
      batch = applied.batch;
    }
    return {
      batch,
      rows: { read: input.length, generated, written: batch.length, rejected: 0, filtered, skipped: 0 },
    };
  }

  #bind(input: Schema): readonly BoundTransform[] {
    if (this.#input === input) return this.#bound;
    let schema = input;
    const bound: BoundTransform[] = [];
    for (const step of this.#steps) {
      let transform: BoundTransform;
      try {
        transform = step.transform(schema);
      } catch (error) {
        throw named(step, error);
      }
      bound.push(transform);
      schema = transform.schema;
    }
    this.#input = input;
    this.#bound = bound;
    return bound;
  }
}

/** How errors name a step. */
function nameOf({ step, number }: OpenedStep): string {
  return `step ${number} (${step.id ? `${step.id}, ` : ''}${step.type})`;
}

function named(step: OpenedStep, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const known = error as Partial<DatacookError>;
  if (!known.code) return error;
  return new DatacookError(known.code, `${nameOf(step)}: ${error.message}`, {
    ...(known.hint === undefined ? {} : { hint: known.hint }),
    details: { ...known.details, step: step.number },
    cause: error,
  });
}

function rejected(
  step: OpenedStep,
  reject: Reject,
  count: number,
  stepRows: number,
  inputRows: number,
  position: Json | undefined,
): DatacookError {
  // Only where no earlier step dropped or made rows is the step's row the source's row.
  const where = stepRows === inputRows ? placeOf(reject.row, inputRows, position) : undefined;
  const more = count > 1 ? ` (and ${count - 1} more of this batch)` : '';
  return new DatacookError('DATA', `${where ? `${where}: ` : ''}${nameOf(step)}: ${reject.reason}${more}`, {
    hint: 'correct the value at the source, or choose a type that holds it; nothing of this epoch was written',
    details: { step: step.number, ...(where ? { row: where } : {}) },
  });
}

// A position that counts rows (`row`) after the batch tells where each row of the batch stands.
function placeOf(row: number, batchRows: number, position: Json | undefined): string | undefined {
  if (typeof position !== 'object' || position === null || Array.isArray(position)) return undefined;
  const { file, row: end } = position as { file?: Json; row?: Json };
  if (typeof end !== 'number') return undefined;
  const number = (end - batchRows + row + 1).toLocaleString('en-US');
  return typeof file === 'string' ? `${file}, row ${number}` : `row ${number}`;
}
