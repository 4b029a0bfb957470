import { rmSync } from 'node:fs';
import type { DatacookError, PluginInfo } from '@datacook/core';
import { describe, expect, test } from 'vitest';
import { discoverPlugins } from '../src/discover-plugins.js';
import type { Registry } from '../src/registry.js';
import { CSV, loaded, POSTGRES, Project } from './project.js';

const NAME = '@datacook/connector-postgres';
const HOME = `node_modules/${NAME}`;

async function discover(project: Project, from = '.', program?: string): Promise<Registry> {
  return discoverPlugins({
    from: project.path(from),
    ...(program === undefined ? {} : { program: project.path(program) }),
  });
}

async function only(project: Project): Promise<PluginInfo> {
  const [info, ...others] = (await discover(project)).list();
  expect(others).toEqual([]);
  return info!;
}

function errorOf(action: () => unknown): DatacookError {
  try {
    action();
  } catch (error) {
    return error as DatacookError;
  }
  throw new Error('nothing was thrown');
}

describe('discoverPlugins', () => {
  test('looks from a link first, and then from where it leads to', async () => {
    const csv = 'datacook-format-csv';
    const project = new Project()
      .root('deployed', [NAME])
      .plugin(`deployed/${HOME}`, NAME, [POSTGRES])
      .root('shared', [NAME, csv])
      .plugin(`shared/${HOME}`, NAME, [POSTGRES])
      .plugin(`shared/node_modules/${csv}`, csv, [CSV])
      .write('shared/recipes/a.yaml', '')
      .link('deployed/recipes', 'shared/recipes');
    const registry = await discover(project, 'deployed/recipes');
    expect(registry.find('source', 'postgres').path).toBe(project.path('deployed', HOME));
    expect(registry.find('format', 'csv').path).toBe(project.path('shared/node_modules', csv));
    const folders = await discoverPlugins({ from: [project.path('deployed'), project.path('shared')] });
    expect(folders.find('format', 'csv').package).toBe(csv);
  });

  test('finds declared dependencies, knows all that their manifests say, and loads nothing', async () => {
    const project = new Project().root('.', [NAME]).plugin(HOME, NAME, [POSTGRES]);
    project.manifest(HOME, [
      {
        ...POSTGRES,
        modes: { append: 'exactly_once' },
        max_writers: 4,
        checkpoint: { rows: 10 },
        identifiers: { maxBytes: 63, folds: 'lower' },
        config_schema: { type: 'object' },
      },
    ]);
    const registry = await discover(project, 'recipes/deep');
    expect(registry.list()).toEqual([
      {
        ...POSTGRES,
        package: NAME,
        packageVersion: '1.2.3',
        path: project.path(HOME),
        contract: 1,
        needs: [],
        modes: { append: 'exactly_once' },
        maxWriters: 4,
        checkpoint: { rows: 10 },
        identifiers: { maxBytes: 63, folds: 'lower' },
        configSchema: { type: 'object' },
      },
    ]);
    expect(registry.find('source', 'postgres')).toEqual(registry.list()[0]);
    expect(loaded).toEqual([]);
  });

  test('imports the config alone for the config, and each module once', async () => {
    const project = new Project().root('.', [NAME]).plugin(HOME, NAME, [POSTGRES]);
    const registry = await discover(project);
    const config = await registry.config('source', 'postgres');
    expect(config.parse(1)).toEqual({ parsed: 1 });
    expect(loaded).toEqual([`${NAME}/source-postgres-config`]);
    const [one, other] = await Promise.all([
      registry.load('source', 'postgres'),
      registry.load('source', 'postgres'),
    ]);
    expect(one).toBe(other);
    expect(one).toMatchObject({ role: 'source', type: 'postgres', from: NAME });
    expect(await registry.config('source', 'postgres')).toBe(config);
    expect(loaded).toEqual([`${NAME}/source-postgres-config`, `${NAME}/source-postgres`]);
  });

  test('looks only at names that may be plug-ins, and takes only what has a manifest', async () => {
    const names = [
      '@datacook/format-csv',
      'datacook-connector-a',
      '@acme/datacook-transforms-b',
      '@datacook/core',
      '@acme/connector-c',
      'connector-d',
      'my-datacook-connector-e',
      'datacook-connector-plain',
    ];
    const project = new Project().root('.', names);
    for (const name of names) project.plugin(`node_modules/${name}`, name, [{ role: 'format', type: name }]);
    project.write('node_modules/datacook-connector-plain/package.json', { name: 'datacook-connector-plain' });
    expect((await discover(project)).list().map((info) => info.package)).toEqual([
      '@acme/datacook-transforms-b',
      '@datacook/format-csv',
      'datacook-connector-a',
    ]);
  });

  test('takes dependencies, development and optional ones, and none that nobody declares', async () => {
    const project = new Project().write('package.json', {
      dependencies: { 'datacook-format-a': '1' },
      devDependencies: { 'datacook-format-b': '1' },
      optionalDependencies: { 'datacook-format-c': '1' },
      peerDependencies: { 'datacook-format-d': '1' },
    });
    for (const letter of 'abcde') {
      const name = `datacook-format-${letter}`;
      project.plugin(`node_modules/${name}`, name, [{ role: 'format', type: letter }]);
    }
    expect((await discover(project)).list().map(({ type }) => type)).toEqual(['a', 'b', 'c']);
  });

  test('finds a package that does not export its package.json', async () => {
    const project = new Project().root('.', [NAME]);
    project.plugin(HOME, NAME, [POSTGRES], {}, { exports: { '.': './dist/index.js' } });
    expect((await only(project)).path).toBe(project.path(HOME));
  });

  test('takes a package without a manifest file by its package.json', async () => {
    const project = new Project().root('.', ['datacook-format-x']);
    project.write('node_modules/datacook-format-x/package.json', {
      name: 'datacook-format-x',
      version: '1.0.0',
      datacook: {
        contract: 1,
        provides: [{ role: 'format', type: 'x', module: './x.js', config: './c.js' }],
      },
    });
    expect(await only(project)).toMatchObject({ role: 'format', type: 'x', needs: [] });
    expect((await only(project)).problem).toBeUndefined();
  });

  test('follows the links of pnpm, from the project and from the program', async () => {
    const store = 'node_modules/.pnpm';
    const project = new Project().root('.', [NAME, 'datacook']);
    project.plugin(`${store}/pg@1/node_modules/${NAME}`, NAME, [POSTGRES]);
    project.link(HOME, `${store}/pg@1/node_modules/${NAME}`);
    const program = `${store}/datacook@1/node_modules/datacook`;
    project.root(program, ['@datacook/format-csv'], { name: 'datacook' });
    project.write(`${program}/dist/package.json`, { type: 'module' }).write(`${program}/dist/cli.js`, '');
    project.link('node_modules/datacook', program);
    project.plugin(`${store}/csv@1/node_modules/@datacook/format-csv`, '@datacook/format-csv', [CSV]);
    project.link(
      `${store}/datacook@1/node_modules/@datacook/format-csv`,
      `${store}/csv@1/node_modules/@datacook/format-csv`,
    );
    const registry = await discover(project, '.', 'node_modules/datacook/dist/cli.js');
    expect(registry.list().map(({ type, path }) => [type, path])).toEqual([
      ['postgres', project.path(`${store}/pg@1/node_modules/${NAME}`)],
      ['csv', project.path(`${store}/csv@1/node_modules/@datacook/format-csv`)],
    ]);
    expect(await registry.load('format', 'csv')).toMatchObject({ from: '@datacook/format-csv' });
  });

  test('sees a workspace from a package in it: its own dependencies, hoisted ones, and those of the workspace', async () => {
    const project = new Project().root('.', [NAME]).root('packages/inner', ['@datacook/format-csv']);
    project.plugin(HOME, NAME, [POSTGRES]);
    project.plugin('node_modules/@datacook/format-csv', '@datacook/format-csv', [CSV]);
    const keys = async (from: string) => (await discover(project, from)).list().map(({ type }) => type);
    expect(await keys('packages/inner/recipes')).toEqual(['postgres', 'csv']);
    expect(await keys('.')).toEqual(['postgres']);
  });

  test('prefers the nearer root, and says what it stands before', async () => {
    const project = new Project().root('.', [NAME]).root('inner', ['@acme/datacook-connector-pg']);
    project.plugin(HOME, NAME, [POSTGRES]);
    project.plugin('inner/node_modules/@acme/datacook-connector-pg', '@acme/datacook-connector-pg', [
      POSTGRES,
    ]);
    const registry = await discover(project, 'inner');
    expect(registry.list()).toHaveLength(1);
    expect(registry.find('source', 'postgres')).toMatchObject({
      package: '@acme/datacook-connector-pg',
      note: `it stands before ${NAME} 1.2.3 of ${project.path('package.json')}`,
    });
  });

  test('has nothing to say of one package that two roots see', async () => {
    const project = new Project().root('.', [NAME]).root('inner', [NAME]).plugin(HOME, NAME, [POSTGRES]);
    const [info, ...others] = (await discover(project, 'inner', 'inner/program.js')).list();
    expect(others).toEqual([]);
    expect(info!.note).toBeUndefined();
  });

  test("leaves a program's own development dependencies out", async () => {
    const project = new Project().root('app', [], { name: 'datacook', devDependencies: { [NAME]: '1' } });
    expect((await discover(project, 'elsewhere', 'app/dist/cli.js')).list()).toEqual([]);
  });

  test('reads on from folders that do not exist', async () => {
    const project = new Project().root('.', [NAME]).plugin(HOME, NAME, [POSTGRES]);
    expect((await discover(project, 'not/there')).list()).toHaveLength(1);
  });

  test("refuses a root's package.json that can't be read", async () => {
    const project = new Project().write('package.json', '{"dependencies":');
    await expect(discover(project)).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining(`${project.path('package.json')} can't be read: `),
    });
  });
});

