/** Where a batch of rows in the cursor's order may be cut. */
export interface Step {
  /** Everything up to this value lies before the batch: a position there, alone, comes first. */
  readonly before?: string;
  /** The first `rows` rows end between two values. 0: the batch is part of one tie. */
  readonly rows: number;
  /** The value of the last of them: everything up to it lies before this point. */
  readonly at?: string;
}

/**
 * Finds restart points where rows have no key, and are read in the cursor's order: only between two distinct values,
 * since the order within a tie isn't the same the next time. Whether a batch ends there is known only when the next
 * one comes. So a batch is cut before its last tie: the rows before it have a position at once, those of the tie only
 * with the batch in which it ends. Reading goes on with `cursor > position`.
 *
 * ```ts
 * const { before, rows, at } = steps.next(batch.length, cursorText);
 * if (before !== undefined) yield { position: reader.position(before) };
 * if (at !== undefined) yield { ...reader.take(sliceBatch(batch, 0, rows), …), position: reader.position(at) };
 * yield reader.take(sliceBatch(batch, rows, batch.length), …);
 * ```
 */
export class CursorSteps {
  #last: string | undefined;

  /** To be called with every batch, in order. `cursor` reads a row's exact text. */
  next(length: number, cursor: (row: number) => string): Step {
    if (length === 0) return { rows: 0 };
    const before = this.#last;
    const isNew = before !== undefined && cursor(0) !== before;
    const last = cursor(length - 1);
    let rows = length - 1;
    while (rows > 0 && cursor(rows - 1) === last) rows--;
    this.#last = last;
    return {
      ...(isNew ? { before } : {}),
      rows,
      ...(rows > 0 ? { at: cursor(rows - 1) } : {}),
    };
  }
}
