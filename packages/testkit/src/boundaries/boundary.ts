/**
 * Called at each effect boundary, with its label: `before destination.claim`, `after destination.claim`, or
 * `failed destination.claim`. What it does is done before the effect begins, or before anybody hears of its end.
 */
export type OnBoundary = (label: string) => void;

/**
 * Runs an effect between two boundaries. Returns what it returns; if that is a promise, the second boundary stands
 * where it settles.
 */
export function between<T>(label: string, onBoundary: OnBoundary, effect: () => T): T {
  onBoundary(`before ${label}`);
  let result: T;
  try {
    result = effect();
  } catch (error) {
    onBoundary(`failed ${label}`);
    throw error;
  }
  if (!isPromise(result)) {
    onBoundary(`after ${label}`);
    return result;
  }
  return result.then(
    (value) => {
      onBoundary(`after ${label}`);
      return value;
    },
    (error: unknown) => {
      onBoundary(`failed ${label}`);
      throw error;
    },
  ) as T;
}

function isPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise;
}
