import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type HousePackage, type PackageJson, readHouse } from './house/house-package.js';
import { importsOf, packageOf } from './house/imports-of.js';
import { RULES } from './house/rules.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const GOOD: Omit<PackageJson, 'name'> = {
  description: 'A package.',
  license: 'Apache-2.0',
  type: 'module',
  sideEffects: false,
  engines: { node: '>=20.19' },
  exports: {
    '.': { types: './dist/index.d.ts', default: './dist/index.js' },
    './package.json': './package.json',
  },
  files: ['dist', 'README.md', 'LICENSE'],
};

function item(
  folder: string,
  json: Partial<PackageJson> & { readonly name: string },
  sources: { readonly [file: string]: readonly string[] } = {},
): HousePackage {
  return {
    folder,
    json: { ...GOOD, ...json },
    files: ['README.md'],
    sources: new Map(Object.entries(sources)),
    tests: new Map(),
  };
}

const CORE = item('packages/core', { name: '@datacook/core' });
const TOOLKIT = item('packages/toolkit', {
  name: '@datacook/toolkit',
  dependencies: { '@datacook/core': '1' },
});
const plugin = { provides: [{ role: 'format', type: 'csv', config: './dist/config.js' }] };
const FORMAT = item(
  'packages/format-csv',
  { name: '@datacook/format-csv', datacook: plugin },
  { 'config.ts': ['zod'] },
);

describe('the house', () => {
  const house = readHouse(ROOT);

  test('is read', () => {
    expect(house.length).toBeGreaterThanOrEqual(16);
    const core = house.find(({ folder }) => folder === 'packages/core')!;
    expect(core.sources.get('state.ts')).toEqual(['./json.js']);
    expect(house.flatMap(({ sources }) => [...sources.values()].flat()).length).toBeGreaterThan(200);
  });

  test.each(Object.entries(RULES))('keeps: %s', (_, rule) => {
    expect(rule(house)).toEqual([]);
  });
});