describe('a dependency that is not installed', () => {
  test('is listed, and an error only when it is asked for', async () => {
    const project = new Project().root('.', [NAME, '@datacook/format-csv']);
    project.plugin('node_modules/@datacook/format-csv', '@datacook/format-csv', [CSV]);
    const registry = await discover(project);
    expect(registry.find('format', 'csv').problem).toBeUndefined();
    expect(registry.list().map(({ role, type, problem }) => [role, type, problem !== undefined])).toEqual([
      ['source', 'postgres', true],
      ['destination', 'postgres', true],
      ['format', 'csv', false],
    ]);
    for (const action of [() => registry.find('source', 'postgres')]) {
      expect(errorOf(action)).toMatchObject({
        code: 'CONFIG',
        message: `the plug-in source:postgres of ${NAME} can't be used: ${project.path('package.json')} names it, but it is not installed`,
        hint: expect.stringContaining('npm install'),
      });
    }
    await expect(registry.load('source', 'postgres')).rejects.toMatchObject({ code: 'CONFIG' });
    await expect(registry.config('source', 'postgres')).rejects.toMatchObject({ code: 'CONFIG' });
  });

  test('gives way to one that is installed with the program', async () => {
    const project = new Project().root('.', ['@datacook/format-csv']);
    project.root('app', ['@datacook/format-csv'], { name: 'datacook' });
    project.plugin('app/node_modules/@datacook/format-csv', '@datacook/format-csv', [CSV]);
    const info = (await discover(project, '.', 'app/cli.js')).find('format', 'csv');
    expect(info.path).toBe(project.path('app/node_modules/@datacook/format-csv'));
    expect(info.note).toContain('which is not installed; this is the one of');
  });

  test("says so where Yarn's Plug'n'Play is at work", async () => {
    const project = new Project().root('.', [NAME]).write('.pnp.cjs', '').root('inner', [NAME]);
    const registry = await discover(project, 'inner');
    expect(errorOf(() => registry.find('source', 'postgres'))).toMatchObject({
      message: expect.stringContaining("Yarn's Plug'n'Play"),
      hint: expect.stringContaining('nodeLinker: node-modules'),
    });
  });
});

