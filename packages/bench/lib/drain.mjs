import { fileURLToPath } from 'node:url';
import { measure } from './measure.mjs';

const DRAIN_COPY = fileURLToPath(new URL('../workloads/drain-copy.mjs', import.meta.url));

/** Measures a process that drains the binary COPY of a SELECT's rows. Returns the rows and the stream's bytes too. */
export async function drainCopy(folder, url, select) {
  const run = await measure(folder, DRAIN_COPY, [url, `copy (${select}) to stdout (format binary)`]);
  const { messages, bytes } = JSON.parse(run.output);
  // The last message is the trailer of the format.
  return { ...run, rows: messages - 1, bytes };
}
