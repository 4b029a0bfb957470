const LOW_WORD = 2n ** 32n;
/** Beyond it, one more word might round. */
const MOST = 2 ** 52;

/** The exact sum of numbers of 60 bits: their words are added as numbers, and carried over before these round. */
export class ExactSum {
  #high = 0;
  #low = 0;
  #carried = 0n;

  /** Adds `high * 2^32 + low`; both are words of at most 32 bits. */
  add(high: number, low: number): void {
    this.#high += high;
    this.#low += low;
    if (this.#high < MOST && this.#low < MOST) return;
    this.#carried = this.#total();
    this.#high = 0;
    this.#low = 0;
  }

  /** In decimal. */
  toString(): string {
    return String(this.#total());
  }

  #total(): bigint {
    return this.#carried + BigInt(this.#high) * LOW_WORD + BigInt(this.#low);
  }
}
