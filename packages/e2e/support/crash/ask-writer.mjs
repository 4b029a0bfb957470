// The child's line to the process that writes to the source: it asks and waits, so that both take turns, and a run can be
// repeated.
import { openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Opens the line through the two pipes of a folder. */
export function openWriterLine(folder) {
  // For reading as well, so that opening waits for nobody.
  const questions = openSync(join(folder, 'questions'), 'r+');
  const answers = openSync(join(folder, 'answers'), 'r+');
  const answer = Buffer.alloc(1);
  return {
    /** Tells the writer to do something, and waits until it is done. */
    ask(what) {
      writeSync(questions, `${what}\n`);
      readSync(answers, answer);
      if (answer.toString() !== '+') throw new Error('the writer has ended');
    },
  };
}
