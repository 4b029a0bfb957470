import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { KILL_VARIABLE, TRACE_VARIABLE } from './protocol.js';

/** A child that works longer than this has hung, in milliseconds. */
const CHILD_TIMEOUT_MS = 120_000;

/** Characters of the child's output that are kept for a complaint. */
const OUTPUT_TAIL = 4_000;

/** What the child is. */
export interface ChildProgram {
  /** Path of a JavaScript file; run with this Node. */
  readonly script: string;
  readonly args: (folder: string) => readonly string[];
  readonly env?: { readonly [name: string]: string };
}

/** How one run of the child ended. */
export interface ChildRun {
  readonly code: number | null;
  readonly signal: string | null;
  /** The labels of its boundaries, in order. */
  readonly trace: readonly string[];
  /** The end of what it printed. */
  readonly output: string;
  readonly timedOut: boolean;
}

/** Runs the child to its end, or to the boundary at which it kills itself. */
export async function runChild(
  program: ChildProgram,
  folder: string,
  tracePath: string,
  killAt: number | undefined,
): Promise<ChildRun> {
  rmSync(tracePath, { force: true });
  const child = spawn(process.execPath, [program.script, ...program.args(folder)], {
    cwd: folder,
    env: {
      ...process.env,
      ...program.env,
      [TRACE_VARIABLE]: tracePath,
      ...(killAt === undefined ? {} : { [KILL_VARIABLE]: String(killAt) }),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, CHILD_TIMEOUT_MS);
  const stopWithUs = () => child.kill('SIGKILL');
  process.once('exit', stopWithUs);
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-OUTPUT_TAIL);
    });
  }
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    return { code, signal, trace: readTrace(tracePath), output, timedOut };
  } finally {
    clearTimeout(timer);
    process.off('exit', stopWithUs);
  }
}

function readTrace(path: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return [];
  }
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as string);
}
