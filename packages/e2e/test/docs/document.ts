import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Block, exchangesOf, fencedBlocks } from './blocks.js';
import { saysWhatIsShown } from './same-output.js';
import { REPOSITORY, typed, type Workshop } from './workshop.js';

/** Commands of `sh` blocks that need a network, or are this very test run; those of npm must be scripts. */
const NOT_RUN = /^npm (?:install|test|run)\b/;
/** Files that are no recipe, or are shown because they are wrong. */
const NOT_VALIDATED = /(?:^|\/)(?:datacook|broken\w*)\.yaml$/;

/**
 * Runs a document's blocks in a workshop, from `folder`, in the order in which a reader meets them.
 *
 * - `yaml NAME`, `csv NAME`, `ts NAME`, …: the file NAME, as it lies in the repository; what isn't there is written.
 *   A recipe must be valid, unless it is called `broken…`; TypeScript is compiled.
 * - `console`: commands, and what they say. They share the folder that `cd` leads to.
 * - `sh`: commands, run unless they can't be.
 * - `json`: is JSON. `text`: anything.
 *
 * Throws an error that names the document and line for what isn't so.
 */
export async function followDocument(path: string, workshop: Workshop, folder: string): Promise<void> {
  const reader = new Reader(path, workshop, join(workshop.root, folder));
  for (const block of fencedBlocks(await readFile(join(REPOSITORY, path), 'utf8')))
    await reader.follow(block);
}

// Types are checked, also those of JavaScript; that of a TypeScript file lands beside it.
function compile(file: string, language: 'ts' | 'js'): string {
  const kind = language === 'js' ? '--allowJs --checkJs --noEmit' : '';
  const options = '--strict --skipLibCheck --target es2022 --module nodenext --types node';
  const modules = join(REPOSITORY, 'node_modules');
  return `node ${modules}/typescript/bin/tsc ${kind} ${options} --typeRoots ${modules}/@types ${file}`;
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
    } else if (block.language === 'json') {
      JSON.parse(block.text);
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
    if (language === 'ts' || language === 'js') await this.#must(compile(name, language), at);
    if (language === 'yaml' && !NOT_VALIDATED.test(name)) {
      await this.#must(`npx datacook validate ${name.split('/').at(-1)}`, at, dirname(file));
    }
  }

  async #must(command: string, at: string, cwd = this.#cwd): Promise<void> {
    const { output, code } = await typed(command, cwd);
    if (code !== 0) throw new Error(`${at}: \`${command}\` ended with ${code}\n${output}`);
  }
}
