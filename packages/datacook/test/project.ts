import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';

const WORKSPACE = fileURLToPath(new URL('../../../', import.meta.url));
/** The program. */
export const BINARY = join(WORKSPACE, 'packages/datacook/bin/datacook.js');

/** What a program is started through, where it is. */
type Through = readonly string[];

/**
 * For a program that the rights of files hold for, as they do not for root. It stays root, so that it can read itself
 * and run Node wherever they lie, but without the power to pass over rights: a mode of 0 closes a folder.
 */
export const BOUND_BY_RIGHTS: Through =
  process.getuid?.() === 0
    ? ['setpriv', ...['--bounding-set', '--inh-caps'].map((set) => `${set}=-dac_override,-dac_read_search`)]
    : [];

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command under way. */
export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Ends when stderr has said it; fails if the command ends before that. */
  said(text: string): Promise<void>;
}

/** A user's project in a temporary folder, with the DuckDB connector and an odd one of its own installed. */
export class TestProject {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<TestProject> {
    const project = new TestProject(await mkdtemp(join(tmpdir(), 'datacook-cli-')));
    const dependencies = { '@datacook/connector-duckdb': '*', 'datacook-connector-odd': '*' };
    await project.write('package.json', JSON.stringify({ name: 'shop', private: true, dependencies }));
    await project.write('node_modules/datacook-connector-odd/package.json', JSON.stringify(ODD_PACKAGE));
    await project.write('node_modules/datacook-connector-odd/manifest.json', JSON.stringify(ODD_MANIFEST));
    await project.write('node_modules/datacook-connector-odd/source.js', ODD_SOURCE);
    await project.write('node_modules/datacook-connector-odd/config.js', ODD_CONFIG);
    await mkdir(join(project.folder, 'node_modules/@datacook'));
    await symlink(
      join(WORKSPACE, 'connectors/duckdb'),
      join(project.folder, 'node_modules/@datacook/connector-duckdb'),
      'junction',
    );
    return project;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async write(name: string, text: string): Promise<string> {
    await mkdir(dirname(this.path(name)), { recursive: true });
    await writeFile(this.path(name), text);
    return this.path(name);
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }

  /** Begins a command in the project's folder. */
  start(args: readonly string[], env: NodeJS.ProcessEnv = {}, through: Through = []): Running {
    return this.startProgram(BINARY, args, env, through);
  }

  /** Begins a program in the project's folder. */
  startProgram(
    file: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv = {},
    through: Through = [],
  ): Running {
    const [command, ...rest] = [...through, process.execPath, file, ...args];
    const child = spawn(command as string, rest, {
      cwd: this.folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const ended = new Promise<Ended>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    });
    const said = (text: string) =>
      new Promise<void>((resolve, reject) => {
        const look = () => {
          if (stderr.includes(text)) resolve();
        };
        child.stderr.on('data', look);
        child.on('close', () => reject(new Error(`it ended without saying ${text}:\n${stderr}`)));
        look();
      });
    return { process: child, ended, said };
  }

  /** Runs a command to its end. */
  run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
    return this.start(args, env).ended;
  }

  /** The rows that a query of one of the project's databases gives, as text. */
  async query(sql: string, database = 'out.duckdb'): Promise<readonly (readonly (string | null)[])[]> {
    const instance = await DuckDBInstance.create(this.path(database));
    const connection = await instance.connect();
    try {
      const rows = (await connection.runAndReadAll(sql)).getRows();
      return rows.map((row) => row.map((value) => (value === null ? null : String(value))));
    } finally {
      connection.closeSync();
      instance.closeSync();
    }
  }
}

/** A recipe that loads `data/*.csv` into `out.duckdb`. Written to `recipes/`. */
export const ORDERS = `name: orders
source: { type: file, path: ../data/*.csv, format: csv, incremental: { strategy: new_files } }
transform:
  steps:
    - { id: names, type: rename_columns, mapping: { fname: first_name } }
destination: { type: duckdb, path: ../out.duckdb, table: orders }
`;

export const ORDERS_CSV = 'id,fname,amount\n1,Ada,1.5\n2,Grace,\n3,"",7\n';

/** A recipe whose source behaves oddly. */
export function oddRecipe(behaviour: string, runtime = '{}'): string {
  return `name: odd
source: { type: odd, behaviour: ${behaviour} }
destination: { type: duckdb, path: ../out.duckdb, table: odd }
runtime: ${runtime}
`;
}

const ODD_PACKAGE = {
  name: 'datacook-connector-odd',
  version: '1.0.0',
  type: 'module',
  datacook: {
    contract: 1,
    manifest: './manifest.json',
    provides: [{ role: 'source', type: 'odd', module: './source.js', config: './config.js' }],
  },
};

const ODD_MANIFEST = {
  version: 1,
  contract: 1,
  package: 'datacook-connector-odd',
  package_version: '1.0.0',
  provides: [
    {
      role: 'source',
      type: 'odd',
      module: './source.js',
      config: './config.js',
      config_schema: {
        type: 'object',
        properties: { behaviour: { type: 'string' }, password: { type: 'string', datacook: 'secret' } },
      },
    },
  ],
};

const ODD_CONFIG = 'export default { parse: (value) => value };\n';

const ODD_SOURCE = `import config from './config.js';
const schema = { fields: [{ name: 'id', type: { kind: 'int', bits: 32, signed: true }, nullable: false }] };
const behaviours = {
  stuck: () => new Promise(() => setInterval(() => {}, 60_000)),
  halted: () => new Promise(() => {}),
  broken: () => Promise.reject(new Error('it broke, as it was told to')),
  crash: () => new Promise(() => setImmediate(() => { throw new Error('out of the blue'); })),
};
export default {
  contract: 1,
  role: 'source',
  type: 'odd',
  config,
  open: ({ behaviour }) => ({
    streams: async () => [{ name: 'odd', schema }],
    plan: async () => ({ partitions: [{ id: 'p', spec: null }], restart: 'position', keysDisjoint: true, next: 1 }),
    async *read() {
      await behaviours[behaviour]();
    },
    close: async () => {},
  }),
};
`;
