import { openSync, writeSync } from 'node:fs';
import type { OnBoundary } from '../boundaries/boundary.js';
import {
  KILL_VARIABLE,
  OVERTAKEN_VARIABLE,
  STOP_DESCRIPTOR,
  STOP_VARIABLE,
  TRACE_VARIABLE,
} from './protocol.js';

/**
 * For the child of a crash or zombie matrix: what to call at each boundary. It writes the label to the trace, and, at
 * the boundary that the parent has chosen, the process ends by SIGKILL, or stops by SIGSTOP, there and then.
 *
 * @param onResumed Called when the process goes on after it was stopped.
 * @throws TypeError if the boundary's number isn't one.
 */
export function childBoundaries(
  environment: NodeJS.ProcessEnv = process.env,
  onResumed: () => void = () => undefined,
): OnBoundary {
  const path = environment[TRACE_VARIABLE];
  const killAt = numberIn(environment, KILL_VARIABLE);
  const stopAt = numberIn(environment, STOP_VARIABLE);
  // Through a descriptor that was opened before anything is patched.
  const trace = path === undefined ? undefined : openSync(path, 'w');
  let count = 0;
  return (label) => {
    count += 1;
    if (trace !== undefined) writeSync(trace, `${JSON.stringify(label)}\n`);
    if (count === killAt) killThisProcess();
    if (count !== stopAt) return;
    stopThisProcess();
    onResumed();
  };
}

/** Whether another child overtakes this one: once it goes on again, it is to end its own work, and begin nothing more. */
export function isToBeOvertaken(environment: NodeJS.ProcessEnv = process.env): boolean {
  return environment[OVERTAKEN_VARIABLE] !== undefined;
}

function numberIn(environment: NodeJS.ProcessEnv, variable: string): number | undefined {
  const text = environment[variable];
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!(Number.isInteger(number) && number > 0)) {
    throw new TypeError(`${variable} must be a positive integer: ${text}`);
  }
  return number;
}

/** Ends this process as a power cut would: no handler runs, nothing is flushed. */
function killThisProcess(): never {
  process.kill(process.pid, 'SIGKILL');
  // The signal may take its time to arrive; nothing more happens here.
  const never = new Int32Array(new SharedArrayBuffer(4));
  while (true) Atomics.wait(never, 0, 0);
}

/** All its threads stand still until SIGCONT comes. */
function stopThisProcess(): void {
  writeSync(STOP_DESCRIPTOR, '.');
  process.kill(process.pid, 'SIGSTOP');
}
