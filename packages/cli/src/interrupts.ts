import { DatacookError } from '@datacook/core';
import type { Output } from './output.js';

const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * SIGINT and SIGTERM. While a run is under way the first asks it to end, and a second ends the process; at any
 * other time the first ends the process.
 */
export class Interrupts {
  readonly #output: Output;
  readonly #controller = new AbortController();
  #graceful = false;
  #exitCode: number | undefined;

  constructor(output: Output) {
    this.#output = output;
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => this.#onSignal(name));
  }

  /** Aborted by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The exit code that a signal asks for; undefined if there was none. */
  get exitCode(): number | undefined {
    return this.#exitCode;
  }

  /** Does work that ends by itself, soon, when `signal` is aborted. */
  async gracefully<T>(work: () => Promise<T>): Promise<T> {
    this.#graceful = true;
    try {
      return await work();
    } finally {
      this.#graceful = false;
    }
  }

  #onSignal(name: keyof typeof SIGNALS): void {
    if (this.#exitCode !== undefined || !this.#graceful) process.exit(this.#exitCode ?? SIGNALS[name]);
    this.#exitCode = SIGNALS[name];
    this.#output.info(`${name}: ending the run, what can be committed is; a second signal ends it at once`);
    this.#controller.abort(
      new DatacookError('CANCELLED', `the run was ended by ${name}`, {
        hint: 'run the same command again: it goes on after the last commit',
      }),
    );
  }
}