describe('two packages for one key', () => {
  const OTHER = '@acme/datacook-connector-pg';

  function conflict(more = {}): Project {
    const project = new Project().root('.', [NAME, OTHER], more).plugin(HOME, NAME, [POSTGRES]);
    return project.plugin(`node_modules/${OTHER}`, OTHER, [POSTGRES]);
  }

  test('are an error that names both, and the pin that settles it', async () => {
    const project = conflict();
    const registry = await discover(project);
    expect(registry.list().map((info) => [info.package, info.problem !== undefined])).toEqual([
      [NAME, true],
      [OTHER, true],
    ]);
    const error = errorOf(() => registry.find('source', 'postgres'));
    expect(error).toMatchObject({ code: 'CONFIG' });
    expect(error.message).toContain(NAME);
    expect(error.message).toContain(OTHER);
    expect(error.hint).toContain(`"datacook": {"plugins":{"source:postgres":"${NAME}"}}`);
    expect(error.hint).toContain(project.path('package.json'));
  });

  test('are settled by a pin', async () => {
    const registry = await discover(conflict({ datacook: { plugins: { 'source:postgres': OTHER } } }));
    expect(registry.list()).toHaveLength(1);
    expect(registry.find('source', 'postgres').package).toBe(OTHER);
    expect(await registry.load('source', 'postgres')).toMatchObject({ from: OTHER });
  });

  test.each([['datacook-connector-none'], ['@datacook/format-csv']])(
    'are not settled by a pin to what does not provide it: %s',
    async (pin) => {
      for (const project of [
        conflict({ datacook: { plugins: { 'source:postgres': pin } } }),
        new Project().root('.', [], { datacook: { plugins: { 'source:postgres': pin } } }),
      ]) {
        const registry = await discover(project);
        expect(errorOf(() => registry.find('source', 'postgres'))).toMatchObject({
          code: 'CONFIG',
          message: expect.stringContaining(`pins source:postgres to ${pin}`),
        });
      }
    },
  );

  test.each([[{ postgres: NAME }], [{ 'source:postgres': 1 }], [[NAME]], ['x']])(
    'a wrong pin is refused: %j',
    async (plugins) => {
      await expect(discover(conflict({ datacook: { plugins } }))).rejects.toMatchObject({
        code: 'CONFIG',
        message: expect.stringContaining('datacook.plugins has a wrong entry'),
      });
    },
  );

  test('are one if both names lead to the same folder', async () => {
    const project = new Project().root('.', [NAME, OTHER]).plugin(HOME, NAME, [POSTGRES]);
    project.link(`node_modules/${OTHER}`, HOME);
    expect((await only(project)).problem).toBeUndefined();
  });
});

