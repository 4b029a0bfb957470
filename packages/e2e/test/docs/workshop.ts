import { spawn } from 'node:child_process';
import { cp, mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const REPOSITORY = dirname(dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url))))));

/** What running the examples leaves in the checkout. */
const MADE = /^(?:node_modules|data|\.datacook|.*\.duckdb(?:\.wal)?)$/;

/** A copy of the examples as they are checked out, in which everything can be run. */
export class Workshop {
  /** What stands for the repository's root. */
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  static async open(): Promise<Workshop> {
    const root = await realpath(await mkdtemp(join(tmpdir(), 'datacook-docs-')));
    const examples = join(REPOSITORY, 'examples');
    await cp(examples, join(root, 'examples'), {
      recursive: true,
      filter: (source) => source === examples || !MADE.test(basename(source)),
    });
    await symlink(join(examples, 'node_modules'), join(root, 'examples', 'node_modules'));
    return new Workshop(root);
  }

  async close(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }
}

/** What a command line said, on stdout and stderr as they came, and its exit code. */
export interface Said {
  readonly output: string;
  readonly code: number | string | null;
}

/** Runs a command line as it is typed. */
export function typed(command: string, cwd: string): Promise<Said> {
  const { CI: _ci, ...inherited } = process.env;
  const env = { ...inherited, NO_COLOR: '1', npm_config_update_notifier: 'false', npm_config_yes: 'false' };
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', `exec 2>&1\n${command}`], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ output, code: code ?? signal }));
  });
}
