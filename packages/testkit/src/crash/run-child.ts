import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import {
  KILL_VARIABLE,
  OVERTAKEN_VARIABLE,
  STOP_DESCRIPTOR,
  STOP_VARIABLE,
  TRACE_VARIABLE,
} from './protocol.js';

/** A child that works longer than this has hung, in milliseconds. */
const CHILD_TIMEOUT_MS = 120_000;
/** Between two looks at whether a child that is about to stop stands still. */
const STOP_POLL_MS = 2;
/** Between two looks at whether a child has come to its first boundary. */
const START_POLL_MS = 10;

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

/** What befalls the child: it kills, or stops, itself at a boundary. */
export interface Fate {
  readonly killAt?: number;
  readonly stopAt?: number;
  /** It is killed from outside, so many milliseconds after its first boundary. */
  readonly killAfterMs?: number;
  /** Another child overtakes it while it stands still. */
  readonly isOvertaken?: boolean;
}

/** A run of the child that may stand still. */
export interface RunningChild {
  readonly pid: number;
  /** Settles when it stands still at the chosen boundary (true), or has ended before it came there (false). */
  readonly stopped: Promise<boolean>;
  readonly ended: Promise<ChildRun>;
  /** Lets it go on. */
  resume(): void;
  /** Ends it, if it still lives. */
  kill(): void;
}

/** Runs the child to its end, or to the boundary at which it kills itself. */
export function runChild(
  program: ChildProgram,
  folder: string,
  tracePath: string,
  fate: Pick<Fate, 'killAt'> = {},
): Promise<ChildRun> {
  return startChild(program, folder, tracePath, fate).ended;
}

/** Starts the child. */
export function startChild(
  program: ChildProgram,
  folder: string,
  tracePath: string,
  { killAt, stopAt, killAfterMs, isOvertaken }: Fate,
): RunningChild {
  rmSync(tracePath, { force: true });
  const child = spawn(process.execPath, [program.script, ...program.args(folder)], {
    cwd: folder,
    env: {
      ...process.env,
      ...program.env,
      [TRACE_VARIABLE]: tracePath,
      ...(killAt === undefined ? {} : { [KILL_VARIABLE]: String(killAt) }),
      ...(stopAt === undefined ? {} : { [STOP_VARIABLE]: String(stopAt) }),
      ...(isOvertaken ? { [OVERTAKEN_VARIABLE]: '1' } : {}),
    },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const ended = endOf(child, tracePath);
  if (killAfterMs !== undefined) void killLater(child, tracePath, killAfterMs);
  return {
    pid: child.pid as number,
    stopped: stopOf(child, ended),
    ended,
    resume: () => void child.kill('SIGCONT'),
    kill: () => void child.kill('SIGKILL'),
  };
}

async function endOf(child: ChildProcess, tracePath: string): Promise<ChildRun> {
  let output = '';
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, CHILD_TIMEOUT_MS);
  const stopWithUs = () => child.kill('SIGKILL');
  process.once('exit', stopWithUs);
  for (const stream of [child.stdout, child.stderr] as Readable[]) {
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

async function killLater(child: ChildProcess, tracePath: string, afterMs: number): Promise<void> {
  while (child.exitCode === null && !(existsSync(tracePath) && statSync(tracePath).size > 0))
    await delay(START_POLL_MS);
  await delay(afterMs, undefined, { ref: false });
  child.kill('SIGKILL');
}

async function stopOf(child: ChildProcess, ended: Promise<ChildRun>): Promise<boolean> {
  const pipe = child.stdio[STOP_DESCRIPTOR] as Readable;
  const announced = new Promise<boolean>((resolve) => pipe.once('data', () => resolve(true)));
  if (!(await Promise.race([announced, ended.then(() => false)]))) return false;
  while (!isStopped(child.pid as number)) await delay(STOP_POLL_MS);
  return true;
}

function isStopped(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  // The state comes after the command, which stands in parentheses.
  const state = existsSync(stat)
    ? readFileSync(stat, 'utf8').replace(/^.*\) /s, '')
    : execFileSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8' });
  return state.startsWith('T');
}

/** The labels that a child has written. */
export function readTrace(path: string): readonly string[] {
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

/** How it ended, for people. */
export function describeEnd({ code, signal, output, timedOut, trace }: ChildRun): string {
  const last = `boundary ${trace.length} (${trace.at(-1) ?? 'none'})`;
  const how = timedOut
    ? `it hung, and was stopped; the last was ${last}`
    : signal
      ? `ended by ${signal}`
      : `exit code ${code}`;
  return `${how}: ${output.trim() || '(no output)'}`;
}
