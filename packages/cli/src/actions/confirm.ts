import { createInterface } from 'node:readline/promises';
import { DatacookError } from '@datacook/core';

/** Where a question is asked, and answered. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean };
}

/** The terminal of this process: results may go elsewhere. */
export const ownTerminal = (): Terminal => ({ input: process.stdin, output: process.stderr });

/**
 * Throws CONFIG where a command that asks before it acts has nobody to ask, and was not told `--yes`. Called before
 * anything else is done.
 */
export function checkCanAsk(command: string, yes: boolean, { input, output }: Terminal): void {
  if (yes || (input.isTTY && output.isTTY)) return;
  throw new DatacookError('CONFIG', `${command} asks before it changes anything, and this is no terminal`, {
    hint: 'give --yes to have it done unasked',
  });
}

/** Asks a question that is answered by yes or no; the end of the input is a no. */
export async function ask(question: string, { input, output }: Terminal): Promise<boolean> {
  // Not as a terminal: Ctrl-C stays a signal.
  const reader = createInterface({ input, output, terminal: false });
  const gone = new Promise<string>((resolve) => {
    reader.once('close', () => resolve(''));
  });
  try {
    const answer = await Promise.race([reader.question(`${question} [y/N] `), gone]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    reader.close();
  }
}