describe('a plug-in that can not be used', () => {
  test.each([
    [2, 'it speaks contract 2, and this datacook speaks 1. Upgrade datacook.'],
    [0, 'it speaks contract (none), and this datacook speaks 1. Upgrade it: `npm install '],
    ['1', 'it speaks contract (none), and this datacook speaks 1. Upgrade it: `npm install '],
  ])(
    'has another contract, %j: says who must upgrade, before anything is imported',
    async (contract, problem) => {
      const project = new Project().root('.', [NAME]).plugin(HOME, NAME, [POSTGRES], { contract });
      expect(await only(project)).toMatchObject({ ...POSTGRES, problem: expect.stringContaining(problem) });
      const registry = await discover(project);
      await expect(registry.load('source', 'postgres')).rejects.toMatchObject({ code: 'CONFIG' });
      expect(loaded).toEqual([]);
    },
  );

  test.each<[string, { [key: string]: unknown }]>([
    ['provides must be a list', { provides: {} }],
    ['provides[0] must be {', { provides: ['source:postgres'] }],
    [
      'provides[0].role must be one of',
      { provides: [{ role: 'sink', type: 'a', module: './a.js', config: './b.js' }] },
    ],
    [
      'provides[0].type must be',
      { provides: [{ ...POSTGRES, type: '', module: './a.js', config: './b.js' }] },
    ],
    [
      'provides[0].module must be a path in the package',
      { provides: [{ ...POSTGRES, module: '../a.js', config: './b.js' }] },
    ],
    [
      'provides[0].module must be a path in the package',
      { provides: [{ ...POSTGRES, module: './../../a.js', config: './b.js' }] },
    ],
    [
      'provides[0].config must be a path in the package',
      { provides: [{ ...POSTGRES, module: './a.js', config: 'fs' }] },
    ],
    [
      'has source:postgres twice',
      {
        provides: [
          { ...POSTGRES, module: './a.js', config: './b.js' },
          { ...POSTGRES, module: './a.js', config: './b.js' },
        ],
      },
    ],
    ['needs must be a list of role:type', { needs: ['parquet'] }],
    ['manifest must be a path in the package', { manifest: '/etc/passwd' }],
  ])('has a wrong package.json: %s', async (problem, section) => {
    const project = new Project().root('.', [NAME]).plugin(HOME, NAME, [POSTGRES], section as never);
    for (const info of (await discover(project)).list()) expect(info.problem).toContain(problem);
    expect((await discover(project)).list().map(({ role }) => role)).toContain('source');
  });

  test("has a package.json that can't be read", async () => {
    const project = new Project().root('.', [NAME]).write(`${HOME}/package.json`, '{');
    const registry = await discover(project);
    expect(registry.list().map(({ role }) => role)).toEqual(['source', 'destination']);
    expect(errorOf(() => registry.find('source', 'postgres')).message).toContain(
      `${project.path(HOME, 'package.json')} can't be read`,
    );
  });

  test('has a manifest that is missing, torn, of a later format, or of another build', async () => {
    const project = new Project().root('.', [NAME]).plugin(HOME, NAME, [POSTGRES]);
    project.manifest(HOME, [CSV]);
    expect((await only(project)).problem).toContain('does not describe source:postgres');
    project.manifest(HOME, [POSTGRES], 2);
    expect((await only(project)).problem).toContain('has a version other than 1. Upgrade datacook.');
    project.write(`${HOME}/dist/manifest.json`, '[]');
    expect((await only(project)).problem).toContain('it is not a JSON object');
    rmSync(project.path(HOME, 'dist/manifest.json'));
    expect((await only(project)).problem).toContain('manifest.json is missing. Install it again');
  });

  test('needs what is not there, with the install line', async () => {
    const name = '@datacook/connector-s3';
    const project = new Project().root('.', [name, 'datacook-format-x']);
    project.plugin(`node_modules/${name}`, name, [{ role: 'source', type: 's3' }], {
      needs: ['format:parquet'],
    });
    const registry = await discover(project);
    expect(errorOf(() => registry.find('source', 's3'))).toMatchObject({
      message: expect.stringContaining('it needs format:parquet, which is not installed'),
      hint: 'Run `npm install @datacook/format-parquet`.',
    });
    project.plugin('node_modules/datacook-format-x', 'datacook-format-x', [
      { role: 'format', type: 'parquet' },
    ]);
    expect((await discover(project)).find('source', 's3').problem).toBeUndefined();
    project.plugin(
      'node_modules/datacook-format-x',
      'datacook-format-x',
      [{ role: 'format', type: 'parquet' }],
      {
        needs: ['format:none'],
      },
    );
    expect(
      errorOf((await discover(project)).find.bind(await discover(project), 'source', 's3')).message,
    ).toContain("it needs format:parquet, which can't be used: it needs format:none, which is not installed");
  });

  test.each<[string, string, string]>([
    ['throws when it is imported', 'throw new Error("boom");', 'boom'],
    ['imports what is not installed', 'import "datacook-not-there";', 'datacook-not-there'],
    ['has no default export', 'export const a = 1;', 'is no plug-in'],
    [
      'speaks another contract than its package.json',
      'export default { contract: 2 };',
      'speaks contract 2, not 1',
    ],
    [
      'has another role',
      'export default { contract: 1, role: "state" };',
      'has the role "state", not "source"',
    ],
    [
      'has another type',
      'export default { contract: 1, role: "source", type: "pg" };',
      'has the type "pg", not "postgres"',
    ],
    [
      'can not be opened',
      'export default { contract: 1, role: "source", type: "postgres" };',
      'has no open function',
    ],
    [
      'has no parser',
      'export default { contract: 1, role: "source", type: "postgres", open() {}, config: {} };',
      'has no config with a parse function',
    ],
  ])('has a module that %s', async (_, code, message) => {
    const project = new Project().root('.', [NAME]).plugin(HOME, NAME, [POSTGRES]);
    project.write(`${HOME}/dist/source-postgres.js`, code);
    project.write(`${HOME}/dist/source-postgres-config.js`, 'export default 1;');
    const registry = await discover(project);
    await expect(registry.load('source', 'postgres')).rejects.toMatchObject({
      code: 'CONFIG',
      message: expect.stringContaining(message),
      hint: expect.stringContaining(NAME),
    });
    await expect(registry.config('source', 'postgres')).rejects.toThrow('has no parse function');
  });
});
