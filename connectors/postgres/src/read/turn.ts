import type { Session } from '../connection/session.js';

/** After so long it is said again, should the first time have been of no use. */
const AGAIN_MS = 50;

/**
 * A place in the queue for a session. While it waits it tells when all who read are waited for themselves: who takes
 * items of several partitions in turn must be let on to the others, or all would wait for ever.
 */
export class Turn {
  readonly #leave: () => void;
  readonly #isStalled: () => boolean;
  #session: Session | undefined;
  #failure: { readonly error: unknown } | undefined;
  /** All who read have come to be waited for since it was told last. */
  #hasNews = true;
  #wake: (() => void) | undefined;
  /** From the start: whoever asks for a turn waits for it. */
  #isAwaited = true;

  constructor(options: { readonly leave: () => void; readonly isStalled: () => boolean }) {
    this.#leave = options.leave;
    this.#isStalled = options.isStalled;
  }

  /** Whether somebody waits for `next`. */
  get isAwaited(): boolean {
    return this.#isAwaited;
  }

  /** A session; undefined: all others are waited for. */
  async next(): Promise<Session | undefined> {
    this.#isAwaited = true;
    try {
      for (let isLate = false; ; isLate = await this.#wait()) {
        if (this.#failure !== undefined) throw this.#failure.error;
        if (this.#session !== undefined) return this.#session;
        if (!this.#isStalled() || !(this.#hasNews || isLate)) continue;
        this.#hasNews = false;
        return undefined;
      }
    } finally {
      this.#isAwaited = false;
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

  /** All who read have come to be waited for. */
  stalled(): void {
    this.#hasNews = true;
    this.#wake?.();
  }

  /** For something to happen. True: nothing has for a while. */
  #wait(): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(true), AGAIN_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(false);
      };
    });
  }
}
