/**
 * Reads ahead of a slower consumer, at most `depth` items. Ends, fails and stops as the source does: an error is
 * thrown after the items that came before it, and leaving the loop early returns from the source.
 */
export async function* prefetch<T>(
  source: AsyncIterable<T>,
  depth: number,
): AsyncGenerator<T, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  const items: T[] = [];
  let ended = false;
  let failure: { readonly error: unknown } | undefined;
  let stopped = false;
  let wakeReader: (() => void) | undefined;
  let wakeConsumer: (() => void) | undefined;

  const reading = (async () => {
    try {
      while (!stopped) {
        if (items.length >= depth) {
          await new Promise<void>((resolve) => {
            wakeReader = resolve;
          });
          continue;
        }
        const next = await iterator.next();
        if (next.done) break;
        items.push(next.value);
        wakeConsumer?.();
      }
    } catch (error) {
      failure = { error };
    } finally {
      ended = true;
      wakeConsumer?.();
    }
  })();

  try {
    while (true) {
      if (items.length > 0) {
        const item = items.shift() as T;
        wakeReader?.();
        yield item;
      } else if (ended) {
        if (failure) throw failure.error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          wakeConsumer = resolve;
        });
      }
    }
  } finally {
    stopped = true;
    wakeReader?.();
    if (!ended) {
      await iterator.return?.();
      await reading;
    }
  }
}
