import { openSync, writeSync } from 'node:fs';
import type { OnBoundary } from '../boundaries/boundary.js';
import { KILL_VARIABLE, TRACE_VARIABLE } from './protocol.js';

/**
 * For the child of a crash matrix: what to call at each boundary. It writes the label to the trace, and, at the
 * boundary that the parent has chosen, the process ends by SIGKILL, there and then.
 *
 * @throws TypeError if the boundary's number isn't one.
 */
export function childBoundaries(environment: NodeJS.ProcessEnv = process.env): OnBoundary {
  const path = environment[TRACE_VARIABLE];
  const chosen = environment[KILL_VARIABLE];
  const killAt = chosen === undefined ? undefined : Number(chosen);
  if (killAt !== undefined && !(Number.isInteger(killAt) && killAt > 0)) {
    throw new TypeError(`${KILL_VARIABLE} must be a positive integer: ${chosen}`);
  }
  // Through a descriptor that was opened before anything is patched.
  const trace = path === undefined ? undefined : openSync(path, 'w');
  let count = 0;
  return (label) => {
    count += 1;
    if (trace !== undefined) writeSync(trace, `${JSON.stringify(label)}\n`);
    if (count === killAt) killThisProcess();
  };
}

/** Ends this process as a power cut would: no handler runs, nothing is flushed. */
function killThisProcess(): never {
  process.kill(process.pid, 'SIGKILL');
  // The signal may take its time to arrive; nothing more happens here.
  const never = new Int32Array(new SharedArrayBuffer(4));
  while (true) Atomics.wait(never, 0, 0);
}
