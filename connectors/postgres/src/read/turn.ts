import type { Session } from '../connection/session.js';

/**
 * A place in the queue for a session. While it waits it says each time that all who read are waited for themselves:
 * who takes items of several partitions in turn must be let on to the others, or all would wait for ever.
 */
export class Turn {
  readonly #leave: () => void;
  #session: Session | undefined;
  #failure: { readonly error: unknown } | undefined;
  #told: number;
  #stalls: number;
  #wake: (() => void) | undefined;

  constructor(leave: () => void, stalls: number) {
    this.#leave = leave;
    this.#told = stalls - 1;
    this.#stalls = stalls - 1;
  }

  /** A session; undefined: all others are waited for. */
  async next(): Promise<Session | undefined> {
    while (true) {
      if (this.#failure !== undefined) throw this.#failure.error;
      if (this.#session !== undefined) return this.#session;
      if (this.#stalls > this.#told) {
        this.#told = this.#stalls;
        return undefined;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Leaves the queue. Returns the session if there is one by now: it is to be given back. */
  leave(): Session | undefined {
    this.#leave();
    return this.#session;
  }

  give(session: Session): void {
    this.#session = session;
    this.#wake?.();
  }

  fail(error: unknown): void {
    this.#failure = { error };
    this.#wake?.();
  }

  stalled(stalls: number): void {
    this.#stalls = stalls;
    this.#wake?.();
  }
}
