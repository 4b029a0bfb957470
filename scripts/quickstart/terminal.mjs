import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Types commands in one folder, and shows what they say, as a terminal would. */
export class Terminal {
  #folder;
  #write;
  #isBold;

  constructor({ folder, write }) {
    this.#folder = folder;
    this.#write = write;
    this.#isBold = process.stdout.isTTY === true && !process.env.NO_COLOR && !process.env.CI;
  }

  /** Text between commands. */
  say(text) {
    this.#write(`\n${text}\n`);
  }

  /** Shows a command as it is typed, runs it, and shows what it says. Throws if it fails. */
  async type(line) {
    const prompt = `$ ${line}`;
    this.#write(`\n${this.#isBold ? `\u001b[1m${prompt}\u001b[22m` : prompt}\n`);
    const [name, ...args] = wordsOf(line);
    if (name === 'cd') return;
    if (name === 'cat') {
      this.#write(args.map((file) => readFileSync(join(this.#folder, file), 'utf8')).join('\n'));
      return;
    }
    const ended = await this.#run(name === 'node' ? args : this.#npx(args));
    if (ended !== 0) throw new Error(`\`${line}\` ended with ${ended}`);
  }

  // What npx finds, started without npm's own half second.
  #npx([program, ...args]) {
    return [join(this.#folder, '..', 'node_modules', program, 'bin', `${program}.js`), ...args];
  }

  #run(args) {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, args, { cwd: this.#folder, stdio: ['ignore', 'pipe', 'pipe'] });
      for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', this.#write);
      child.on('error', reject);
      child.on('close', (code, signal) => resolve(code ?? signal));
    });
  }
}

// Words as a shell makes them, as far as the story needs it: blanks and double quotes.
function wordsOf(line) {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare);
}
