import type { Writable } from 'node:stream';
import type { WriteStream } from 'node:tty';

/** How text is shown. */
export interface TextOptions {
  /** Files below this folder are shown relative to it. */
  readonly cwd: string;
  /** Show stack traces. */
  readonly debug: boolean;
}

type Colour = 'red' | 'yellow' | 'bold';

const CODES: { readonly [colour in Colour]: readonly [number, number] } = {
  bold: [1, 22],
  red: [31, 39],
  yellow: [33, 39],
};

/**
 * Where commands write: results to stdout, everything else to stderr. A reader that has gone (`| head`) is no
 * error: what is written after that is dropped. So it is where writing fails, as on a full disk, but that is said on
 * stderr, and results are lost.
 */
export class Output {
  readonly #stdout: Writable;
  readonly #stderr: Writable;
  readonly #closed = new Set<Writable>();
  readonly options: TextOptions;
  #lost = false;

  constructor(stdout: Writable, stderr: Writable, debug: boolean) {
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.options = { cwd: process.cwd(), debug };
    for (const stream of [stdout, stderr]) stream.on('error', (error) => this.#onError(stream, error));
  }

  /** Whether results could not be written, though someone waits for them. */
  get isLost(): boolean {
    return this.#lost;
  }

  /** Writes a result to stdout. */
  result(text: string): void {
    this.#write(this.#stdout, text);
  }

  /** Writes a document to stdout, as JSON. */
  json(value: unknown): void {
    this.result(JSON.stringify(value, null, 2));
  }

  /** Writes what happens to stderr. */
  info(text: string): void {
    this.#write(this.#stderr, text);
  }

  /** Writes a warning to stderr. The word before it is added. */
  warning(text: string): void {
    this.info(`${paint(this.#stderr, 'yellow', 'warning')}: ${text}`);
  }

  /** Writes an error to stderr. The word before it is added. */
  error(text: string): void {
    this.info(`${paint(this.#stderr, 'red', 'error')}: ${text}`);
  }

  /** Makes text that goes to stdout bold, where the terminal can. */
  bold(text: string): string {
    return paint(this.#stdout, 'bold', text);
  }

  /** Ends when everything written has left the process. */
  async flush(): Promise<void> {
    for (const stream of [this.#stdout, this.#stderr]) {
      if (this.#closed.has(stream)) continue;
      await new Promise<void>((resolve) => {
        stream.write('', (error) => {
          if (error) this.#onError(stream, error);
          resolve();
        });
      });
    }
  }

  #write(stream: Writable, text: string): void {
    if (!this.#closed.has(stream)) stream.write(`${text}\n`);
  }

  #onError(stream: Writable, error: NodeJS.ErrnoException): void {
    if (this.#closed.has(stream)) return;
    this.#closed.add(stream);
    if (error.code === 'EPIPE' || stream !== this.#stdout) return;
    this.#lost = true;
    this.error(`the results can't be written to stdout: ${error.message}`);
  }
}

function paint(stream: Writable, colour: Colour, text: string): string {
  const terminal = stream as Partial<WriteStream>;
  const [on, off] = CODES[colour];
  const wanted = terminal.isTTY === true && !process.env['CI'] && terminal.hasColors?.() === true;
  return wanted ? `\u001b[${on}m${text}\u001b[${off}m` : text;
}
