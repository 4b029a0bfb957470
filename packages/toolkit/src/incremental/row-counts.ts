import type { Boundary } from './window.js';

/** A multiset of row hashes. */
export class RowCounts {
  readonly #counts: Map<string, number>;
  #json: Boundary['rows'] | undefined;

  constructor(rows: Boundary['rows'] = {}) {
    this.#counts = new Map(Object.entries(rows));
  }

  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }

  count(hash: string): number {
    return this.#counts.get(hash) ?? 0;
  }

  add(hash: string, count = 1): void {
    this.#counts.set(hash, this.count(hash) + count);
    this.#json = undefined;
  }

  addAll(rows: Boundary['rows']): void {
    for (const [hash, count] of Object.entries(rows)) this.add(hash, count);
  }

  /** Takes one away. False if there is none. */
  takeOne(hash: string): boolean {
    const count = this.#counts.get(hash);
    if (count === undefined) return false;
    if (count === 1) this.#counts.delete(hash);
    else this.#counts.set(hash, count - 1);
    this.#json = undefined;
    return true;
  }

  /** Sorted, so that equal multisets have equal JSON. */
  toJson(): Boundary['rows'] {
    this.#json ??= Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
    return this.#json;
  }
}
