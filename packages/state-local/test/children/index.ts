import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The path of a program beside this file. */
export function childPath(name: string): string {
  return fileURLToPath(new URL(`${name}.mjs`, import.meta.url));
}

export function startChild(name: string, ...parameters: readonly string[]): ChildProcess {
  return spawn(process.execPath, [childPath(name), ...parameters], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** What the child printed, and how it ended. */
export async function childOutput(
  child: ChildProcess,
): Promise<{ readonly output: string; readonly code: number | null; readonly signal: string | null }> {
  let output = '';
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { output, code, signal };
}
