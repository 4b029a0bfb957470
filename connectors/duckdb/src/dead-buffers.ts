import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes of buffers below which it is not worth the time. */
const WORTH_IT = 64 * 1024 * 1024;

let collect: (() => void) | undefined;

/**
 * Frees the buffers of batches that have been written. Their own memory is small to the garbage collector, which lets
 * them lie for long: with 3 million rows some 150 MB, beside all that DuckDB takes for a merge. Blocks for some 30 ms.
 */
export function freeDeadBuffers(): void {
  if (process.memoryUsage().arrayBuffers < WORTH_IT) return;
  if (collect === undefined) {
    // Contexts that are made from now on have `gc`; the flag is taken back at once.
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
    setFlagsFromString('--no-expose-gc');
  }
  collect();
}