/** Each rule is broken on purpose, so that none is kept by chance. */
describe('a house that breaks a rule is found out:', () => {
  test.each<[keyof typeof RULES, readonly HousePackage[], readonly string[]]>([
    [
      'a package has a floor',
      [item('packages/attic', { name: '@datacook/attic' })],
      ['packages/attic has no floor: give it one in the rules'],
    ],
    [
      'a package depends on lower floors only, and on the testkit only for its tests',
      [
        CORE,
        TOOLKIT,
        FORMAT,
        item('packages/testkit', { name: '@datacook/testkit', dependencies: { '@datacook/core': '1' } }),
        item('packages/registry', { name: '@datacook/registry', dependencies: { '@datacook/toolkit': '1' } }),
        item('packages/duckdb-engine', {
          name: '@datacook/duckdb-engine',
          dependencies: { '@datacook/toolkit': '1' },
        }),
        item('connectors/s3', {
          name: '@datacook/connector-s3',
          peerDependencies: { '@datacook/format-csv': '1' },
        }),
        item('packages/engine', {
          name: '@datacook/engine',
          dependencies: { '@datacook/testkit': '1' },
          devDependencies: { '@datacook/testkit': '1' },
        }),
      ],
      [
        '@datacook/registry (floor 1) depends on @datacook/toolkit (floor 1)',
        '@datacook/connector-s3 (floor 2) depends on @datacook/format-csv (floor 2)',
        '@datacook/engine (floor 3) depends on @datacook/testkit (beside the house)',
      ],
    ],
    [
      'neither the engine nor what it stands on nor the commands bring plug-ins',
      [
        FORMAT,
        item('packages/engine', { name: '@datacook/engine', dependencies: { '@datacook/format-csv': '1' } }),
        item('packages/datacook', { name: 'datacook', dependencies: { '@datacook/format-csv': '1' } }),
      ],
      ['@datacook/engine depends on the plug-in @datacook/format-csv'],
    ],
    [
      'a package imports what it declares',
      [
        item(
          'connectors/s3',
          { name: '@datacook/connector-s3', devDependencies: { pg: '1' } },
          { 'a.ts': ['pg/lib/x', 'node:fs', './b.js'] },
        ),
      ],
      ['connectors/s3/src/a.ts imports pg, which its package.json does not declare'],
    ],
    [
      'packages meet by what they export',
      [
        CORE,
        item(
          'connectors/s3',
          { name: '@datacook/connector-s3' },
          { 'a.ts': ['@datacook/core', '@datacook/core/dist/data.js'] },
        ),
      ],
      ['connectors/s3/…/a.ts imports @datacook/core/dist/data.js, which is not exported'],
    ],
    [
      'relative imports stay inside',
      [
        item(
          'connectors/s3',
          { name: '@datacook/connector-s3' },
          { 'deep/a.ts': ['../b.js', '../../test/c.js', '../../../file/src/d.js'] },
        ),
      ],
      [
        'connectors/s3/src/deep/a.ts imports ../../test/c.js, which lies outside',
        'connectors/s3/src/deep/a.ts imports ../../../file/src/d.js, which lies outside',
      ],
    ],
    [
      'a driver is a dependency of one package',
      [
        item('connectors/postgres', {
          name: '@datacook/connector-postgres',
          dependencies: { pg: '1', zod: '1' },
        }),
        item('packages/state-sql', {
          name: '@datacook/state-sql',
          optionalDependencies: { pg: '1' },
          dependencies: { zod: '1' },
        }),
        item('packages/bench', { name: '@datacook/bench', dependencies: { pg: '1' } }),
      ],
      ['pg is a dependency of @datacook/connector-postgres and of @datacook/state-sql'],
    ],
    [
      'a configuration loads no driver',
      [
        item(
          'packages/format-csv',
          { name: '@datacook/format-csv', datacook: plugin },
          { 'config.ts': ['zod', './options.js'], 'options.ts': ['csv-parse', './config.js'] },
        ),
        item('packages/format-x', { name: '@datacook/format-x', datacook: plugin }),
      ],
      [
        'packages/format-csv/src/config.ts loads csv-parse',
        '@datacook/format-x provides ./dist/config.js, which no file of src becomes',
      ],
    ],
    [
      'a published package is fit to be published',
      [
        {
          ...item('packages/a', {
            name: 'a',
            description: '',
            license: 'MIT',
            type: 'commonjs',
            sideEffects: true,
            engines: {},
            exports: {},
            files: [],
          }),
          files: [],
        },
        item('packages/b', {
          name: 'b',
          exports: { '.': './dist/index.js', './package.json': './package.json' },
        }),
        item('packages/c', { name: 'c', private: true, exports: {} }),
      ],
      [
        'packages/a has no README.md',
        'packages/a has no description',
        'packages/a has another license than Apache-2.0',
        'packages/a is not of type module',
        'packages/a does not say "sideEffects": false',
        'packages/a does not say "engines": { "node": ">=20.19" }',
        'packages/a does not export ./package.json',
        'packages/a does not list dist, README.md and LICENSE in "files"',
        'packages/a exports nothing',
        'packages/b has an export that does not begin with its types',
      ],
    ],
    [
      "Node's own modules are imported with node:",
      [
        item(
          'connectors/s3',
          { name: '@datacook/connector-s3' },
          { 'a.ts': ['fs', 'path/posix', 'node:os'] },
        ),
      ],
      [
        'connectors/s3/src/a.ts imports fs without node:',
        'connectors/s3/src/a.ts imports path without node:',
      ],
    ],
  ])('%s', (rule, house, expected) => {
    expect(RULES[rule]!(house)).toEqual(expected);
  });

  test('every rule is broken above', () => {
    expect(Object.keys(RULES)).toHaveLength(10);
  });
});

describe('importsOf', () => {
  test('finds every kind of import, and none in comments and texts', () => {
    const code = `
      import a, { type B } from 'a';
      import type { C } from "./c.js";
      import 'd/deep';
      export * from '@s/e/deep';
      const f = await import('f'), g = require("g");
      // import 'h';
      /** import { i } from 'i'; https://x */
      const text = \`import 'j' \${"k"}\`, url = 'http://l', m = "import 'm'";
      import n from 'n';
    `;
    expect(importsOf(code)).toEqual(['a', './c.js', 'd/deep', '@s/e/deep', 'f', 'g', 'n']);
    expect(importsOf(code).map(packageOf)).toEqual(['a', undefined, 'd', '@s/e', 'f', 'g', 'n']);
  });
});
