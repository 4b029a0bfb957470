import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../../support/crash/writer/main.mjs', import.meta.url));

/** One writer; the same on a table without a key; or several whose transactions overlap. */
export type WriterKind = 'serial' | 'serial-without-key' | 'overlapping';
/** One writer on a table of many rows; one that also deletes; or several whose transactions overlap. */
export type LargeWriterKind = 'large-serial' | 'large-deleting' | 'large-overlapping';

/** A process that writes to the table that is loaded, one step at a time. */
export class PostgresWriter {
  /** Holds the pipes through which the child that loads asks it for steps. */
  readonly pipes = mkdtempSync(join(tmpdir(), 'datacook-writer-'));
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;
  #errors = '';

  constructor(url: string, kind: WriterKind | LargeWriterKind, seed: number) {
    execFileSync('mkfifo', [join(this.pipes, 'questions'), join(this.pipes, 'answers')]);
    this.#child = spawn(process.execPath, [PROGRAM, url, kind, String(seed), this.pipes]);
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors += text;
    });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.#child.on('exit', () => this.#release());
  }

  /** Waits until it has its sessions. */
  async ready(): Promise<void> {
    await this.#answer('ready');
  }

  /** Takes so many steps. */
  async step(count: number): Promise<void> {
    await this.#tell(`steps ${count}`);
  }

  /** Takes step after step from now on. */
  async go(): Promise<void> {
    await this.#tell('go');
  }

  /** Adds rows at the greatest value of the cursor that there is; in a table without a key, the same ones again. */
  async tie(): Promise<void> {
    await this.#tell('tie');
  }

  /** Commits all that is open. */
  async finish(): Promise<void> {
    await this.#tell('finish');
  }

  /** Rolls back all that is open. */
  async reset(): Promise<void> {
    await this.#tell('reset');
  }

  /** Rolls back all that is open, and ends the process. */
  async close(): Promise<void> {
    try {
      if (this.#child.exitCode === null) await this.reset();
    } finally {
      this.#child.kill('SIGKILL');
      rmSync(this.pipes, { recursive: true, force: true });
    }
  }

  async #tell(order: string): Promise<void> {
    this.#child.stdin.write(`${order}\n`);
    await this.#answer('done');
  }

  async #answer(expected: string): Promise<void> {
    const { value } = await this.#answers.next();
    if (value !== expected) throw new Error(`the writer has failed: ${this.#errors}`);
  }

  // A child that waits for an answer would wait for ever.
  #release(): void {
    try {
      const answers = openSync(join(this.pipes, 'answers'), 'r+');
      writeSync(answers, '-');
      closeSync(answers);
    } catch {
      // The pipes are gone: nobody waits.
    }
  }
}
