import { between, type OnBoundary } from './boundary.js';

/** The same items, each one between two boundaries. */
export function iterateBetween<T>(
  label: string,
  onBoundary: OnBoundary,
  items: AsyncIterable<T>,
): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]: () => {
      const iterator = items[Symbol.asyncIterator]();
      return {
        next: () => between(label, onBoundary, () => iterator.next()),
        return: () =>
          between(`${label} (stopped)`, onBoundary, async () => {
            await iterator.return?.();
            return { done: true as const, value: undefined };
          }),
      };
    },
  };
}
