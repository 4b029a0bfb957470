import { execFile } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/**
 * Where one child at a time works. The folder has the same path in each trial, since positions and identities may
 * hold paths; what it holds at the beginning, and after a crash, is put aside and laid out again. Copies keep times
 * to the nanosecond, which Node's own copying doesn't.
 */
export class Workplace {
  /** Where the child works. */
  readonly folder: string;
  /** Where the child's trace lies; not among what is put aside. */
  readonly tracePath: string;
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
    this.folder = join(root, 'work');
    this.tracePath = join(root, 'trace');
    mkdirSync(this.folder, { recursive: true });
  }

  /** Keeps a copy of the folder under a name. */
  async putAside(name: string): Promise<void> {
    await copy(this.folder, join(this.#root, name));
  }

  /** Makes the folder what was put aside under a name. */
  async layOut(name: string): Promise<void> {
    await copy(join(this.#root, name), this.folder);
  }

  remove(): void {
    rmSync(this.#root, { recursive: true, force: true });
  }
}

async function copy(from: string, to: string): Promise<void> {
  rmSync(to, { recursive: true, force: true });
  await execute('cp', ['-a', from, to]);
}
