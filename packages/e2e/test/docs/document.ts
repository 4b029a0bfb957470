import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Block, exchangesOf, fencedBlocks } from './blocks.js';
import { saysWhatIsShown } from './same-output.js';
import { REPOSITORY, typed, type Workshop } from './workshop.js';

/** Commands of `sh` blocks that need a network, a terminal or this very test run; those of npm must be scripts. */
const NOT_RUN = /^(?:git clone |cd datacook$|npm (?:install|test|run) ?)/;

/**
 * Runs a document's blocks in a workshop, from `folder`, in the order in which a reader meets them.
 *
 * - `yaml NAME`, `csv NAME`, `ts NAME`, …: the file NAME, as it lies in the repository; what isn't there is written.
 *   A recipe must be valid; TypeScript is compiled.
 * - `console`: commands, and what they say. They share the folder that `cd` leads to.
 * - `sh`: commands, run unless they can't be.
 *
 * Throws an error that names the document and line for what isn't so.
 */
export async function followDocument(path: string, workshop: Workshop, folder: string): Promise<void> {
  const reader = new Reader(path, workshop, join(workshop.root, folder));
  for (const block of fencedBlocks(await readFile(join(REPOSITORY, path), 'utf8')))
    await reader.follow(block);
}

// Types are checked, and the JavaScript lands beside it.
function compile(file: string): string {
  const options = '--strict --skipLibCheck --target es2022 --module nodenext --types node';
  const modules = join(REPOSITORY, 'node_modules');
  return `node ${modules}/typescript/bin/tsc ${options} --typeRoots ${modules}/@types ${file}`;
}

class Reader {
  readonly #path: string;
  readonly #workshop: Workshop;
  #cwd: string;

  constructor(path: string, workshop: Workshop, cwd: string) {
    this.#path = path;
    this.#workshop = workshop;
    this.#cwd = cwd;
  }

  async follow(block: Block): Promise<void> {
    const at = `${this.#path}:${block.line}`;
    if (block.language === 'console') {
      for (const { command, shown } of exchangesOf(block)) await this.#exchange(command, shown, at);
    } else if (block.language === 'sh') {
      for (const command of block.text.trim().split('\n')) await this.#command(command, at);
    } else if (block.name !== undefined) {
      await this.#file(block, block.name, at);
    } else if (block.language !== 'text') {
      throw new Error(
        `${at}: a block of ${block.language || 'nothing'} that no test reads: name its file, or make it text`,
      );
    }
  }

  async #exchange(command: string, shown: string, at: string): Promise<void> {
    if (this.#changesFolder(command)) return;
    const { output } = await typed(command, this.#cwd);
    if (!saysWhatIsShown(shown, output)) {
      throw new Error(
        `${at}: \`${command}\` doesn't say what is shown.\n--- shown\n${shown}--- said\n${output}`,
      );
    }
  }

  async #command(command: string, at: string): Promise<void> {
    const script = /^npm (?:run )?(test|(?<=run )\S+)$/.exec(command)?.[1];
    if (script !== undefined) {
      const { scripts } = JSON.parse(await readFile(join(REPOSITORY, 'package.json'), 'utf8')) as {
        readonly scripts: { readonly [name: string]: string };
      };
      if (scripts[script] === undefined) throw new Error(`${at}: there is no script ${script}`);
    }
    if (NOT_RUN.test(command) || this.#changesFolder(command)) return;
    await this.#must(command, at);
  }

  #changesFolder(command: string): boolean {
    const folder = /^cd (\S+)$/.exec(command)?.[1];
    if (folder !== undefined) this.#cwd = resolve(this.#cwd, folder);
    return folder !== undefined;
  }

  async #file({ language, text }: Block, name: string, at: string): Promise<void> {
    const file = resolve(this.#cwd, name);
    if (!file.startsWith(this.#workshop.root)) throw new Error(`${at}: ${name} lies outside`);
    const exists = await access(file).then(
      () => true,
      () => false,
    );
    if (!exists) {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, text);
    } else if ((await readFile(file, 'utf8')) !== text) {
      throw new Error(`${at}: the block is not what ${name} says`);
    }
    if (language === 'ts') await this.#must(compile(name), at);
    if (language === 'yaml' && !name.endsWith('datacook.yaml')) {
      await this.#must(`npx datacook validate ${name.split('/').at(-1)}`, at, dirname(file));
    }
  }

  async #must(command: string, at: string, cwd = this.#cwd): Promise<void> {
    const { output, code } = await typed(command, cwd);
    if (code !== 0) throw new Error(`${at}: \`${command}\` ended with ${code}\n${output}`);
  }
}
