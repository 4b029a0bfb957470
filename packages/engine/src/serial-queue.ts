/**
 * Runs tasks one after another. Commits, mirrored heads and lease renewals of one run share one queue: done side
 * by side they would conflict with each other.
 */
export class SerialQueue {
  #tail: Promise<unknown> = Promise.resolve();

  /** Runs the task when all earlier ones have ended, well or not. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(task, task);
    this.#tail = result.catch(() => undefined);
    return result;
  }
}
