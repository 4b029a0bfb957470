import { DatacookError } from '@datacook/core';

/**
 * The two ways in which a run is asked to end. `soft`: read no further, commit what can be committed. `hard`: end
 * at once, with a reason.
 */
export class Stop {
  readonly #hard = new AbortController();
  readonly #soft = new AbortController();

  /** Aborted when the run must end at once. */
  get signal(): AbortSignal {
    return this.#hard.signal;
  }

  get isStopping(): boolean {
    return this.#soft.signal.aborted;
  }

  /** Asks to end soon. */
  soon(reason: DatacookError): void {
    if (!this.#soft.signal.aborted) this.#soft.abort(reason);
  }

  /** Ends everything at once. */
  now(reason: DatacookError): void {
    this.soon(reason);
    if (!this.#hard.signal.aborted) this.#hard.abort(reason);
  }

  /** Throws the reason if the run must end at once. */
  throwIfAborted(): void {
    if (this.#hard.signal.aborted) throw this.#hard.signal.reason;
  }

  /** Throws why the run was asked to end, if it was. */
  throwIfStopping(): void {
    if (this.#soft.signal.aborted) throw this.#soft.signal.reason;
  }

  /** The promise's outcome, or the reason as soon as the run must end at once. */
  async orAbort<T>(work: Promise<T>): Promise<T> {
    return raceSignal(work, this.#hard.signal);
  }

  /** The promise's value, or undefined as soon as the run should end soon; the work goes on unobserved. */
  async orStop<T>(work: Promise<T>): Promise<T | undefined> {
    if (this.isStopping) {
      work.catch(() => undefined);
      return undefined;
    }
    try {
      return await raceSignal(work, this.#soft.signal);
    } catch (error) {
      if (this.isStopping && error === this.#soft.signal.reason) {
        work.catch(() => undefined);
        return undefined;
      }
      throw error;
    }
  }
}

/** The promise's outcome, or the signal's reason as soon as it is aborted; the work goes on unobserved. */
export function raceSignal<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    work.catch(() => undefined);
    return Promise.reject(signal.reason);
  }
  return new Promise<T>((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** The error of a run that somebody asked to stop. */
export function cancelled(why: string): DatacookError {
  return new DatacookError('CANCELLED', why, {
    hint: 'run the same command again: it goes on after the last commit',
  });
}
